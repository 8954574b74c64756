"""The clock itself. APScheduler only says when to look; what is due stands in the database.

One round at a time: a tick every two seconds, one date for the earliest thing that is due,
and `wake` after each commit all ask for the same round.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Self

import structlog
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from approvals.clockwork import Clockwork
from approvals.errors import StoreUnavailable
from approvals.model import ProjectId
from approvals.ports import Agenda, Outbox, Retention
from scheduler.clock_guard import ClockGuard
from scheduler.delivery import Pump
from scheduler.expiry import Sweeper

log = structlog.get_logger(__name__)

TICK_S = 2
_JITTER_S = 0.2
_SPACING_S = 0.2
_LAST_WORDS_S = 1.0

_FALLBACK_S = 2.5 * TICK_S
"""The tick follows the wall clock and may be lost when that is set back; this does not."""

PATROL = timedelta(seconds=60)
"""How often it is looked at what nobody said: waiting requests for which somebody is free, and the patrol."""

BATCH = 200
"""How many rows of a kind are removed in one transaction, which others have to wait for."""

MOST_BATCHES = 25
"""How many such there are in a minute."""

_JOB_DEFAULTS = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


class Runner:
    """Runs the clock and the pump while it is entered (`async with`)."""

    def __init__(
        self,
        clockwork: Clockwork,
        agenda: Agenda,
        outbox: Outbox,
        pump: Pump,
        clock: Callable[[], datetime],
        *,
        steady: Callable[[datetime], bool] | None = None,
        patrol: Callable[[], Awaitable[object]] | None = None,
        retention: Retention | None = None,
        drain_s: float = 5.0,
    ) -> None:
        """`steady` says whether a time of `clock` may be believed; by default a ClockGuard does.

        `patrol` is done at the start and once a PATROL: it looks for what nobody said.
        `retention` removes what has served its time; None: nothing is removed.
        """
        self._sweeper = Sweeper(clockwork, agenda)
        self._agenda = agenda
        self._outbox = outbox
        self._pump = pump
        self._clock = clock
        self._retention = retention
        self._steady = steady or ClockGuard().steady
        self._drain_s = drain_s
        self._scheduler = AsyncIOScheduler(
            jobstores={"default": MemoryJobStore()}, job_defaults=_JOB_DEFAULTS, timezone=UTC
        )
        self._wanted = asyncio.Event()
        self._ticked = True
        self._stopping = False
        self._rounds: asyncio.Task[None] | None = None
        self._armed: datetime | None = None
        self._return_at: datetime | None = None
        self._patrol_at = self._patrol_else_at = clock()
        self._patrol = patrol
        self._prune_at = clock()
        self._looked_at_holders = False
        self._to_rehome: set[ProjectId] = set()
        self._to_dispatch: set[ProjectId] = set()

    async def __aenter__(self) -> Self:
        self._pump.on_due_again(self._arm)
        self._pump.start()
        self._scheduler.start()
        self._start_ticking()
        self._rounds = asyncio.create_task(self._keep_going(), name="clock")
        self.wake()
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._stopping = True
        self._scheduler.shutdown(wait=False)
        self._wanted.set()
        if self._rounds is not None:
            await asyncio.wait({self._rounds}, timeout=self._drain_s)
            if self._rounds.cancel():
                await asyncio.wait({self._rounds}, timeout=_LAST_WORDS_S)
        await self._pump.stop(self._drain_s)

    def wake(self) -> None:
        """Something was committed: deliver it and note when it is due. Many wakes make one round."""
        self._pump.kick()
        self._wanted.set()

    def wake_dispatch(self, project: ProjectId) -> None:
        """A Sentinel of this project may have become available: look at what waits."""
        self._to_dispatch.add(project)
        self._wanted.set()

    def wake_roster(self, project: ProjectId) -> None:
        """The project's roster has changed: nobody keeps what they may not hold, and the queue moves."""
        self._to_rehome.add(project)
        self.wake_dispatch(project)

    async def _keep_going(self) -> None:
        while not self._stopping:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FALLBACK_S):
                    await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._round()
            except StoreUnavailable:
                log.warning("round_without_database")
            except Exception:
                log.exception("round_failed")
            await asyncio.sleep(_SPACING_S)

    async def _round(self) -> None:
        began = self._clock()
        self._pump.kick()
        if self._steady(began):
            await self._sweeper.sweep()
            await self._move_queues(began)
            self._pump.kick()
            await self._tidy(began)
        else:
            self._start_ticking()
        await self._patrol_else(began)
        await self._look_ahead(began)

    async def _patrol_else(self, now: datetime) -> None:
        if self._patrol is None or now < self._patrol_else_at:
            return
        self._patrol_else_at = now + PATROL
        try:
            if await self._patrol():
                self._pump.kick()
        except Exception:
            # The next patrol looks at the same again.
            log.exception("patrol_failed")

    async def _move_queues(self, now: datetime) -> None:
        rehome, self._to_rehome = self._to_rehome, set()
        dispatch, self._to_dispatch = self._to_dispatch, set()
        try:
            if not self._looked_at_holders:
                # Whoever changed the roster before this start may not have got further.
                rehome |= await self._sweeper.holding()
                self._looked_at_holders = True
            rehome = await self._sweeper.rehome(rehome)
            everywhere = _reached(self._return_at, now) or _reached(self._patrol_at, now)
            if dispatch or everywhere:
                queueing = await self._sweeper.queueing()
                dispatch = await self._sweeper.dispatch(queueing if everywhere else queueing & dispatch)
            if everywhere:
                self._patrol_at = now + PATROL
        finally:
            # What failed is asked for again.
            self._to_rehome |= rehome
            self._to_dispatch |= dispatch

    async def _tidy(self, now: datetime) -> None:
        """Remove what has served its time: only while the clock is believed, since nothing brings it back."""
        if self._retention is None or not _reached(self._prune_at, now):
            return
        self._prune_at = now + PATROL
        for _ in range(MOST_BATCHES):
            if self._stopping or not await self._retention.prune(BATCH):
                return

    async def _look_ahead(self, began: datetime) -> None:
        self._return_at = await self._agenda.next_return()
        times = [self._return_at, await self._agenda.next_request_due()]
        if self._ticked:
            # What the pump puts off it tells; this is for what was put off elsewhere.
            self._ticked = False
            times.append(await self._outbox.next_due())
        now = self._clock()
        due = [time for time in times if time is not None]
        if any(began < time <= now for time in due):
            self._wanted.set()
        # What was due before is being worked on, or waits for the next tick.
        for time in due:
            self._arm(time)

    def _arm(self, moment: datetime) -> None:
        """Have a round at `moment`, unless one comes before it."""
        now = self._clock()
        sooner = self._armed is not None and now < self._armed <= moment
        if moment <= now or sooner or self._stopping:
            return
        self._armed = moment
        # APScheduler goes by the wall clock, which `clock` need not be.
        at = datetime.now(UTC) + (moment - now)
        self._scheduler.add_job(self._tick, DateTrigger(at), id="next", replace_existing=True)

    def _start_ticking(self) -> None:
        trigger = IntervalTrigger(seconds=TICK_S, jitter=_JITTER_S, timezone=UTC)
        self._scheduler.add_job(self._tick, trigger, id="sweep", replace_existing=True)

    async def _tick(self) -> None:
        # A coroutine, because APScheduler would run a plain function in a thread.
        self._ticked = True
        self._wanted.set()


def _reached(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and now >= moment
