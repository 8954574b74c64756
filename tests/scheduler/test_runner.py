"""The clock over the real core: what is due happens, by whichever way it is noticed."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from approvals.clockwork import Clockwork
from approvals.errors import StoreUnavailable
from approvals.events import Event, EventKind
from approvals.model import ApprovalRequest, ProjectId, Roster, SentinelId, State
from approvals.outbox import Attempt, Carrier, Fate
from approvals.ports import Unit
from scheduler import runner as clock_module
from scheduler.delivery import Pump
from scheduler.expiry import Sweeper
from scheduler.runner import Runner
from tests.builders import PROJECT, a_request, a_sentinel, assigned, wanting
from tests.builders import a_wanted as a_wanted_sentinel
from tests.fakes import RecordingAnnouncer
from tests.memory_desk import MemoryAgenda
from tests.memory_store import MemoryStore
from tests.scheduler.mail import DELIVERED, Mail, Told, slack
from tests.scheduler.receivers import wall

SOON = timedelta(milliseconds=300)
LONG_AGO = timedelta(hours=1)


class Lanes(RecordingAnnouncer):
    """One message per event, in a lane of its own so that nothing paces them."""

    def announce(self, request: ApprovalRequest, events: Sequence[Event], roster: Roster) -> list[Any]:
        messages = super().announce(request, events, roster)
        return [replace(m, lane=f"{m.lane}:{m.topic}") for m in messages]


class Desk:
    """A store in memory with a real clockwork, a real pump and a real runner over it."""

    def __init__(self) -> None:
        self.store = MemoryStore(wall)
        self.mail = Mail(wall)
        self.store.outbox = self.mail
        self.announcer = Lanes()
        self.clockwork = Clockwork(self.store, self.announcer)
        self.sender = Told()

    def runner(self, **options: Any) -> Runner:
        """Another process over the same store."""
        pump = Pump(self.mail, {Carrier.SLACK: self.sender}, wall)
        agenda = options.pop("agenda", self.store.agenda)
        return Runner(self.clockwork, agenda, self.mail, pump, wall, **options)

    async def hold(self, *requests: ApprovalRequest) -> None:
        """Have these requests in the store, behind the clock's back."""

        async def add(unit: Unit) -> None:
            for request in requests:
                unit.add(request, [])

        await self.store.write(requests[0].project, add)

    async def heard(self, count: int, within_s: float = 20) -> Counter[str]:
        """What was delivered by topic, once there is so much."""
        done = await self.mail.tries(count, within_s)
        return Counter(delivery.topic for delivery, _, _ in done)

    async def state(self, request: ApprovalRequest) -> State:
        """How a request stands."""
        return (await self.store.request(request.project, request.id)).state


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def no_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tick comes in an hour: what happens now has another cause."""
    monkeypatch.setattr(clock_module, "TICK_S", 3600)
    monkeypatch.setattr(clock_module, "_FALLBACK_S", 3600)


@pytest.fixture
def fast_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tick comes many times a second."""
    monkeypatch.setattr(clock_module, "TICK_S", 0.05)
    monkeypatch.setattr(clock_module, "_JITTER_S", None)
    monkeypatch.setattr(clock_module, "_FALLBACK_S", 3600)


def expiring(after: timedelta, number: int = 1, **changes: Any) -> ApprovalRequest:
    """A request that waits until a deadline from now."""
    now = wall()
    return a_request(number, created_at=now - LONG_AGO, expires_at=now + after, **changes)


async def test_a_deadline_is_met_by_a_date_of_its_own(desk: Desk, no_tick: None) -> None:
    request = expiring(SOON)
    await desk.hold(request)
    async with desk.runner():
        assert await desk.heard(1) == {"expired": 1}
    ended = await desk.store.request(PROJECT, request.id)
    assert (ended.state, ended.ended_at is not None and ended.ended_at >= request.expires_at) == (
        State.EXPIRED,
        True,
    )


async def test_a_wake_notes_an_earlier_deadline(desk: Desk, no_tick: None) -> None:
    await desk.hold(expiring(timedelta(hours=5)))
    async with desk.runner() as runner:
        await desk.hold(expiring(SOON, 2))
        runner.wake()
        assert await desk.heard(1) == {"expired": 1}


