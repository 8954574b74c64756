"""When nobody is reminded: at night where they are, and while they ask to be left alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

EVENING = time(20)
MORNING = time(8)


def quiet_for(now: datetime, zone: ZoneInfo, busy_until: datetime | None = None) -> timedelta | None:
    """How long to let somebody in `zone` rest; None where they may be disturbed.

    What ends in the night goes on until the morning.
    """
    free = max(now, busy_until or now)
    night = _night(free, zone)
    rest = free - now + (night or timedelta())
    return rest or None


def snoozing_until(answer: Mapping[str, Any], now: datetime) -> datetime | None:
    """Until when somebody is not to be disturbed, by what `dnd.info` answered."""
    ends = [answer.get("snooze_endtime")] if answer.get("snooze_enabled") else []
    if answer.get("dnd_enabled") and int(answer.get("next_dnd_start_ts") or 0) <= now.timestamp():
        ends.append(answer.get("next_dnd_end_ts"))
    return max((end for end in map(moment, ends) if end is not None and end > now), default=None)


def moment(seconds: object) -> datetime | None:
    """Slack's seconds since 1970; it writes 0 for "never"."""
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) and seconds > 0 else None


def _night(at: datetime, zone: ZoneInfo) -> timedelta | None:
    there = at.astimezone(zone)
    if MORNING <= there.time() < EVENING:
        return None
    day = there.date() + timedelta(days=there.time() >= EVENING)
    return datetime.combine(day, MORNING, zone) - at
