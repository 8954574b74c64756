"""Rates of keys and projects on PostgreSQL: one statement a create, which all replicas share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Executable, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from approvals.allowances import interval, span
from approvals.errors import StoreUnavailable
from approvals.keys import Rate
from store import tables
from store.connections import Engines

_a = tables.allowances.c
_now, _cost, _span = (bindparam(name, type_=_a.full_at.type) for name in ("now", "cost", "span"))
_after = func.greatest(_a.full_at, _now) + _cost
_TAKE = (
    insert(tables.allowances)
    .values(key_id=bindparam("key"), full_at=_now + _cost)
    .on_conflict_do_update(index_elements=["key_id"], set_={"full_at": _after}, where=_after - _now <= _span)
    .returning(_a.full_at)
)
_LOOK = select(_a.full_at).where(_a.key_id == bindparam("key"))


class SqlAllowances:
    """The store's `Allowances` (see `approvals.ports.Allowances`). Its table is not logged: a crash
    of the database gives every key its whole rate back, and nothing else.
    """

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    async def look(self, whose: str) -> int:
        return await self._one(_LOOK, {"key": whose}) or 0

    async def take(self, whose: str, rate: Rate, now: int) -> int | None:
        values = {"key": whose, "now": now, "cost": interval(rate), "span": span(rate)}
        return await self._one(_TAKE, values)

    async def _one(self, statement: Executable, values: dict[str, Any]) -> int | None:
        try:
            async with self._engines.reader.begin() as connection:
                found: int | None = (await connection.execute(statement, values)).scalar()
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnavailable from error
        return found
