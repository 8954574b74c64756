"""Times and durations on the wire."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_DURATION = re.compile(r"([1-9][0-9]{0,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

LONGEST = timedelta(days=3650)
"""No rule looks further ahead; a far longer one would lead past the end of the calendar."""


def milliseconds(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: `2026-02-14T16:30:00.000Z`."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def seconds(moment: datetime) -> str:
    """RFC 3339 in UTC with whole seconds: `2026-02-14T16:30:00Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def duration(text: str) -> timedelta | None:
    """Read `90s`, `30m`, `48h` or `7d`; None where it is none of these, or longer than LONGEST."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    length = timedelta(**{_UNITS[found[2]]: int(found[1])})
    return length if length <= LONGEST else None
