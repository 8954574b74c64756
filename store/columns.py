"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator


def unindexed(column: ColumnElement[str]) -> ColumnElement[str]:
    """A text column as an expression, for which no index is looked for.

    SQLite, which gathers no statistics here, prefers any equality to a range, and an order that an
    index has to a handful of rows: for `project_id = ?` it walks through all that a project ever had.
    """
    return column.concat("")


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware UTC datetime, microseconds kept. SQLite alone would return it naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back UTC."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Json(TypeDecorator[Any]):
    """A JSON value as text; a Python None is SQL NULL, so that "absent" is one thing.

    Not the database's own JSON: SQLite gives a column of that type numeric affinity, and what
    was written as `5` could not be read again.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Store its text."""
        return None if value is None else dump_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Give back the plain value."""
        return None if value is None else load_json(value)


def dump_json(value: Any) -> str:
    """JSON text of a plain value; datetimes become RFC 3339 in UTC with `Z`."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()


def load_json(text: str | bytes) -> Any:
    """The plain value of JSON text."""
    return orjson.loads(text)
