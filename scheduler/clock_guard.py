"""Whether the wall clock can be believed: what cannot be undone waits while it jumps."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

import structlog

log = structlog.get_logger(__name__)

JUMP_S = 60.0
"""How far the wall clock may move against the monotonic one between two looks."""

STEADY_S = 120.0
"""How long it must have been steady before it is believed again."""


def since_boot() -> float:
    """Seconds that nobody can set; time asleep counts where the system can tell."""
    # A laptop that wakes up has not been lied to: its expired requests are expired.
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class ClockGuard:
    """Compares the wall clock with one that only goes forward, at each look."""

    def __init__(self, monotonic: Callable[[], float] = since_boot) -> None:
        self._monotonic = monotonic
        self._offset: float | None = None
        self._steady_from = 0.0

    def steady(self, wall: datetime) -> bool:
        """Whether nothing has moved `wall` by over 60 s lately; a slow slew is no jump."""
        now = self._monotonic()
        offset = wall.timestamp() - now
        jump = 0.0 if self._offset is None else offset - self._offset
        self._offset = offset
        if abs(jump) > JUMP_S:
            self._steady_from = now + STEADY_S
            log.error("clock_jumped", by_s=round(jump), nothing_expires_for_s=STEADY_S)
        return now >= self._steady_from
