"""The whole desk on its real store, in any order of events, beside a small model of it (virtual time).

`tests/approvals/test_machine.py` holds the rules to their laws over a store in memory; here it is the store
that is tried: transactions, idempotency, keys, restarts in the middle, and that the tables are what the
audit chain tells.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from api.dialects.callbacks import CallbackAnnouncer
from api.encoders import ENCODERS
from approvals import keys
from approvals.clockwork import Clockwork
from approvals.commands import Answer, Ask, Cancel, Decide, Escalate, Idempotency, SetActive, SetAway, Start
from approvals.errors import ApprovalError, CircularDelegation, IdempotencyConflict
from approvals.keys import Key, Scope
from approvals.model import ApprovalRequest, Dialect, Door, RequestId, SentinelId, Verdict
from approvals.ports import Listing
from approvals.service import Approvals
from store.engine import open_store
from store.migrations import migrate
from tests.builders import NOW, PROJECT, a_domain, a_submit, a_wanted, hours, minutes, wanting
from tests.fakes import Clock
from tests.faults.effort import scaled
from tests.faults.rebuilding import as_kept, rebuilt

T = TypeVar("T")

PEOPLE = {1: 1, 2: 1, 3: 2}
people = st.sampled_from([SentinelId(n) for n in PEOPLE])
pieces = st.integers(0, 30)
jumps = st.sampled_from(
    [minutes(1), hours(1), timedelta(days=1), timedelta(days=40), -hours(1), -timedelta(days=1)]
)


@cache
def template() -> Path:
    """An empty database, migrated once."""
    path = Path(tempfile.mkdtemp(prefix="whole-desk-")) / "empty.db"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@dataclass
class Known:
    """What the model knows of a request: what was promised, and how it ended."""

    id: RequestId
    words: str
    expires_at: datetime | None
    outcome: str | None = None


class WholeDesk(RuleBasedStateMachine):
    """What agents, people, the clock and whoever runs the desk do."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(prefix="whole-desk-")
        shutil.copy(template(), f"{self.folder.name}/desk.db")
        self.clock = Clock(NOW)
        self.stack = AsyncExitStack()
        self.known: dict[RequestId, Known] = {}
        self.promised: dict[str, tuple[str, RequestId]] = {}
        self.live: dict[str, Key] = {}
        self.dead: list[str] = []
        self.run(self.open())
        domain = a_domain(escalate_after=hours(5))
        staff = wanting(*(a_wanted(n, tier=tier) for n, tier in PEOPLE.items()), domains=[domain])
        self.run(self.clockwork.apply(staff))

    async def open(self) -> None:
        """Open the store, as a start does."""
        url = f"sqlite+aiosqlite:///{self.folder.name}/desk.db"
        self.store = await self.stack.enter_async_context(open_store(url, secret="s" * 32, clock=self.clock))
        announcer = CallbackAnnouncer(ENCODERS)
        self.approvals = Approvals(self.store, announcer)
        self.clockwork = Clockwork(self.store, announcer)

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.loop.close()
        self.folder.cleanup()

    def run(self, work: Awaitable[T]) -> T:
        """Wait for it, on this machine's own loop."""

        async def awaited() -> T:
            return await work

        return self.loop.run_until_complete(awaited())

    def done(self, work: Awaitable[object]) -> bool:
        """Try it; whether it was done."""
        try:
            self.run(work)
        except ApprovalError:
            return False
        return True

    def pick(self, piece: int) -> ApprovalRequest:
        """One of the requests, as it is kept."""
        return self.run(self.store.request(PROJECT, list(self.known)[piece % len(self.known)]))

    def anything(self) -> bool:
        """Whether there is a request at all."""
        return bool(self.known)

    def open_now(self, request: ApprovalRequest) -> bool:
        """Whether the model says that something may still happen to it."""
        known = self.known[request.id]
        late = known.expires_at is not None and self.clock.now >= known.expires_at
        return known.outcome is None and not late

    # Agents

    @rule(
        once=st.none() | st.sampled_from("abc"),
        words=st.sampled_from(["pay 10", "pay 10000"]),
        dialect=st.sampled_from(Dialect),
        life=st.none() | st.sampled_from([minutes(1), hours(3), timedelta(days=3)]),
    )
    def create(self, once: str | None, words: str, dialect: Dialect, life: timedelta | None) -> None:
        body = hashlib.sha256(words.encode()).hexdigest()
        promise = None if once is None else Idempotency(once, "scope", body, lambda r, _: r.id.encode())
        command = a_submit(
            summary=words,
            dialect=dialect,
            callback_url="https://receiver.example/",
            expires_at=None if life is None else self.clock.now + life,
            idempotency=promise,
        )
        before = self.promised.get(once or "")
        try:
            submitted = self.run(self.approvals.submit(command))
        except IdempotencyConflict:
            assert before is not None
            assert before[0] != words
            return
        request = submitted.request
        if before is not None:
            assert (words, request.id) == before
            assert submitted.replay == request.id.encode()
            return
        assert request.id not in self.known
        self.known[request.id] = Known(request.id, words, request.expires_at)
        if once is not None:
            self.promised[once] = (words, request.id)

    @precondition(anything)
    @rule(piece=pieces)
    def cancel(self, piece: int) -> None:
        request = self.pick(piece)
        wanted = self.open_now(request)
        assert self.done(self.approvals.cancel(Cancel(PROJECT, request.id, "agent"))) == wanted
        if wanted:
            self.known[request.id].outcome = "cancelled"

    @precondition(anything)
    @rule(piece=pieces, number=st.integers(1, 2))
    def answer(self, piece: int, number: int) -> None:
        request = self.pick(piece)
        if self.done(self.approvals.answer(Answer(PROJECT, request.id, number, "So.", "agent"))):
            assert self.open_now(request)

    # People

    @precondition(anything)
    @rule(piece=pieces, by=people, verdict=st.sampled_from([Verdict.APPROVED, Verdict.REJECTED]))
    def decide(self, piece: int, by: SentinelId, verdict: Verdict) -> None:
        request = self.pick(piece)
        wanted = self.open_now(request) and request.assigned_to == by
        command = Decide(PROJECT, request.id, by, verdict, Door.API, "Because.")
        assert self.done(self.approvals.decide(command)) == wanted
        if wanted:
            self.known[request.id].outcome = verdict.value

    @precondition(anything)
    @rule(piece=pieces, by=people)
    def escalate(self, piece: int, by: SentinelId) -> None:
        request = self.pick(piece)
        command = Escalate(PROJECT, request.id, by, Door.API, "Too big.")
        if self.done(self.approvals.escalate(command)):
            assert self.open_now(request)
            assert request.assigned_to == by
            after = self.run(self.store.request(PROJECT, request.id))
            self.known[request.id].outcome = after.outcome
            assert after.outcome in {None, "escalated"}

    @precondition(anything)
    @rule(piece=pieces, by=people, look=st.booleans())
    def look_or_ask(self, piece: int, by: SentinelId, look: bool) -> None:
        request = self.pick(piece)
        verb: Any = (
            self.approvals.start(Start(PROJECT, request.id, by))
            if look
            else self.approvals.ask(Ask(PROJECT, request.id, by, "Why?", Door.API))
        )
        assert self.done(verb) == (self.open_now(request) and request.assigned_to == by)

    @rule(who=people, span=st.none() | st.just(hours(2)), heir=st.none() | people)
    def leave_or_return(self, who: SentinelId, span: timedelta | None, heir: SentinelId | None) -> None:
        until = None if span is None else self.clock.now + span
        with contextlib.suppress(CircularDelegation):
            self.run(self.clockwork.set_away(SetAway(PROJECT, who, until, heir)))

    @rule(who=people, active=st.booleans())
    def activate(self, who: SentinelId, active: bool) -> None:
        self.run(self.clockwork.set_active(SetActive(PROJECT, who, active)))

    # Whoever runs it

    @rule()
    def make_a_key(self) -> None:
        key_id, text = keys.mint()
        key = Key(key_id, PROJECT, "agent", frozenset({Scope.REQUESTS}), self.clock.now)
        self.run(self.store.keys.create(key, text, keys.mint_webhook_secret()))
        self.live[text] = key

    @precondition(lambda self: self.live)
    @rule()
    def revoke_a_key(self) -> None:
        text, key = self.live.popitem()
        assert self.run(self.store.keys.revoke(key.id, self.clock.now))
        self.dead.append(text)

    @rule()
    def restart(self) -> None:
        self.run(self.stack.aclose())
        self.run(self.open())

    # Time

    @rule(by=jumps)
    def time_goes(self, by: timedelta) -> None:
        self.clock.advance(by)

    @rule()
    def clock_ticks(self) -> None:
        while self.run(self.clockwork.sweep(PROJECT)):
            pass
        self.run(self.clockwork.dispatch(PROJECT))
        for known in self.known.values():
            if known.outcome is None and known.expires_at is not None and known.expires_at <= self.clock.now:
                known.outcome = "expired"

    # What is always true

    @invariant()
    def the_tables_are_what_the_model_says(self) -> None:
        kept = self.run(self.store.listing(PROJECT, Listing(limit=1000)))
        assert {r.id: (r.summary, r.outcome) for r in kept} == {
            k.id: (k.words, k.outcome) for k in self.known.values()
        }

    @invariant()
    def the_tables_are_what_the_events_tell(self) -> None:
        for request in self.run(self.store.listing(PROJECT, Listing(limit=1000))):
            events = [r.event for r in self.run(self.store.timeline(PROJECT, request.id))]
            assert rebuilt(events) == as_kept(request)

    @invariant()
    def nothing_contradicts_anything(self) -> None:
        assert self.run(self.store.auditor.whole()) == []
        self.run(self.store.verify(PROJECT))

    @invariant()
    def keys_open_as_long_as_they_live(self) -> None:
        for text, key in self.live.items():
            assert self.run(self.store.keys.find(text)) == key
        for text in self.dead:
            assert self.run(self.store.keys.find(text)) is None


TestWholeDesk = WholeDesk.TestCase
TestWholeDesk.settings = settings(
    max_examples=scaled(12),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
