"""The network between the desk and Slack: cut, late, lost, silent, in a hurry, around each call.

Whatever happens to a call, the request is there and can be decided, one card decides and shows the
truth, and no gesture is without an answer. A call that was carried out without the desk's knowing
leaves a second card, which says at its first click that it is a copy.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from approvals.cards import Card, dm
from approvals.commands import Cancel
from approvals.model import ApprovalRequest, SentinelId, State
from bot import action_ids, web
from tests.bot.stage import AMIR, Stage, amir, decides, staged
from tests.builders import PROJECT
from tests.faults.proxy import Harm, Proxy, Streams, proxy, too_many
from tests.ports import unused_port
from workspace.driver import Person
from workspace.seen import Message

IMPATIENT_S = 1.0
"""How long the desk waits for Slack where a test wants it to give up."""


@dataclass(frozen=True)
class Trouble:
    """A harm, what somebody on the way answers, and whether Slack may have done what it was asked."""

    harm: Harm
    answer: bytes = b""
    carried_out: bool = False
    impatient: bool = False
    delay_s: float = 0.1


TROUBLES = {
    "cut-before": Trouble(Harm.CUT_BEFORE),
    "cut-amid": Trouble(Harm.CUT_AMID),
    "answer-lost": Trouble(Harm.LOSE_ANSWER, carried_out=True),
    "answer-cut": Trouble(Harm.CUT_ANSWER, carried_out=True),
    "black-hole": Trouble(Harm.BLACK_HOLE, impatient=True),
    "late": Trouble(Harm.DELAY),
    "too-late": Trouble(Harm.DELAY, carried_out=True, impatient=True, delay_s=2 * IMPATIENT_S),
    "429": Trouble(Harm.ANSWER, too_many("30")),
    "429-of-a-gateway": Trouble(Harm.ANSWER, too_many("soon", b"<html>slow down</html>")),
}

around_a_call = pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)


@dataclass
class Wired:
    """A stage, and the wire on which all of it reaches Slack."""

    stage: Stage
    wire: Proxy
    _due: list[datetime] = field(default_factory=list)
    _hurried: bool = False

    def __post_init__(self) -> None:
        self.stage.pump.on_due_again(self._foretold)

    async def carded(self) -> tuple[ApprovalRequest, Message]:
        """A request whose card stands and is on record."""
        request = await self.stage.submit()
        card = await self.stage.card(AMIR)
        await self.stage.on_record(request.id, card.ts)
        return request, card

    def hasten(self) -> None:
        """From now on time passes at once to when a paused or failed message is due."""
        self._hurried = True
        for due in self._due:
            self._pass_to(due)

    def _foretold(self, due: datetime) -> None:
        self._due.append(due)
        if self._hurried:
            self._pass_to(due)

    def _pass_to(self, due: datetime) -> None:
        self.stage.time.pass_(max(timedelta(), due - self.stage.time()))
        self.stage.pump.kick()

    async def all_delivered(self) -> None:
        """Wait until nothing is on its way to Slack any more."""

        async def look() -> bool | None:
            return await self.stage.store.outbox.next_due() is None or None

        await self.stage.after_commits(look)

    def expect(self, trouble: Trouble, path: str) -> None:
        """This happens to the next call of this address."""
        self.wire.delay_s = trouble.delay_s
        self.wire.expect(trouble.harm, path.encode(), trouble.answer)

    async def met(self) -> None:
        """Wait until it has happened."""
        await asyncio.wait_for(self.wire.done.wait(), 10)

    @property
    def amir(self) -> Person:
        """Who decides."""
        return self.stage.person(AMIR)

    async def cards(self) -> list[Message]:
        """Everything in his direct messages that is or was a card."""
        found = await self.amir.messages("dm")
        return [m for m in found if m.by_bot and not m.ephemeral and m.thread_ts in {None, m.ts}]

    async def on_record(self, request: ApprovalRequest) -> Card:
        """The request's card once the desk knows where it stands."""

        async def look() -> Card | None:
            card = await self.stage.store.cards.card(request.id, dm(SentinelId(1)))
            return card if card is not None and card.ts is not None else None

        return await self.stage.after_commits(look)

    async def close_copies(self, request: ApprovalRequest) -> int:
        """Press each card that is not the one on record: it says so and decides nothing; how many."""
        before, record = await self.stage.request(request.id), await self.on_record(request)
        copies = [m for m in await self.cards() if decides(m) and m.ts != record.ts]
        for copy in copies:
            told = await self.amir.click(copy, action_ids.APPROVE)
            assert told.ephemeral is not None
            assert "copy" in told.ephemeral.text
        assert (await self.stage.request(request.id)).state is before.state
        await self.all_closed(but=record.ts or "")
        return len(copies)

    async def shown(self) -> list[Message]:
        """The cards that have buttons to decide with."""
        return [m for m in await self.cards() if decides(m)]

    async def all_closed(self, but: str = "") -> None:
        """Wait until no card decides anything, but for this one."""

        async def look() -> bool:
            return all(m.ts == but for m in await self.shown())

        await self.amir.wait_until(look)


