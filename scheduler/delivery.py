"""The pump: claims what is due, hands it to whoever carries it, and records what became of it.

At least once: a message is claimed before it is sent and completed after. Whoever claims
holds a lease; where the result does not come in time, somebody else sends it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random as random_module
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Protocol

import structlog

from approvals.outbox import Attempt, Carrier, Delivery, Fate
from approvals.ports import Outbox
from failpoints import fail
from scheduler.backoff import CALLBACKS, SLACK, SLACK_SPAN, next_try

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)

LONGEST_TRY_S = 20.0
"""Longer than any sender's own timeout, shorter than the lease."""

SLOTS = 64
"""How many messages of one carrier are on their way at once."""

_CUT = Attempt(Fate.RETRY, error="the desk stopped meanwhile")

_SPACING_S = 0.05
"""How long fresh messages may gather before the next claim. A lane that becomes free does not wait."""

_LAST_WORDS_S = 2.0


def _nobody_counts(delivery: Delivery, attempt: Attempt, now: datetime) -> None:
    """What is done with a try where nobody asks for figures."""


def _chatty() -> bool:
    return logging.getLogger(__name__).isEnabledFor(logging.DEBUG)


class Sender(Protocol):
    """Carries one message."""

    async def deliver(self, delivery: Delivery) -> Attempt:
        """Try once. A failure is an Attempt; what is raised counts as one to be tried again."""


