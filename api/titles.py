"""A title for what came without one."""

from __future__ import annotations

_LONGEST = 150


def first_line(text: str) -> str:
    """The first line that says something, shortened to what a heading can hold."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1].rstrip()}…"