async def test_one_date_after_the_other(desk: Desk, no_tick: None) -> None:
    await desk.hold(*(expiring(SOON * n, n) for n in (1, 2, 3)))
    async with desk.runner():
        assert await desk.heard(3) == {"expired": 3}


async def test_what_nobody_told_is_found_at_the_tick(desk: Desk, fast_tick: None) -> None:
    rounds = CountingAgenda(desk.store)
    async with desk.runner(agenda=rounds):
        await rounds.looked(1)
        await desk.hold(expiring(-SOON))
        assert await desk.heard(1, within_s=5) == {"expired": 1}


async def test_a_tick_that_is_lost_is_made_up_for(
    desk: Desk, no_tick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock_module, "_FALLBACK_S", 0.05)
    rounds = CountingAgenda(desk.store)
    async with desk.runner(agenda=rounds):
        await rounds.looked(1)
        await desk.hold(expiring(-SOON))
        assert await desk.heard(1) == {"expired": 1}


async def test_a_round_that_comes_late_comes_all_the_same(desk: Desk, no_tick: None) -> None:
    """The loop was busy when the date came, by more than APScheduler forgives unless it is told to."""
    agenda = Foreseeing(desk.store)
    async with desk.runner(agenda=agenda) as runner:
        await desk.hold(expiring(SOON))
        runner.wake()
        await asyncio.wait_for(agenda.foreseen.wait(), 5)
        time.sleep(SOON.total_seconds() + 1.2)  # noqa: ASYNC251
        assert await desk.heard(1, within_s=5) == {"expired": 1}


async def test_what_fell_due_while_nobody_ran_is_done_at_the_start(desk: Desk, no_tick: None) -> None:
    """More than a batch of the clockwork; and what is not due stays."""
    later = expiring(timedelta(hours=1), 2000)
    await desk.hold(*(expiring(-SOON, n) for n in range(1, 451)), later)
    async with desk.runner():
        assert await desk.heard(450, 60) == {"expired": 450}
    assert await desk.state(later) is State.PENDING


async def test_two_that_run_do_nothing_twice(desk: Desk, fast_tick: None) -> None:
    await desk.hold(*(expiring(SOON, n) for n in range(1, 51)))
    async with desk.runner(), desk.runner():
        assert await desk.heard(50) == {"expired": 50}
    assert desk.announcer.kinds == [EventKind.EXPIRED] * 50
    assert len(desk.sender.given) == 50


async def test_a_lane_that_paused_goes_on_without_a_tick(desk: Desk, no_tick: None) -> None:
    pause = timedelta(seconds=0.2)
    not_yet = Attempt(Fate.RETRY, retry_after=pause, pause_lane=pause, tried=False)
    desk.sender = Told(not_yet, DELIVERED)
    desk.mail.post(slack(topic="first"), slack(topic="second"))
    async with desk.runner():
        await desk.heard(3)
    assert desk.sender.topics == ["first", "first", "second"]


async def test_the_patrol_goes_at_the_start_and_once_a_minute(
    desk: Desk, fast_tick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock_module, "PATROL", SOON)
    went = asyncio.Semaphore(0)

    async def patrol() -> int:
        went.release()
        raise RuntimeError("the next one goes all the same")

    async with desk.runner(patrol=patrol), asyncio.timeout(10):
        for _ in range(3):
            await went.acquire()


async def test_silence_moves_a_request_up(desk: Desk, no_tick: None) -> None:
    await desk.clockwork.apply(wanting(a_wanted_sentinel(1), a_wanted_sentinel(2, tier=2)))
    request = assigned(1, escalate_at=wall() + SOON)
    await desk.hold(request)
    async with desk.runner():
        assert (await desk.heard(1))["escalated"] == 1
    assert (await desk.store.request(PROJECT, request.id)).assigned_to == SentinelId(2)


async def test_many_wakes_are_one_round(desk: Desk, no_tick: None) -> None:
    rounds = CountingAgenda(desk.store)
    async with desk.runner(agenda=rounds) as runner:
        await rounds.looked(1)
        for _ in range(1_000):
            runner.wake()
        await rounds.looked(2)
        await desk.hold(expiring(SOON))
        runner.wake()
        await desk.heard(1)
        # The start, the thousand, the new request, its date; and each look after a sweep that moved.
        assert rounds.looks <= 6