@asynccontextmanager
async def wired(folder: Path, trouble: Trouble, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Wired]:
    """A desk with one Sentinel, and a proxy before Slack."""
    if trouble.impatient:
        monkeypatch.setattr(web, "WORKER_S", IMPATIENT_S)
        monkeypatch.setattr(web, "ACK_PATH_S", IMPATIENT_S)
    port = unused_port()

    async def connect() -> Streams:
        return await asyncio.open_connection("127.0.0.1", port)

    async with (
        proxy(connect) as wire,
        staged(folder, "http", slack_port=port, slack_seen_at=wire.port) as stage,
    ):
        await stage.apply(amir())
        yield Wired(stage, wire)


@pytest.mark.parametrize(
    ("method", "trouble"),
    [
        pytest.param(method, trouble, id=f"{method}-{name}")
        for method in ("chat.postMessage", "users.lookupByEmail", "users.info")
        for name, trouble in TROUBLES.items()
        if method == "chat.postMessage" or name in {"cut-amid", "answer-lost", "429"}
    ],
)
async def test_around_what_brings_a_card(
    method: str, trouble: Trouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(tmp_path, trouble, monkeypatch) as desk:
        desk.expect(trouble, f"/api/{method}")
        request = await desk.stage.submit()
        await desk.met()
        assert (await desk.stage.request(request.id)).state is State.ASSIGNED
        desk.hasten()
        record = await desk.on_record(request)
        await desk.all_delivered()

        twice = trouble.carried_out and method == "chat.postMessage"
        await desk.stage.cards(AMIR, 2 if twice else 1)
        assert await desk.close_copies(request) == twice
        (card,) = await desk.shown()
        assert card.ts == record.ts
        decided = await desk.amir.click(card, action_ids.APPROVE)
        assert decided.warning is None
        assert (await desk.stage.request(request.id)).outcome == "approved"
        await desk.all_closed()
        (closed,) = [m for m in await desk.cards() if m.ts == record.ts]
        assert "Approved by Amir Haddad" in closed.all_text


@around_a_call
async def test_what_ends_meanwhile_leaves_no_card_that_decides(
    trouble: Trouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(tmp_path, trouble, monkeypatch) as desk:
        desk.expect(trouble, "/api/chat.postMessage")
        request = await desk.stage.submit()
        await desk.met()
        ended = await desk.stage.approvals.cancel(Cancel(PROJECT, request.id, "agent"))
        assert ended.outcome == "cancelled"
        desk.hasten()
        await desk.all_delivered()

        orphans = await desk.stage.cards(AMIR, 1) if trouble.carried_out else await desk.shown()
        assert len(orphans) == trouble.carried_out
        for orphan in orphans:
            told = await desk.amir.click(orphan, action_ids.APPROVE)
            assert told.ephemeral is not None
        await desk.all_closed()
        assert (await desk.stage.request(request.id)).outcome == "cancelled"


@around_a_call
async def test_around_an_update(trouble: Trouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with wired(tmp_path, trouble, monkeypatch) as desk:
        request, card = await desk.carded()
        desk.expect(trouble, "/api/chat.update")
        await desk.stage.approvals.cancel(Cancel(PROJECT, request.id, "agent"))
        await desk.met()
        if not trouble.carried_out and trouble.harm is not Harm.DELAY:
            # The card still offers what cannot be done any more, and says so to whoever tries.
            told = await desk.amir.click(card, action_ids.APPROVE)
            assert told.warning is None
            assert told.ephemeral is not None
        desk.hasten()
        await desk.all_delivered()

        (shown,) = await desk.cards()
        assert (shown.ts, decides(shown)) == (card.ts, False)
        assert (await desk.stage.request(request.id)).outcome == "cancelled"


@around_a_call
async def test_around_a_view_that_opens(
    trouble: Trouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(tmp_path, trouble, monkeypatch) as desk:
        request, card = await desk.carded()
        desk.expect(trouble, "/api/views.open")
        outcome = await desk.amir.click(card, action_ids.REJECT)
        await desk.met()
        assert outcome.warning is None
        assert outcome.modal is not None or outcome.ephemeral is not None

        if await desk.amir.modal() is not None:
            await desk.amir.close_modal(everything=True)
        desk.stage.time.pass_(timedelta(minutes=1))
        again = await desk.amir.click(card, action_ids.REJECT)
        assert again.modal is not None
        rejected = await desk.amir.submit({action_ids.REASONING: "Not like this."})
        assert rejected.closed
        assert (await desk.stage.request(request.id)).outcome == "rejected"
        desk.hasten()
        await desk.all_delivered()
        assert await desk.shown() == []


@around_a_call
async def test_around_the_answer_to_a_click(
    trouble: Trouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(tmp_path, trouble, monkeypatch) as desk:
        request, card = await desk.carded()
        desk.expect(trouble, "/response/")
        outcome = await desk.amir.click(card, action_ids.APPROVE)
        await desk.met()
        assert outcome.warning is None
        desk.hasten()
        await desk.all_delivered()

        (shown,) = await desk.cards()
        assert (shown.ts, decides(shown)) == (card.ts, False)
        assert "Approved by Amir Haddad" in shown.all_text
        assert (await desk.stage.request(request.id)).outcome == "approved"
