"""Rate limits: how often a method may be called, and how long to wait after that."""

from __future__ import annotations

import math
from dataclasses import dataclass

from workspace.refusal import Refused

PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
SPECIAL = 0  # posting: paced per channel, not per method
FREE = 5  # auth.test and the like: hundreds a minute
FREE_PER_MINUTE = 600
TIER_1_BURST = 10  # so that ten replicas can open their sockets together
CHANNEL_RATE = 1.0  # messages a second in one channel
CHANNEL_BURST = 5


@dataclass
class Bucket:
    """A token bucket: `capacity` at once, `rate` a second after that."""

    capacity: float
    rate: float
    level: float
    at: float

    def take(self, now: float) -> int:
        """Take one; returns 0, or the whole seconds to wait when there is none."""
        self.level = min(self.capacity, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level >= 1:
            self.level -= 1
            return 0
        return max(1, math.ceil((1 - self.level) / self.rate))


class Pacing:
    """Buckets per method and workspace, and per channel for posting."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, ...], Bucket] = {}

    def method(self, workspace: str, method: str, tier: int, now: float) -> None:
        """Count a call; Refused `ratelimited` with `retry_after` above the tier's budget."""
        if tier == SPECIAL:
            return
        per_minute = FREE_PER_MINUTE if tier == FREE else PER_MINUTE[tier]
        capacity = TIER_1_BURST if tier == 1 else per_minute
        self._take((workspace, method), capacity, per_minute / 60, now)

    def channel(self, channel: str, now: float) -> None:
        """Count a message posted into a channel."""
        self._take(("channel", channel), CHANNEL_BURST, CHANNEL_RATE, now)

    def forget(self) -> None:
        """Start afresh, every bucket full."""
        self._buckets.clear()

    def _take(self, key: tuple[str, ...], capacity: float, rate: float, now: float) -> None:
        bucket = self._buckets.setdefault(key, Bucket(capacity, rate, capacity, now))
        wait = bucket.take(now)
        if wait:
            raise Refused("ratelimited", retry_after=wait)
