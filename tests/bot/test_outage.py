"""Slack is down for half an hour while agents go on asking, before the strict workspace in virtual time."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from approvals.cards import RUSH
from approvals.model import ApprovalRequest, RequestId
from approvals.ports import Listing
from bot import action_ids
from bot.announcer import CardAnnouncer
from bot.turns import POST
from tests.api.bench import Bench, CountedWaiting, served
from tests.bot.passing import Passing
from tests.bot.stage import Stage, another, staged
from tests.builders import PROJECT, a_wanted, minutes
from workspace.model import User
from workspace.seen import Message

OUTAGE = 30
REQUESTS = 500
PEOPLE = 5
PARTS = 10
FEW = 30
WAYS = {action_ids.APPROVE, action_ids.DIGEST_OPEN}


@dataclass
class Company:
    """The stage, its API, and those who review."""

    stage: Stage
    api: Bench
    passing: Passing
    emails: list[str]
    asks: str
    decides: str

    async def create(self, number: int, **more: Any) -> RequestId:
        """An agent asks through the API."""
        body = {
            "agent_id": "buyer",
            "request_type": "judgment",
            "domain": "legal",
            "summary": f"Order number {number}",
        }
        answer = await self.api.call("POST", "/ai-request", self.asks, json=body | more)
        assert answer.status == 200, await answer.text()
        return RequestId((await answer.json())["request_id"])

    async def decide(self, request: ApprovalRequest, verdict: str) -> None:
        """Whoever has it decides elsewhere."""
        holder = self.emails[int(request.assigned_to or 0) - 1]
        body = {"as": holder, "verdict": verdict, "reasoning": "By telephone."}
        path = f"/desk/v1/requests/{request.id}/decide"
        answer = await self.api.call("POST", path, self.decides, json=body)
        assert answer.status == 200, await answer.text()

    async def requests(self) -> list[ApprovalRequest]:
        """All of them, in the order in which they were asked."""
        found = await self.stage.store.listing(PROJECT, Listing(limit=2 * REQUESTS))
        return sorted(found, key=lambda request: request.number)

    async def shown(self) -> dict[str, list[Message]]:
        """Everybody's direct messages."""
        return {email: await self.stage.person(email).messages("dm") for email in self.emails}


@asynccontextmanager
async def company(folder: Path) -> AsyncIterator[Company]:
    """Five people who review, each with direct messages opened already."""
    async with staged(folder, "http", paced=True) as stage:
        team = stage.ws.directory.home.id
        emails = [f"reviewer{n}@acme.example" for n in range(1, PEOPLE + 1)]
        for email in emails:
            stage.ws.directory.add_user(User(name=email.partition("@")[0], email=email, team=team))
        await stage.apply(*(a_wanted(n, email=email) for n, email in enumerate(emails, 1)))
        store = stage.store
        waiting, announcer = CountedWaiting(), CardAnnouncer()
        api = await served(store, store.endpoints, store.library, stage.time, waiting, announcer)
        here = Company(stage, api, Passing(stage), emails, await api.key(), "")
        here.decides = await api.key("decide", speaks_for=("*",))
        try:
            for number in range(PEOPLE):
                await here.create(-number)
            await here.passing.drain(minutes(1))
            yield here
        finally:
            waiting.close()
            await api.client.close()


def can_decide(shown: dict[str, list[Message]]) -> Counter[str]:
    """How many messages let each request be decided, by its id: a card, or a line of a digest."""
    return Counter(
        button.value
        for messages in shown.values()
        for message in messages
        for button in message.buttons
        if button.action_id in WAYS
    )


