"""The pace of what many processes do together, on PostgreSQL: a short transaction a turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from approvals.errors import StoreUnavailable
from approvals.pacing import Budget, Turn, held, turn
from store import tables
from store.connections import Engines

_p = tables.paces.c
_NEW = insert(tables.paces)
# Written as it is: that locks the row, whether it was there or not.
_LOCK = _NEW.on_conflict_do_update(index_elements=["name"], set_={"full_at": _p.full_at}).returning(
    _p.name, _p.full_at
)
_SET = update(tables.paces).where(_p.name == bindparam("whose")).values(full_at=bindparam("full"))


class SqlPacing:
    """The store's `Pacing` (see `approvals.ports.Pacing`). Its table is not logged: a crash of the
    database gives every budget its whole rate back, and nothing else.
    """

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    async def take(self, budgets: Sequence[Budget], now: int) -> Turn:
        try:
            async with self._engines.reader.begin() as connection:
                full_at = await _locked(connection, [budget.name for budget in budgets])
                taken, spent = turn(full_at, budgets, now)
                if spent:
                    await _keep(connection, spent)
                return taken
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnavailable from error

    async def hold(self, budget: Budget, until: int) -> None:
        try:
            async with self._engines.reader.begin() as connection:
                full_at = await _locked(connection, [budget.name])
                await _keep(connection, {budget.name: held(full_at[budget.name], budget, until)})
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnavailable from error


async def _locked(connection: AsyncConnection, names: Sequence[str]) -> dict[str, int]:
    # In one order everywhere, so that two processes never wait for each other.
    rows = [{"name": name, "full_at": 0} for name in sorted(set(names))]
    found = await connection.execute(_LOCK.values(rows))
    return {row.name: row.full_at for row in found}


async def _keep(connection: AsyncConnection, fresh: Mapping[str, int]) -> None:
    await connection.execute(_SET, [{"whose": name, "full": at} for name, at in fresh.items()])
