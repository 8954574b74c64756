"""The cards of a desk as its reviewers see them, counted in Slack itself."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from tests.faults.fleet import Fleet
from tests.journeys.world import World
from workspace.driver import Impossible, Message, Outcome, Person

APPROVE = "approval.approve"
LINE = "digest.open"
"""Where more than ten came to one person within a minute, a digest's line stands for a card."""

CALLED_WITHIN_S = 2
REVIEWERS = 8

DESK_YML = "project: default\ndomains: {legal: {}}\nsentinels:\n" + "".join(
    f"  - {{name: Reviewer {n}, email: r{n}@example.com, domains: [legal], jurisdictions: [FR]}}\n"
    for n in range(REVIEWERS)
)

ENDS = {
    "approved": "Approved by",
    "rejected": "Rejected by",
    "cancelled": "Cancelled by the agent",
}
"""What the card of a request says once it has ended so."""


class Gallery:
    """Who reviews in a workspace, and what hangs there."""

    def __init__(self, around: World) -> None:
        self._around = around
        self._people = [self._hired(n) for n in range(REVIEWERS)]

    def _hired(self, n: int) -> Person:
        email = f"r{n}@example.com"
        self._around.workspace.ensure_user(email=email, name=f"Reviewer {n}")
        return self._around.person(email)

    def reviewer(self, name: str) -> Person:
        """Somebody by the name that the desk gives them."""
        return self._people[int(name.removeprefix("Reviewer "))]

    async def until_called(self, more: int) -> None:
        """Wait until Slack was called so many more times; not for long, where nothing moves."""
        feed, record = self._around.workspace.feed, self._around.workspace.record
        enough = record.total + more
        with suppress(TimeoutError):
            async with asyncio.timeout(CALLED_WITHIN_S):
                while record.total < enough:
                    await feed.wait(feed.seq, CALLED_WITHIN_S)

    async def click(self, card: Message, button: str = APPROVE) -> Outcome | None:
        """Press this button, the first of its name; None where the message has been closed meanwhile."""
        for person in self._people:
            if card in await self._of(person):
                try:
                    pressed = card.button(button)
                    return await person.click(card, button, block_id=pressed.block_id if pressed else None)
                except Impossible:
                    return None
        return None

    async def cards(self) -> Mapping[str, Sequence[Message]]:
        """Every card that hangs anywhere, open or closed, by the id of its request."""
        found = defaultdict(list)
        for seen in await asyncio.gather(*map(self._of, self._people)):
            for message in seen:
                if message.metadata is not None:
                    found[str(message.metadata["event_payload"]["id"])].append(message)
        return found

    async def _digests(self) -> list[Message]:
        """The digests on which something can be opened yet."""
        seen = await asyncio.gather(*map(self._of, self._people))
        return [message for messages in seen for message in messages if message.button(LINE)]

    async def _of(self, person: Person) -> list[Message]:
        return [m for m in await person.messages("dm") if m.by_bot and not m.ephemeral]

    async def close_copies(self, desk: Fleet) -> int:
        """Press every card that is not the one on record: it says so, and decides nothing; how many."""
        before = await standing(desk)
        record = {row["ts"] for row in await desk.rows("SELECT ts FROM cards")}
        hung = [card for cards in (await self.cards()).values() for card in cards]
        hung += await self._digests()
        copies = [m for m in hung if (m.button(APPROVE) or m.button(LINE)) and m.ts not in record]
        for copy in copies:
            told = await self.click(copy, APPROVE if copy.button(APPROVE) else LINE)
            assert told is not None
            assert told.ephemeral is not None, told
        assert await standing(desk) == before
        return len(copies)

    async def decide_lines(self) -> None:
        """Approve whatever stands open on a digest."""
        for person in self._people:
            for message in await self._of(person):
                for line in [b for b in message.buttons if b.action_id == LINE]:
                    told = await person.click(message, LINE, block_id=line.block_id)
                    assert told.modal is not None, told
                    await person.click_in_modal(APPROVE)
                    await person.submit({})

    async def check(self, desk: Fleet) -> None:
        """Each open request has one card or line that decides, each ended one none; what it says is true."""
        status, hung = await standing(desk), await self.cards()
        lines = Counter(b.value for m in await self._digests() for b in m.buttons if b.action_id == LINE)
        wrong = {}
        for request_id, one in status.items():
            cards, said = hung.get(request_id, []), ENDS.get(one)
            deciding = lines[request_id] + sum(card.button(APPROVE) is not None for card in cards)
            told = said is None or not cards or any(said in card.all_text for card in cards)
            if deciding != (said is None) or not told:
                wrong[request_id] = one, deciding, [card.all_text for card in cards]
        assert wrong == {}, wrong


async def standing(desk: Fleet) -> dict[str, Any]:
    """The status of every request."""
    return {row["id"]: row["status"] for row in await desk.rows("SELECT id, status FROM requests")}
