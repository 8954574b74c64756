"""What a key has left of its rate and its quota, and the refusal where nothing is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from api.problems import Problem, Refused, retry_after
from approvals.allowances import SECOND, interval, span
from approvals.deadlines import next_month
from approvals.keys import Key, Rate
from approvals.ports import Allowances, Keys


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
    """The rates of all keys and projects.

    `default` holds for keys without a rate, `project` for all keys of a project together
    (None: nothing does).
    """

    def __init__(self, default: Rate | None, allowances: Allowances, project: Rate | None = None) -> None:
        self._default = default
        self._project = project
        self._allowances = allowances

    async def standing(self, key: Key, now: datetime) -> Standing | None:
        """What is left to a key; None where no rate holds."""
        rate = key.rate or self._default
        if rate is None:
            return None
        moment = _nanoseconds(now)
        return _standing(rate, moment, max(await self._allowances.look(key.id), moment))

    async def take(self, key: Key, now: datetime) -> Standing | None:
        """Count one create and say what is left to the key. Raises TooOften where nothing was."""
        moment = _nanoseconds(now)
        rate = key.rate or self._default
        # The key first: one that is refused takes nothing from the others of its project.
        mine = None if rate is None else await self._taken(key.id, rate, moment, "")
        if self._project is not None:
            await self._taken(f"project:{key.project}", self._project, moment, " of all keys of this project")
        return mine

    async def _taken(self, whose: str, rate: Rate, moment: int, of: str) -> Standing:
        after = await self._allowances.take(whose, rate, moment)
        if after is not None:
            return _standing(rate, moment, after)
        before = max(await self._allowances.look(whose), moment)
        wait = before + interval(rate) - moment - span(rate)
        raise TooOften(rate, max(0, wait) / SECOND, _standing(rate, moment, before), of)


def _standing(rate: Rate, moment: int, full_at: int) -> Standing:
    free = (span(rate) - (full_at - moment)) // interval(rate)
    return Standing(rate.count, max(0, min(rate.count, free)), -(-full_at // SECOND))


def _nanoseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000) * 1_000


class TooOften(Refused):
    """More creates than a rate allows; `standing` is what the answer's headers show."""

    def __init__(self, rate: Rate, wait: float, standing: Standing, of: str = "") -> None:
        message = f"More than {rate} creates{of}; try again in {max(1, ceil(wait))} s."
        super().__init__(Problem(429, "rate_limit_exceeded", message, headers=retry_after(wait)))
        self.standing = standing


async def monthly(keys: Keys, key: Key, now: datetime) -> Standing | None:
    """What a key has left of its quota this month (UTC); None where it has none."""
    if key.quota is None:
        return None
    used = await keys.used(key, f"{now:%Y-%m}")
    return Standing(key.quota, max(0, key.quota - used), int(next_month(now).timestamp()))
