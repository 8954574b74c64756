"""One message a second in each Slack conversation, after a small burst.

Source: Slack's rate limits, `chat.postMessage`: one per second per channel, short bursts
tolerated.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

_REMEMBERED = 10_000


class Pace:
    """Says how long a lane must pause. It counts from the start of each send, so that the time
    that Slack takes to answer is no loss.
    """

    def __init__(
        self, every_s: float = 1.0, burst: int = 3, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._every = every_s
        self._slack = (burst - 1) * every_s
        self._now = monotonic
        self._spent_until: dict[str, float] = {}

    def count(self, lane: str) -> None:
        """One message of this lane leaves now."""
        now = self._now()
        if len(self._spent_until) >= _REMEMBERED:
            self._spent_until = {name: until for name, until in self._spent_until.items() if until > now}
        self._spent_until[lane] = max(self._spent_until.get(lane, now), now) + self._every

    def pause(self, lane: str) -> timedelta | None:
        """How long the lane has to wait from now; None where it may go on."""
        wait = self._spent_until.get(lane, 0.0) - self._slack - self._now()
        return timedelta(seconds=wait) if wait > 0 else None
