"""Fourteen virtual days of escalations, and clocks that jump."""

from __future__ import annotations

import random
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from approvals.applying import Wanted
from approvals.clockwork import Clockwork
from approvals.commands import Decide
from approvals.events import EventKind
from approvals.model import ApprovalRequest, Door, SentinelId, State, Verdict
from approvals.service import Approvals
from scheduler.clock_guard import ClockGuard
from store.engine import Store, open_store
from store.migrations import migrate
from tests.auditing import sound
from tests.builders import PROJECT, a_domain, a_submit, a_wanted, hours, minutes, wanting
from tests.fakes import Clock, RecordingAnnouncer

DAYS = 14
TICK = minutes(20)
PATIENCE = hours(20)
TIERS = (1, 2, 3, 4)

STARTS = {
    "spring in Paris": datetime(2026, 3, 23, 9, tzinfo=UTC),
    "spring in Montréal": datetime(2026, 3, 2, 9, tzinfo=UTC),
    "autumn in both": datetime(2026, 10, 20, 9, tzinfo=UTC),
}
"""Each spans two weekends and a night in which clocks on the wall are changed."""


class Desk:
    """A desk over a real store that can be closed and opened again."""

    def __init__(self, url: str, now: datetime) -> None:
        self.url, self.clock, self.stack = url, Clock(now), AsyncExitStack()

    async def open(self) -> None:
        """Start, or start again."""
        await self.stack.aclose()
        opening = open_store(self.url, secret="s" * 32, clock=self.clock)
        self.store: Store = await self.stack.enter_async_context(opening)
        announcer = RecordingAnnouncer()
        self.approvals = Approvals(self.store, announcer)
        self.clockwork = Clockwork(self.store, announcer)

    async def steps(self, request: ApprovalRequest) -> list[tuple[str, datetime]]:
        """Each escalation, and the word that nobody stands above, with its time."""
        told = {EventKind.ESCALATED: "up", EventKind.UNATTENDED: "silence", EventKind.DECIDED: "decided"}
        events = [r.event for r in await self.store.timeline(PROJECT, request.id)]
        return [(told[e.kind], e.at) for e in events if e.kind in told]


def team(*tiers: int) -> Wanted:
    """One Sentinel of each of these tiers, and silence that moves a request up."""
    people = (a_wanted(tier, tier=tier) for tier in tiers)
    return wanting(*people, domains=[a_domain(escalate_after=PATIENCE)], operations_channel="#ops")


@pytest.mark.parametrize("start", STARTS)
async def test_a_chain_of_two_weeks(start: str, tmp_path: Path) -> None:
    """Each step once, in its order, at its time and not before; none lost in a restart or an edit."""
    url, dice = f"sqlite+aiosqlite:///{tmp_path}/desk.db", random.Random(start)
    await migrate(url)
    desk = Desk(url, STARTS[start])
    await desk.open()
    await desk.clockwork.apply(team(*TIERS))
    asked: dict[str, tuple[ApprovalRequest, datetime]] = {}
    decided: dict[str, datetime] = {}
    end = desk.clock.now + timedelta(days=DAYS)
    while desk.clock.now < end:
        desk.clock.advance(TICK)
        luck = dice.random()
        if luck < 0.02:
            await desk.open()
        elif luck < 0.03:
            # An edit that changes who holds what, never how many tiers there are.
            await desk.clockwork.apply(team(*TIERS, 5))
            await desk.clockwork.apply(team(*TIERS))
        elif luck < 0.06:
            request = (await desk.approvals.submit(a_submit(expires_at=end + timedelta(days=9)))).request
            asked[request.id] = request, desk.clock.now
        elif luck < 0.065 and asked:
            request = await desk.store.request(PROJECT, dice.choice(list(asked.values()))[0].id)
            if request.state is State.ASSIGNED and request.assigned_to is not None:
                holder = SentinelId(request.assigned_to)
                verdict = Decide(PROJECT, request.id, holder, Verdict.APPROVED, Door.API, "Yes.")
                await desk.approvals.decide(verdict)
                decided[request.id] = desk.clock.now
        while await desk.clockwork.sweep(PROJECT):
            pass
        # Twice, as two replicas would.
        assert await desk.clockwork.sweep(PROJECT) == 0
    assert len(asked) > 10
    for request, at in asked.values():
        due = [(("up" if n < len(TIERS) else "silence"), at + n * PATIENCE) for n in range(1, len(TIERS) + 1)]
        # Who decides in the moment in which a step is due is before it.
        until = decided.get(request.id, end + TICK)
        wanted = [step for step in due if step[1] < until]
        found = await desk.steps(request)
        assert [word for word, _ in found] == [w for w, _ in wanted] + ["decided"] * (request.id in decided)
        lags = [is_at - due_at for (_, is_at), (_, due_at) in zip(found, wanted, strict=False)]
        assert set(lags) <= {timedelta(0)}
    await desk.stack.aclose()
    await sound(url)


@pytest.mark.parametrize(
    ("jump", "believed"),
    [
        (hours(1), False),
        (-hours(1), False),
        (timedelta(days=1), False),
        (-timedelta(days=1), False),
        (timedelta(seconds=1), True),
        (-timedelta(seconds=1), True),
        (timedelta(milliseconds=500), True),
    ],
    ids=str,
)
def test_what_a_jump_stops_and_what_a_leap_does_not(jump: timedelta, believed: bool) -> None:
    passed, wall = 0.0, STARTS["autumn in both"]
    guard = ClockGuard(lambda: passed)
    for _ in range(10):
        passed, wall = passed + 2, wall + timedelta(seconds=2)
        assert guard.steady(wall)
    wall += jump
    seen = []
    for _ in range(70):
        passed, wall = passed + 2, wall + timedelta(seconds=2)
        seen.append(guard.steady(wall))
    assert seen[0] is believed
    assert seen[58] is believed
    assert seen[-1]