class Pump:
    """Keeps each carrier's slots full while something is due; a lane has one message in flight."""

    def __init__(
        self,
        outbox: Outbox,
        senders: Mapping[Carrier, Sender],
        clock: Callable[[], datetime],
        *,
        slots: int = SLOTS,
        random: Callable[[], float] = random_module.random,
        tried: Callable[[Delivery, Attempt, datetime], None] = _nobody_counts,
    ) -> None:
        """Messages of a carrier without a sender are left alone, in the outbox. `tried` hears of each try."""
        self._outbox = outbox
        self._senders = senders
        self._clock = clock
        self._slots = slots
        self._random = random
        self._tried = tried
        self._due_again: Callable[[datetime], None] | None = None
        self._wanted = asyncio.Event()
        self._freed = asyncio.Event()
        self._stopping = False
        # Each carrier's last look for what is due, by a clock that nobody sets.
        self._looked = dict.fromkeys(senders, monotonic())
        self._claiming: asyncio.Task[None] | None = None
        # The loop keeps only weak references to tasks, so they are kept here.
        self._in_flight: dict[Carrier, set[asyncio.Task[None]]] = {c: set() for c in senders}

    @property
    def in_flight(self) -> int:
        """How many messages are on their way."""
        return sum(map(len, self._in_flight.values()))

    @property
    def idle_s(self) -> float:
        """How long nobody has looked for what is due, of the carrier for which that is longest."""
        now = monotonic()
        return now - min(self._looked.values(), default=now)

    def on_due_again(self, tell: Callable[[datetime], None]) -> None:
        """Whom to tell when a lane that paused or failed will be due again."""
        self._due_again = tell

    def kick(self) -> None:
        """Look for due messages now. Cheap; many kicks are one look."""
        self._wanted.set()

    def start(self) -> None:
        """Begin, in the running loop."""
        self._claiming = asyncio.create_task(self._keep_claiming(), name="pump")
        self.kick()

    async def stop(self, within_s: float = 5.0) -> None:
        """Claim no more and let what is under way finish; cut after `within_s` what has not.

        A message that is cut is due again at once, for whoever runs next.
        """
        self._stopping = True
        self.kick()
        if self._claiming is not None:
            await asyncio.wait({self._claiming}, timeout=_LAST_WORDS_S)
        await self._drain(within_s)
        for task in self._tasks():
            task.cancel()
        await self._drain(_LAST_WORDS_S)

    async def _drain(self, within_s: float) -> None:
        tasks = self._tasks()
        if tasks:
            await asyncio.wait(tasks, timeout=within_s)

    def _tasks(self) -> set[asyncio.Task[None]]:
        tasks = {task for tasks in self._in_flight.values() for task in tasks}
        if self._claiming is not None and not self._claiming.done():
            tasks.add(self._claiming)
        return tasks

    async def _keep_claiming(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            self._freed.clear()
            if self._stopping:
                return
            # Together, so that they share a transaction.
            await asyncio.gather(*map(self._claim, self._senders))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SPACING_S):
                    await self._freed.wait()

    async def _claim(self, carrier: Carrier) -> None:
        tasks = self._in_flight[carrier]
        free = self._slots - len(tasks)
        if free <= 0:
            return
        try:
            fail("claim.before")
            claimed = await self._outbox.claim(free, LEASE, carrier)
        except Exception:
            log.exception("claim_failed", carrier=carrier.value)
            return
        self._looked[carrier] = monotonic()
        if claimed:
            fail("claim.after")
        for delivery in claimed:
            task = asyncio.create_task(self._carry(delivery), name=f"delivery {delivery.id}")
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            task.add_done_callback(self._lane_is_free)

    def _lane_is_free(self, _: asyncio.Task[None]) -> None:
        self._freed.set()
        self.kick()

    async def _carry(self, delivery: Delivery) -> None:
        # Whatever is logged from here on names the message and the request that it is about.
        structlog.contextvars.bind_contextvars(delivery=delivery.id, request=delivery.request_id)
        attempt = await self._try(delivery)
        now = self._clock()
        retry_at = self._retry_at(delivery, attempt, now) if attempt.fate is Fate.RETRY else None
        if attempt.fate is Fate.RETRY and retry_at is None:
            attempt = replace(attempt, fate=Fate.DEAD)
        if attempt.stalls and retry_at is not None:
            attempt = replace(attempt, pause_lane=retry_at - now)
        if attempt.tried:
            self._tried(delivery, attempt, now)
        if _chatty():
            log.debug("delivery_tried", topic=delivery.topic, fate=attempt.fate.value, status=attempt.status)
        if await self._record(delivery, attempt, retry_at):
            self._foretell(now, attempt, retry_at)

    async def _try(self, delivery: Delivery) -> Attempt:
        try:
            async with asyncio.timeout(LONGEST_TRY_S):
                return await self._senders[delivery.carrier].deliver(delivery)
        except TimeoutError:
            return Attempt(Fate.RETRY, error=f"not done within {LONGEST_TRY_S:.0f} s")
        except asyncio.CancelledError:
            if not self._stopping:
                raise
            return _CUT
        except Exception as error:
            log.exception("delivery_crashed", topic=delivery.topic)
            return Attempt(Fate.RETRY, error=f"internal error ({type(error).__name__})")

    def _retry_at(self, delivery: Delivery, attempt: Attempt, now: datetime) -> datetime | None:
        if attempt is _CUT:
            return now
        if not attempt.tried and attempt.retry_after is not None:
            return now + attempt.retry_after
        slack = delivery.carrier is Carrier.SLACK
        by_ladder = next_try(delivery.attempt, now, self._random, SLACK if slack else CALLBACKS)
        if slack and by_ladder is None and now - delivery.created_at < SLACK_SPAN:
            # Most of its claims were no tries: it waited for its turn.
            by_ladder = now + SLACK[-1]
        if by_ladder is None or attempt.retry_after is None:
            return by_ladder
        asked = now + attempt.retry_after
        # Slack knows when it will listen. A receiver may ask for more patience, never for less:
        # else it would use up all its tries in a moment.
        return asked if slack else max(asked, by_ladder)

    async def _record(self, delivery: Delivery, attempt: Attempt, retry_at: datetime | None) -> bool:
        if attempt.fate is Fate.DEAD:
            log.warning("delivery_dead", topic=delivery.topic, error=attempt.error)
        try:
            fail("completion.before")
            kept = await self._outbox.complete(delivery, attempt, retry_at)
            fail("completion.after")
        except Exception:
            # Its lease ends, and it is sent again.
            log.exception("delivery_not_recorded")
            return False
        if not kept:
            log.warning("delivery_lost_its_lease")
        return kept

    def _foretell(self, now: datetime, attempt: Attempt, retry_at: datetime | None) -> None:
        if self._due_again is None:
            return
        if attempt.pause_lane is not None:
            self._due_again(now + attempt.pause_lane)
        if retry_at is not None:
            self._due_again(retry_at)
