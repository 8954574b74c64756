"""What commands print: text for people, or one JSON value. Everything else goes to stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from approvals.times import milliseconds

WIDE = 200
"""Columns where the output is no terminal: a pipe should not cut words off."""


def json(value: Any) -> None:
    """One JSON value, indented. Times are written as the API writes them."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_PASSTHROUGH_DATETIME
    print(orjson.dumps(value, default=_plain, option=options).decode())


def say(text: str = "") -> None:
    """A line for the person."""
    print(text)


def at_once(value: Any) -> None:
    """A line, or a JSON value on one, that a reader at the other end of a pipe must not wait for."""
    print(value if isinstance(value, str) else orjson.dumps(value).decode(), flush=True)


def remark(text: str) -> None:
    """A line beside the result, on stderr."""
    print(text, file=sys.stderr)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """A calm table; the sentence `empty` where there are no rows."""
    shown = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        shown.add_row(*(_cell(value) for value in row))
    if not shown.row_count:
        return say(empty)
    console().print(shown)
    return None


def console() -> Console:
    """Where tables go. What agents wrote is never read as markup."""
    return Console(markup=False, highlight=False, width=None if sys.stdout.isatty() else WIDE)


def when(moment: datetime | None) -> str:
    """A time as people read it: UTC, to the minute."""
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return when(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(sorted(map(str, value)) if isinstance(value, (set, frozenset)) else map(str, value))
    return "" if value is None else visible(str(value))


def visible(text: str) -> str:
    """The text on one line, with what would steer a terminal made visible."""
    return "".join(c if c.isprintable() else f"⟦U+{ord(c):04X}⟧" for c in text.replace("\n", " "))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return milliseconds(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
