"""When nobody is reminded: from eight in the evening to eight in the morning, where they are. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

EVENING = time(20)
MORNING = time(8)


def quiet_for(now: datetime, zone: ZoneInfo) -> timedelta | None:
    """How long to let somebody in `zone` rest; None where it is day."""
    there = now.astimezone(zone)
    if MORNING <= there.time() < EVENING:
        return None
    day = there.date() + timedelta(days=there.time() >= EVENING)
    return datetime.combine(day, MORNING, zone) - now