async def test_500_requests_in_half_an_hour_without_slack(tmp_path: Path) -> None:
    async with company(tmp_path) as here:
        await here.stage.operator.post("outage", minutes=OUTAGE)
        for part in range(PARTS):
            numbers = range(part * REQUESTS // PARTS, (part + 1) * REQUESTS // PARTS)
            hurry = _short_lived(here.stage) if part == 0 else {}
            await asyncio.gather(*(here.create(number, **hurry) for number in numbers))
            await here.passing.pass_(minutes(OUTAGE / PARTS))
        up_again = here.stage.time()
        await here.stage.sweep()
        await _decide_some(here)

        await here.passing.drain(minutes(30))

        refused = [c["error"] for c in await here.stage.operator.calls(ok=False) if c["way"] == "api"]
        assert refused == [], "never faster than Slack allows"
        rates = _rates([c for c in await here.stage.calls(POST) if c["at"] >= up_again.timestamp()])
        assert len(rates) == PEOPLE
        for channel, rate in rates.items():
            assert rate >= 0.9, f"{channel} caught up with {rate:.2f} messages a second"
        await _everything_is_true(here)
        assert await here.stage.reconciler.sweep() == 0


async def test_a_storm_of_429s_costs_time_and_nothing_else(tmp_path: Path) -> None:
    async with company(tmp_path) as here:
        await here.stage.fault("ratelimited", POST, times=12, seconds=20)
        await asyncio.gather(*(here.create(number) for number in range(FEW)))
        await here.passing.drain(minutes(30))
        refused = await here.stage.operator.calls(name=POST, ok=False)
        assert [call["error"] for call in refused] == ["ratelimited"] * 12
        assert set((can_decide(await here.shown())).values()) == {1}
        assert len(can_decide(await here.shown())) == FEW + PEOPLE


async def test_a_process_that_takes_over_in_the_middle_posts_nothing_twice(tmp_path: Path) -> None:
    async with company(tmp_path) as here:
        await here.stage.operator.post("outage", minutes=1)
        await asyncio.gather(*(here.create(number) for number in range(FEW)))
        await here.passing.pass_(minutes(1.1))
        assert 0 < len(can_decide(await here.shown())) < FEW, "in the middle of catching up"
        async with another(here.stage) as pump:
            await asyncio.gather(here.stage.pump.stop(), *(here.create(FEW + n) for n in range(PEOPLE)))
            here.stage.pump = pump
            await here.passing.drain(minutes(30))
        asked = {str(request.id): 1 for request in await here.requests()}
        assert can_decide(await here.shown()) == asked
        assert await here.stage.operator.calls(name=POST, ok=False) == []


def _short_lived(stage: Stage) -> dict[str, Any]:
    """What is asked first is over before Slack is back."""
    return {"expires_at": (stage.time() + minutes(10)).isoformat()}


async def _decide_some(here: Company) -> None:
    for place, request in enumerate(await here.requests()):
        if place % 7 == 0 and not request.state.terminal:
            await here.decide(request, "approved" if place % 2 else "rejected")


async def _everything_is_true(here: Company) -> None:
    """Each open request has one message that can decide it, what has ended none, and one click does it."""
    requests, shown = await here.requests(), await here.shown()
    still_open = [request for request in requests if not request.state.terminal]
    ended = Counter(request.outcome for request in requests if request.state.terminal)
    assert len(requests) >= REQUESTS
    assert ended["expired"] > 0 < ended["approved"]
    assert can_decide(shown) == {str(request.id): 1 for request in still_open}
    holders = defaultdict(set)
    for email, messages in shown.items():
        for message in messages:
            holders[email] |= {button.value for button in message.buttons}
    for request in still_open:
        assert str(request.id) in holders[here.emails[int(request.assigned_to or 0) - 1]]
    for way, decide in ((action_ids.APPROVE, _by_card), (action_ids.DIGEST_OPEN, _by_digest)):
        await decide(here, *_first(way, still_open, here, shown))


def _first(
    way: str, requests: list[ApprovalRequest], here: Company, shown: dict[str, list[Message]]
) -> tuple[ApprovalRequest, str, Message]:
    """A request that is decided in this way, who has it, and the message."""
    return next(
        (request, email, message)
        for request in requests
        for email in [here.emails[int(request.assigned_to or 0) - 1]]
        for message in shown[email]
        if any(b.value == request.id and b.action_id == way for b in message.buttons)
    )


async def _by_card(here: Company, request: ApprovalRequest, email: str, card: Message) -> None:
    assert request.summary in card.all_text
    await here.stage.person(email).click(card, action_ids.APPROVE)
    await _approved(here, request)


async def _by_digest(here: Company, request: ApprovalRequest, email: str, digest: Message) -> None:
    person, line = here.stage.person(email), action_ids.of_request(action_ids.DIGEST_OPEN, request.id)
    opened = await person.click(digest, action_ids.DIGEST_OPEN, block_id=line)
    assert opened.modal is not None
    assert request.summary in opened.modal.all_text
    await person.click_in_modal(action_ids.APPROVE)
    await person.submit({})
    await _approved(here, request)


async def _approved(here: Company, request: ApprovalRequest) -> None:
    assert (await here.stage.request(request.id)).outcome == "approved"
    await here.passing.drain(minutes(1))


def _rates(posts: list[dict[str, Any]]) -> dict[str, float]:
    """Messages a second in each conversation, from the first to the last."""
    times = defaultdict(list)
    for call in posts:
        times[call["channel"]].append(call["at"])
    return {where: (len(at) - 1) / (max(at) - min(at)) for where, at in times.items() if len(at) > RUSH}