async def test_the_queue_moves_when_somebody_is_free(desk: Desk, no_tick: None) -> None:
    waiting = a_request(1)
    await desk.hold(waiting)
    async with desk.runner() as runner:
        await desk.clockwork.apply(wanting())
        await join(desk)
        runner.wake_dispatch(PROJECT)
        assert await desk.heard(1) == {"assigned": 1}
    assert await desk.state(waiting) is State.ASSIGNED


async def test_a_changed_roster_takes_from_who_left_and_gives_to_who_stays(desk: Desk, no_tick: None) -> None:
    await join(desk, 1)
    request = assigned(1)
    await desk.hold(request)
    async with desk.runner() as runner:
        await join(desk, 2, active_one=False)
        runner.wake_roster(PROJECT)
        await desk.heard(1)
    assert (await desk.store.request(PROJECT, request.id)).assigned_to == SentinelId(2)


async def test_whoever_comes_back_is_given_what_waits(desk: Desk, no_tick: None) -> None:
    waiting = a_request(1)
    await desk.hold(waiting)
    await join(desk, 1, away_until=wall() + SOON)
    async with desk.runner():
        assert await desk.heard(1) == {"assigned": 1}


async def test_at_the_start_the_queue_is_looked_at(desk: Desk, no_tick: None) -> None:
    """Somebody came back, or became free, while nobody ran."""
    await desk.hold(a_request(1))
    await join(desk, 1)
    async with desk.runner():
        assert await desk.heard(1) == {"assigned": 1}


async def test_at_the_start_nobody_keeps_what_they_may_not_hold(desk: Desk, no_tick: None) -> None:
    """Somebody was deactivated, and the process was killed before their cases went on."""
    await join(desk, 1)
    request = assigned(1)
    await desk.hold(request)
    await join(desk, 2, active_one=False)
    async with desk.runner():
        await desk.heard(1)
    assert (await desk.store.request(PROJECT, request.id)).assigned_to == SentinelId(2)


async def test_while_the_clock_jumps_nothing_expires_and_mail_goes_on(desk: Desk, fast_tick: None) -> None:
    believed = False
    await desk.hold(expiring(-SOON))
    async with desk.runner(steady=lambda _: believed) as runner:
        await desk.store.write(PROJECT, note_mail(desk))
        runner.wake()
        assert await desk.heard(1) == {"assigned": 1}
        assert desk.announcer.kinds.count(EventKind.EXPIRED) == 0
        believed = True
        assert (await desk.heard(2))["expired"] == 1


@pytest.mark.parametrize("error", [StoreUnavailable(), RuntimeError("broken")])
async def test_a_round_that_fails_is_made_again(desk: Desk, fast_tick: None, error: Exception) -> None:
    failing = CountingAgenda(desk.store, failures=[error] * 3)
    await desk.hold(expiring(-SOON))
    async with desk.runner(agenda=failing):
        assert await desk.heard(1) == {"expired": 1}


async def test_a_project_that_fails_harms_no_other(desk: Desk, fast_tick: None) -> None:
    broken = ProjectId("broken")
    sound = ProjectId("sound")
    await desk.hold(expiring(-SOON, project=broken))
    await desk.hold(expiring(-SOON, project=sound))
    desk.clockwork = Breaking(desk.store, desk.announcer, broken)
    async with desk.runner() as runner:
        runner.wake_dispatch(broken)
        runner.wake_roster(broken)
        assert await desk.heard(1) == {"expired": 1}
        assert [d.project for d in desk.sender.given] == [sound]


async def test_what_could_not_be_dispatched_is_asked_for_again(desk: Desk, fast_tick: None) -> None:
    waiting = a_request(1)
    await desk.hold(waiting)
    await join(desk, 1)
    desk.clockwork = Breaking(desk.store, desk.announcer, PROJECT, times=3)
    async with desk.runner():
        assert await desk.heard(1) == {"assigned": 1}


async def test_a_sweep_that_moves_nothing_ends(desk: Desk) -> None:
    await desk.hold(expiring(-SOON))
    sweeper = Sweeper(Breaking(desk.store, desk.announcer, PROJECT), desk.store.agenda)
    async with asyncio.timeout(10):
        assert await sweeper.sweep() == 0


