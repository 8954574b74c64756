"""Reading date-times that clients send."""

from __future__ import annotations

from datetime import UTC, datetime

from api.problems import Fault, Refused, invalid

RIGHT_FORM = "an ISO 8601 date-time with its zone, like 2026-02-14T16:30:00Z"


def instant(name: str, text: str) -> datetime:
    """The moment in UTC. Raises Refused (400), also where no zone is given."""
    moment = read(text)
    if moment is None:
        raise _unreadable(name, "is not a date-time")
    if moment.tzinfo is None:
        raise _unreadable(name, "has no zone")
    return moment.astimezone(UTC)


def read(text: str) -> datetime | None:
    """The date-time of an ISO 8601 text, naive where it names no zone; None where it is none."""
    try:
        moment = datetime.fromisoformat(text.strip().upper())
        # Moments at the rim of the calendar have no equivalent in UTC.
        return moment if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _unreadable(name: str, issue: str) -> Refused:
    return invalid(Fault(name, issue, f"send {RIGHT_FORM}"))
