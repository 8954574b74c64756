"""JSON as an outline that a person can read and that no value can forge a line of.

    amount: 50000
    parties:
    › - Acme Corp
    clause:
    › | first line of a text
    › | second line

Depth is a sign and not a blank, because Slack may not show blanks at the beginning of a line. A text
of several lines stands behind bars, and a text that could be taken for something else (a number,
`true`, an item of a list, nothing at all) stands in quotes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from approvals.model import Json

DEEPER = "›"

# Texts that would read as another value, or as the outline's own signs.
_AMBIGUOUS = re.compile(
    r"(?:-?[0-9][0-9.,eE+\-]*|true|false|null|[-|›\[{\"].*|.*[:：]|\s.*|.*\s|)", re.DOTALL
)


def outline(value: Json) -> str:
    """The whole value, one fact a line."""
    return "\n".join(_rows(value))


def _rows(value: Json) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _entry(f"{_scalar(str(name))}:", inner)
    elif isinstance(value, list) and value:
        for inner in value:
            yield from _entry("-", inner)
    else:
        yield from _alone(value)


def _entry(label: str, value: Json) -> Iterator[str]:
    """A name or a dash with its value: behind it where that is one line, else below it."""
    rows = list(_rows(value))
    if _nested(value) or rows[0].startswith("| "):
        yield label
        yield from map(_deeper, rows)
    else:
        yield f"{label} {rows[0]}"


def _deeper(row: str) -> str:
    return DEEPER + row if row.startswith(DEEPER) else f"{DEEPER} {row}"


def _nested(value: Json) -> bool:
    return isinstance(value, dict | list) and bool(value)


def _alone(value: Json) -> Iterator[str]:
    rows = value.replace("\r\n", "\n").split("\n") if isinstance(value, str) else []
    if len(rows) > 1:
        yield from (f"| {row}" for row in rows)
    else:
        yield _scalar(value)


def _scalar(value: Json) -> str:
    """One line: a text as it is unless it could be misread, anything else as JSON."""
    if isinstance(value, str) and "\n" not in value and not _AMBIGUOUS.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)
