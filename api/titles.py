"""A title for what came without one."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from approvals.model import Json

_LONGEST = 150
_MOST_ENTRIES = 3


def first_line(text: str) -> str:
    """The first line that says something, shortened to what a heading can hold."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1].rstrip()}…"


def first_entries(values: Mapping[str, Json]) -> str:
    """The first entries of an object in one line: `customer_id: cust_123, amount: 500`."""
    entries = [f"{name}: {_plain(value)}" for name, value in list(values.items())[:_MOST_ENTRIES]]
    return first_line(" ".join(", ".join(entries).split())) or "(empty)"


def _plain(value: Json) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text[:_LONGEST]
