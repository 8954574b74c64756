"""How often something may be done: several budgets at once, or not at all.

Each budget is one number (the generic cell rate algorithm, see `approvals.allowances`), so that many
processes can share it. Who asks for a turn gets it from all of the budgets together, or learns how
long it takes until all of them have one; then nothing was counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from approvals.allowances import interval, span
from approvals.keys import Rate

REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Budget:
    """`name` says whose it is; `rate` so many in so many seconds, all of which may come at once."""

    name: str
    rate: Rate


class Turn(NamedTuple):
    """Whether there was a turn, and how many nanoseconds it takes until there is one, or another one."""

    taken: bool
    wait: int


def turn(full_at: Mapping[str, int], budgets: Sequence[Budget], now: int) -> tuple[Turn, dict[str, int]]:
    """What comes of asking for a turn of all of them, and the numbers that change."""
    wait = _wait(full_at, budgets, now)
    if wait:
        return Turn(False, wait), {}
    spent = {b.name: max(full_at.get(b.name, 0), now) + interval(b.rate) for b in budgets}
    return Turn(True, _wait(spent, budgets, now)), spent


def _wait(full_at: Mapping[str, int], budgets: Sequence[Budget], now: int) -> int:
    return max(0, *(full_at.get(b.name, 0) + interval(b.rate) - span(b.rate) - now for b in budgets))


def held(full_at: int, budget: Budget, until: int) -> int:
    """The budget's number once it has no turn before `until`."""
    return max(full_at, until + span(budget.rate) - interval(budget.rate))


class MemoryPacing:
    """The pace of one process (see `approvals.ports.Pacing`)."""

    def __init__(self) -> None:
        self._full_at: dict[str, int] = {}

    async def take(self, budgets: Sequence[Budget], now: int) -> Turn:
        """Take a turn of all of them, if there is one."""
        taken, spent = turn(self._full_at, budgets, now)
        self._keep(spent, now)
        return taken

    async def hold(self, budget: Budget, until: int) -> None:
        """Nobody has a turn before `until`."""
        self._keep({budget.name: held(self._full_at.get(budget.name, 0), budget, until)}, until)

    def _keep(self, fresh: Mapping[str, int], now: int) -> None:
        if len(self._full_at) >= REMEMBERED:
            self._full_at = {name: at for name, at in self._full_at.items() if at > now}
        self._full_at.update(fresh)
