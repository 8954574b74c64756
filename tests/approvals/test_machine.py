"""A desk at which anything happens in any order, held to what must always be true (virtual time)."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from approvals.applying import WantedSentinel
from approvals.authority import refusal
from approvals.commands import Amend, Answer, Ask, Cancel, Decide, Escalate, SetActive, SetAway, Start
from approvals.delegation import HOPS
from approvals.errors import ApprovalError
from approvals.events import EventKind
from approvals.lifecycle import overdue
from approvals.model import ApprovalRequest, Dialect, Door, Priority, RequestId, SentinelId, State, Verdict
from approvals.routing import ineligible
from tests.approvals.conftest import Desk
from tests.builders import PROJECT, a_domain, a_wanted, hours, minutes

T = TypeVar("T")

PEOPLE = (1, 2, 3, 4)
TIERS = {1: 1, 2: 1, 3: 2, 4: 3}
sentinels = st.sampled_from([SentinelId(n) for n in PEOPLE])
pieces = st.integers(0, 30)
spans = st.sampled_from([timedelta(microseconds=1), minutes(1), minutes(5), hours(1), hours(5)])


def somebody(number: int, **changes: Any) -> WantedSentinel:
    """One of the four people of the desk, of three tiers."""
    return a_wanted(number, tier=TIERS[number], **changes)


class AnyDesk(RuleBasedStateMachine):
    """The rules are what people, agents and the clock do; what is refused is refused."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.desk = Desk()
        self.known: dict[RequestId, ApprovalRequest] = {}
        self.legal = (a_domain(backups=True, escalate_after=hours(3)),)
        self.run(self.desk.staff(*map(somebody, PEOPLE), domains=self.legal))

    def teardown(self) -> None:
        self.loop.close()

    def run(self, work: Awaitable[T]) -> T:
        """Wait for it, on this machine's own loop."""

        async def awaited() -> T:
            return await work

        return self.loop.run_until_complete(awaited())

    def attempt(self, work: Awaitable[object]) -> bool:
        """Try it; whether it was done."""
        try:
            self.run(work)
        except ApprovalError:
            return False
        return True

    def pick(self, piece: int) -> ApprovalRequest:
        """One of the requests there are."""
        requests = list(self.requests())
        return requests[piece % len(requests)]

    def requests(self) -> list[ApprovalRequest]:
        """All requests as last committed."""
        return list(self.desk.store.tenants[PROJECT].requests.values())

    def anything(self) -> bool:
        """Whether there is a request at all."""
        return bool(self.requests())

    # What happens

    @rule(
        dialect=st.sampled_from(Dialect),
        life=st.none() | spans,
        priority=st.sampled_from(Priority),
        asker=st.none() | sentinels,
        favourite=st.lists(sentinels, max_size=1).map(tuple),
    )
    def submit(self, dialect: Dialect, life: Any, priority: Priority, asker: Any, favourite: Any) -> None:
        self.run(
            self.desk.ask(
                dialect=dialect,
                expires_at=None if life is None else self.desk.clock.now + life,
                priority=priority,
                requested_by=None if asker is None else f"S{asker}@Example.com",
                preferred=favourite,
            )
        )

    @precondition(anything)
    @rule(piece=pieces, by=sentinels, verdict=st.sampled_from(Verdict), shown=st.none() | st.integers(1, 3))
    def decide(self, piece: int, by: SentinelId, verdict: Verdict, shown: int | None) -> None:
        request, now = self.pick(piece), self.desk.clock.now
        roster = self.run(self.desk.roster())
        modified = "Other" if verdict is Verdict.MODIFIED else None
        command = Decide(PROJECT, request.id, by, verdict, Door.SLACK, "Because.", modified, shown=shown)
        done = self.attempt(self.desk.approvals.decide(command))
        assert done == (
            request.state is State.ASSIGNED
            and not overdue(request, now)
            and refusal(request, roster.sentinels[by], roster) is None
            and verdict is not Verdict.ESCALATED
            and (verdict is not Verdict.MODIFIED or request.dialect.hears_modified)
            and shown in {None, request.content_version}
        )

    @precondition(anything)
    @rule(piece=pieces, by=sentinels, chosen=st.none() | sentinels)
    def escalate(self, piece: int, by: SentinelId, chosen: SentinelId | None) -> None:
        command = Escalate(PROJECT, self.pick(piece).id, by, Door.SLACK, "Too big.", chosen)
        self.attempt(self.desk.approvals.escalate(command))

    @precondition(anything)
    @rule(piece=pieces)
    def cancel(self, piece: int) -> None:
        self.attempt(self.desk.approvals.cancel(Cancel(PROJECT, self.pick(piece).id, "key")))

    @precondition(anything)
    @rule(piece=pieces, by=sentinels)
    def look(self, piece: int, by: SentinelId) -> None:
        self.attempt(self.desk.approvals.start(Start(PROJECT, self.pick(piece).id, by)))

    @precondition(anything)
    @rule(piece=pieces, by=sentinels)
    def ask(self, piece: int, by: SentinelId) -> None:
        self.attempt(self.desk.approvals.ask(Ask(PROJECT, self.pick(piece).id, by, "Why?", Door.SLACK)))

    @precondition(anything)
    @rule(piece=pieces, number=st.integers(0, 3))
    def answer(self, piece: int, number: int) -> None:
        self.attempt(self.desk.approvals.answer(Answer(PROJECT, self.pick(piece).id, number, "So.", "key")))

    @precondition(anything)
    @rule(piece=pieces, content=st.booleans(), favourite=st.none() | sentinels, life=st.none() | spans)
    def amend(self, piece: int, content: bool, favourite: Any, life: Any) -> None:
        command = Amend(
            PROJECT,
            self.pick(piece).id,
            "key",
            preferred=None if favourite is None else (favourite,),
            expires_at=None if life is None else self.desk.clock.now + life,
            content={"summary": "Other"} if content else None,
        )
        self.attempt(self.desk.approvals.amend(command))

    @rule(who=sentinels, span=st.none() | spans, heir=st.none() | sentinels)
    def leave_or_return(self, who: SentinelId, span: Any, heir: Any) -> None:
        until = None if span is None else self.desk.clock.now + span
        self.attempt(self.desk.clockwork.set_away(SetAway(PROJECT, who, until, heir)))

    @rule(who=sentinels, active=st.booleans())
    def activate(self, who: SentinelId, active: bool) -> None:
        self.run(self.desk.clockwork.set_active(SetActive(PROJECT, who, active)))

    @rule(present=st.sets(st.sampled_from(PEOPLE)), capacity=st.none() | st.integers(0, 2))
    def apply(self, present: set[int], capacity: int | None) -> None:
        people = [somebody(n, capacity=capacity) for n in sorted(present)]
        self.run(self.desk.staff(*people, domains=self.legal))

    @rule(span=spans)
    def time_passes(self, span: timedelta) -> None:
        self.desk.clock.advance(span)

    @rule()
    def clock_ticks(self) -> None:
        while self.run(self.desk.clockwork.sweep(PROJECT)):
            pass
        self.run(self.desk.clockwork.dispatch(PROJECT))
        roster, now = self.run(self.desk.roster()), self.desk.clock.now
        for request in self.requests():
            assert request.due_at is None or request.due_at > now
            if request.state is State.PENDING:
                assert all(ineligible(request, s, now) for s in roster.sentinels.values())

    # What is always true

    @invariant()
    def loads_are_what_a_count_says(self) -> None:
        held = Counter(r.assigned_to for r in self.requests() if r.state is State.ASSIGNED)
        roster = self.run(self.desk.roster())
        assert {n: s.load for n, s in roster.sentinels.items() if s.load} == held

    @invariant()
    def nothing_is_lost(self) -> None:
        """Whatever is open has a holder who may decide it, or is told of: now, already or soon."""
        roster = self.run(self.desk.roster())
        for request in self.requests():
            if overdue(request, self.desk.clock.now):
                assert request.state.terminal or request.due_at is not None
            elif request.state is State.ASSIGNED:
                holder = roster.sentinel(request.assigned_to)
                assert holder is not None
                assert refusal(request, holder, roster) is None
                assert holder.tier >= request.min_tier
                assert holder.id in request.recipients
                assert holder.id not in request.in_place_of
                assert len(request.in_place_of) <= HOPS
                assert request.requested_by not in {f"S{n}@Example.com" for n in request.in_place_of}
            elif request.state is State.PENDING:
                assert request.assigned_to is None
                assert request.alarm_at is not None or self.told(request)

    def told(self, request: ApprovalRequest) -> bool:
        """Whether the operations channel was told since it last lost its Sentinel."""
        kinds = [r.event.kind for r in self.desk.store.tenants[PROJECT].timeline(request.id)]
        since = max((n for n, kind in enumerate(kinds) if kind is EventKind.ASSIGNED), default=0)
        return EventKind.UNATTENDED in kinds[since:]

    @invariant()
    def an_end_is_final_in_time_and_by_somebody_else(self) -> None:
        for request in self.requests():
            if request.outcome == "expired":
                assert request.expires_at is not None
                assert request.ended_at is not None
                assert request.ended_at >= request.expires_at
            elif request.state.terminal and request.expires_at is not None:
                assert request.ended_at is not None
                assert request.ended_at < request.expires_at
            if request.decision is not None:
                assert request.decision.evidence is not None
                assert request.requested_by != f"S{request.decision.by}@Example.com"
            assert (request.state is State.DECIDED) == (request.decision is not None)

    @invariant()
    def nothing_goes_backwards(self) -> None:
        for request in self.requests():
            before = self.known.get(request.id)
            if before is not None:
                assert request.version >= before.version
                assert request.min_tier >= before.min_tier
                assert request.escalated_by >= before.escalated_by
                assert request.recipients[: len(before.recipients)] == before.recipients
                assert before.started_at in {None, request.started_at}
                assert not before.state.terminal or request == before
            self.known[request.id] = request

    @invariant()
    def every_change_is_on_the_record(self) -> None:
        tenant = self.desk.store.tenants[PROJECT]
        facts = Counter(link.request_id for link in tenant.links)
        assert all(facts[r.id] >= r.version for r in self.requests())
        assert [link.n for link in tenant.links] == list(range(1, len(tenant.links) + 1))


TestAnyDesk = AnyDesk.TestCase
TestAnyDesk.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyDesk = pytest.mark.timeout(120)(TestAnyDesk)
