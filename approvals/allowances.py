"""How often a key may create: the generic cell rate algorithm, one number per key.

A key with rate `1000/min` may create 1,000 times at once and then again as time gives it back,
one every 60 ms. The number is the time, in whole nanoseconds since 1970, at which the key has
all of its rate again (the "theoretical arrival time").
"""

from __future__ import annotations

from approvals.keys import Rate

# Whole nanoseconds: a day's sum of fractions of a second would be off by many creates.
SECOND = 1_000_000_000


def interval(rate: Rate) -> int:
    """What one create costs, in nanoseconds."""
    return span(rate) // rate.count


def span(rate: Rate) -> int:
    """How far ahead of the present a key's number may lie, in nanoseconds."""
    return rate.seconds * SECOND


class MemoryAllowances:
    """Allowances of one process (see `approvals.ports.Allowances`); as many numbers as keys and projects."""

    def __init__(self) -> None:
        self._full_at: dict[str, int] = {}

    async def look(self, whose: str) -> int:
        """When all of the rate is there again; 0 where it has not been used."""
        return self._full_at.get(whose, 0)

    async def take(self, whose: str, rate: Rate, now: int) -> int | None:
        """Count one create; the number after it, or None where nothing was left."""
        after = max(self._full_at.get(whose, 0), now) + interval(rate)
        if after - now > span(rate):
            return None
        self._full_at[whose] = after
        return after
