"""How often a key may create: the generic cell rate algorithm, in memory, one number per key.

A key with rate `1000/min` may create 1,000 times at once and then again as time gives it back,
one every 60 ms. With several processes each counts for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from api.problems import Problem, Refused, retry_after
from approvals.deadlines import next_month
from approvals.keys import Key, Rate
from approvals.model import KeyId
from approvals.ports import Keys

# Whole nanoseconds: a day's sum of fractions of a second would be off by many creates.
_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Standing:
    """What a key has left of its limit; `reset` in epoch seconds, when it has all of it again."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        """The three headers that say so."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }


class Limiter:
    """The rates of all keys. `default` holds for keys without one (None: nothing does)."""

    def __init__(self, default: Rate | None) -> None:
        self._default = default
        # When each key has everything again, if that lies ahead (the "theoretical arrival time").
        self._full_at: dict[KeyId, int] = {}

    def standing(self, key: Key, now: datetime) -> Standing | None:
        """What is left to a key; None where no rate holds."""
        rate = key.rate or self._default
        if rate is None:
            return None
        moment = _nanoseconds(now)
        return _standing(rate, moment, max(self._full_at.get(key.id, 0), moment))

    def take(self, key: Key, now: datetime) -> Standing | None:
        """Count one create and say what is left. Raises TooOften where nothing was."""
        rate = key.rate or self._default
        if rate is None:
            return None
        moment = _nanoseconds(now)
        before = max(self._full_at.get(key.id, 0), moment)
        after = before + _interval(rate)
        wait = after - moment - rate.seconds * _SECOND
        if wait > 0:
            raise TooOften(rate, wait / _SECOND, _standing(rate, moment, before))
        self._full_at[key.id] = after
        return _standing(rate, moment, after)


def _standing(rate: Rate, moment: int, full_at: int) -> Standing:
    free = (rate.seconds * _SECOND - (full_at - moment)) // _interval(rate)
    return Standing(rate.count, min(rate.count, free), -(-full_at // _SECOND))


def _interval(rate: Rate) -> int:
    return rate.seconds * _SECOND // rate.count


def _nanoseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000) * 1_000


class TooOften(Refused):
    """More creates than the key's rate allows; `standing` is what the answer's headers show."""

    def __init__(self, rate: Rate, wait: float, standing: Standing) -> None:
        message = f"More than {rate} creates; try again in {max(1, ceil(wait))} s."
        super().__init__(Problem(429, "rate_limit_exceeded", message, headers=retry_after(wait)))
        self.standing = standing


async def monthly(keys: Keys, key: Key, now: datetime) -> Standing | None:
    """What a key has left of its quota this month (UTC); None where it has none."""
    if key.quota is None:
        return None
    used = await keys.used(key, f"{now:%Y-%m}")
    return Standing(key.quota, max(0, key.quota - used), int(next_month(now).timestamp()))
