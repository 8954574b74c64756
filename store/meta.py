"""Counters and flags over all projects: one row each, by name."""

from __future__ import annotations

from sqlalchemy import Connection, select

from store import tables
from store.flush import upsert

_m = tables.meta.c


def read(connection: Connection, name: str) -> int | None:
    """The value under a name; None where there never was one."""
    found: int | None = connection.execute(select(_m.value).where(_m.name == name)).scalar()
    return found


def put(connection: Connection, name: str, value: int) -> None:
    """Let the value under a name be this."""
    statement = upsert(connection, tables.meta)
    fresh = {"value": statement.excluded.value}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_=fresh), {"name": name, "value": value}
    )


def bump(connection: Connection, name: str) -> None:
    """Count one more under a name."""
    statement = upsert(connection, tables.meta).on_conflict_do_update(
        index_elements=["name"], set_={"value": _m.value + 1}
    )
    connection.execute(statement, {"name": name, "value": 1})
