"""How often something may be done: several budgets at once, or not at all.

Each budget is one number (the generic cell rate algorithm, see `approvals.allowances`), so that many
processes can share it. Who asks for a turn gets it from all of the budgets together, or learns how
long it takes until all of them have one; then nothing was counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from approvals.allowances import interval, span
from approvals.keys import Rate

REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Budget:
    """`name` says whose it is; `rate` so many in so many seconds, all of which may come at once."""

    name: str
    rate: Rate


def wait(full_at: Mapping[str, int], budgets: Sequence[Budget], now: int) -> int:
    """How long until each of them has a turn, in nanoseconds; 0 where all have one now."""
    return max(0, *(_ready_at(full_at.get(b.name, 0), b.rate) - now for b in budgets))


def spent(full_at: Mapping[str, int], budgets: Sequence[Budget], now: int) -> dict[str, int]:
    """The budgets' numbers after one turn."""
    return {b.name: max(full_at.get(b.name, 0), now) + interval(b.rate) for b in budgets}


def held(full_at: int, budget: Budget, until: int) -> int:
    """The budget's number once it has no turn before `until`."""
    return max(full_at, until + span(budget.rate) - interval(budget.rate))


def _ready_at(full_at: int, rate: Rate) -> int:
    return full_at + interval(rate) - span(rate)


class MemoryPacing:
    """The pace of one process (see `approvals.ports.Pacing`)."""

    def __init__(self) -> None:
        self._full_at: dict[str, int] = {}

    async def take(self, budgets: Sequence[Budget], now: int) -> int:
        """Take a turn of all of them; 0, or how long to wait."""
        waiting = wait(self._full_at, budgets, now)
        if not waiting:
            self._keep(spent(self._full_at, budgets, now), now)
        return waiting

    async def hold(self, budget: Budget, until: int) -> None:
        """Nobody has a turn before `until`."""
        self._keep({budget.name: held(self._full_at.get(budget.name, 0), budget, until)}, until)

    def _keep(self, fresh: Mapping[str, int], now: int) -> None:
        if len(self._full_at) >= REMEMBERED:
            self._full_at = {name: at for name, at in self._full_at.items() if at > now}
        self._full_at.update(fresh)
