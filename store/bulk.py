"""Inserting many rows at once, at the price that the driver asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert
from sqlalchemy.types import TypeEngine

from store.columns import UtcDateTime

TOGETHER = 64
"""How many rows go in with one statement; SQLite takes at least 32,766 values."""

_TIMES = 512

Processor = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class _Compiled:
    """An INSERT in a dialect's own words, and for each value in order how the driver wants it."""

    sql: str
    pick: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    processors: tuple[tuple[int, Callable[[Any], Any]], ...]

    def of(self, rows: int) -> str:
        """The statement for so many rows at once."""
        head, _, one = self.sql.partition(" VALUES ")
        return f"{head} VALUES {', '.join([one] * rows)}"

    def values(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        values = list(self.pick(row))
        for place, wanted in self.processors:
            values[place] = wanted(values[place])
        return tuple(values)


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns.

    SQLAlchemy writes the statement and converts the values; what it does for each row and
    statement besides is left out, which halves the cost of a create.
    """
    compiled = _compile(connection.dialect, table, frozenset(rows[0]))
    if connection.dialect.name == "sqlite":
        _insert_together(connection, compiled, rows)
    else:
        connection.exec_driver_sql(compiled.sql, [compiled.values(row) for row in rows])


def _insert_together(connection: Connection, compiled: _Compiled, rows: Sequence[Mapping[str, Any]]) -> None:
    # The driver lets go of the interpreter at every step, and has to win it back from the event
    # loop: many rows in one statement are one step.
    for start in range(0, len(rows), TOGETHER):
        part = rows[start : start + TOGETHER]
        values = tuple(chain.from_iterable(map(compiled.values, part)))
        connection.exec_driver_sql(compiled.of(len(part)), values)


@cache
def _compile(dialect: Dialect, table: Table, names: frozenset[str]) -> _Compiled:
    compiled = insert(table).compile(dialect=dialect, column_keys=sorted(names))
    ordered = compiled.positiontup or []
    wanted = [_processor(table.c[name].type, dialect) for name in ordered]
    return _Compiled(
        str(compiled),
        itemgetter(*ordered),
        tuple((place, processor) for place, processor in enumerate(wanted) if processor is not None),
    )


def _processor(kind: TypeEngine[Any], dialect: Dialect) -> Processor:
    processor: Processor = kind.dialect_impl(dialect).bind_processor(dialect)
    # The rows of a group share their times: each is put into words once.
    return lru_cache(_TIMES)(processor) if processor and isinstance(kind, UtcDateTime) else processor