async def test_it_stops_and_leaves_nothing_behind(desk: Desk) -> None:
    before = asyncio.all_tasks()
    async with desk.runner() as runner:
        await desk.hold(expiring(timedelta(hours=1)))
        runner.wake()
    left = asyncio.all_tasks() - before
    assert {task.get_name() for task in left if not task.done()} == set()
    # A late wake of somebody who has not heard is harmless.
    runner.wake()
    runner.wake_dispatch(PROJECT)


async def join(desk: Desk, number: int = 1, active_one: bool = True, **changes: Any) -> None:
    """A Sentinel joins, and nobody tells the clock."""
    tenant_roster = (await desk.store.roster(PROJECT)).sentinels
    people = {s.id: replace(s, active=s.active and active_one, load=0) for s in tenant_roster.values()}
    newcomer = a_sentinel(number, **changes)
    await desk.store.write(PROJECT, nothing)
    tenant = desk.store.tenants[PROJECT]
    tenant.roster = replace(tenant.roster, sentinels=people | {newcomer.id: newcomer})


async def nothing(unit: Unit) -> None:
    """Touch a project."""


def note_mail(desk: Desk) -> Callable[[Unit], Awaitable[None]]:
    """A unit that sends one message."""

    async def send(unit: Unit) -> None:
        request = a_request(9)
        event = Event(EventKind.ASSIGNED, request.id, unit.now, "desk")
        unit.send(Lanes().announce(request, [event], unit.roster))

    return send


class Foreseeing(MemoryAgenda):
    """Tells when it has been asked for a date and knew one."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(wall, store.open_requests, store.rosters)
        self.foreseen = asyncio.Event()

    async def next_request_due(self) -> datetime | None:
        due = await super().next_request_due()
        if due is not None:
            self.foreseen.set()
        return due


class CountingAgenda(MemoryAgenda):
    """Counts how often it was asked what is due; fails the first times where told so."""

    def __init__(self, store: MemoryStore, failures: Sequence[Exception] = ()) -> None:
        super().__init__(wall, store.open_requests, store.rosters)
        self._failures = list(failures)
        self._asked = asyncio.Condition()
        self.looks = 0

    async def due_projects(self) -> Sequence[ProjectId]:
        async with self._asked:
            self.looks += 1
            self._asked.notify_all()
        if self._failures:
            raise self._failures.pop()
        return await super().due_projects()

    async def looked(self, count: int) -> None:
        """Wait until it was asked so often."""
        async with asyncio.timeout(10), self._asked:
            await self._asked.wait_for(lambda: self.looks >= count)


class Breaking(Clockwork):
    """Fails in one project, for ever or so many times."""

    def __init__(
        self, store: MemoryStore, announcer: RecordingAnnouncer, project: ProjectId, times: int = 1_000_000
    ) -> None:
        super().__init__(store, announcer)
        self._broken = project
        self._times = times

    async def sweep(self, project: ProjectId) -> int:
        self._break(project)
        return await super().sweep(project)

    async def dispatch(self, project: ProjectId) -> int:
        self._break(project)
        return await super().dispatch(project)

    async def rehome(self, project: ProjectId) -> int:
        self._break(project)
        return await super().rehome(project)

    def _break(self, project: ProjectId) -> None:
        if project == self._broken and self._times > 0:
            self._times -= 1
            raise RuntimeError("broken")


class Leftovers:
    """Something to remove, in so many batches."""

    def __init__(self, batches: int) -> None:
        self.batches = batches
        self.asked = asyncio.Event()

    async def prune(self, limit: int) -> int:
        self.batches -= 1
        if self.batches <= 0:
            self.asked.set()
        return limit if self.batches > 0 else 0


async def test_what_has_served_its_time_is_removed_until_nothing_is_left(desk: Desk, no_tick: None) -> None:
    leftovers = Leftovers(batches=3)
    async with desk.runner(retention=leftovers):
        await asyncio.wait_for(leftovers.asked.wait(), 20)
    assert leftovers.batches == 0


async def test_while_the_clock_jumps_nothing_is_removed(desk: Desk, fast_tick: None) -> None:
    leftovers = Leftovers(batches=1)
    async with desk.runner(retention=leftovers, steady=lambda _: False) as runner:
        await desk.store.write(PROJECT, note_mail(desk))
        runner.wake()
        await desk.heard(1)
    assert not leftovers.asked.is_set()
