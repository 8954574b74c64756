"""Until when somebody is away: the beginning of a day where they are, or so and so long from now. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from approvals.times import LONGEST, duration
from bot.entries import calendar_day
from bot.language import Language


def until(text: str, now: datetime, language: Language) -> datetime | None:
    """`3d` or `2027-01-04`; None for anything else, and for what is over or beyond ten years."""
    span = duration(text)
    if span is not None:
        return now + span
    day = calendar_day(text)
    return None if day is None else beginning(day, now, language)


def beginning(day: date, now: datetime, language: Language) -> datetime | None:
    """When the day begins where the person is; None where it has begun already, or is beyond ten years."""
    if not now.date() <= day <= (now + LONGEST).date():
        # So far off the calendar itself ends.
        return None
    begins = datetime.combine(day, time(), language.zone).astimezone(UTC)
    return begins if now < begins else None
