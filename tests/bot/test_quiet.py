"""Nobody is reminded at night, wherever they are, nor while they ask to be left alone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.quiet import quiet_for, snoozing_until


@pytest.mark.parametrize(
    ("utc", "zone", "rest"),
    [
        ("2026-11-23T15:00", "Europe/Paris", None),
        ("2026-11-23T07:00", "Europe/Paris", None),
        ("2026-11-23T06:59", "Europe/Paris", timedelta(minutes=1)),
        ("2026-11-23T19:00", "Europe/Paris", timedelta(hours=12)),
        ("2026-11-23T15:00", "Asia/Tokyo", timedelta(hours=8)),
        ("2026-11-23T12:59", "America/Toronto", timedelta(minutes=1)),
        # The night in which the clocks go back is an hour longer.
        ("2026-10-24T18:00", "Europe/Paris", timedelta(hours=13)),
    ],
)
def test_how_long_to_let_somebody_rest(utc: str, zone: str, rest: timedelta | None) -> None:
    at = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert quiet_for(at, ZoneInfo(zone)) == rest


PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("busy_for", "rest"),
    [
        (None, None),
        (timedelta(minutes=-5), None),
        (timedelta(minutes=30), timedelta(minutes=30)),
        (timedelta(hours=9), timedelta(hours=20)),
    ],
)
def test_who_asks_to_be_left_alone_is(busy_for: timedelta | None, rest: timedelta | None) -> None:
    assert quiet_for(NOON, PARIS, NOON + busy_for if busy_for else None) == rest


@pytest.mark.parametrize(
    ("answer", "until"),
    [
        ({"dnd_enabled": False, "snooze_enabled": False}, None),
        ({"snooze_enabled": True, "snooze_endtime": 600}, 600),
        ({"snooze_enabled": True, "snooze_endtime": -600}, None),
        ({"dnd_enabled": True, "next_dnd_start_ts": -60, "next_dnd_end_ts": 900}, 900),
        ({"dnd_enabled": True, "next_dnd_start_ts": 60, "next_dnd_end_ts": 900}, None),
        ({"dnd_enabled": True, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1}, None),
        ({}, None),
    ],
)
def test_what_dnd_info_says(answer: dict[str, object], until: int | None) -> None:
    now = int(NOON.timestamp())
    absolute = {
        k: v + now if isinstance(v, int) and not isinstance(v, bool) and v != 1 else v
        for k, v in answer.items()
    }
    found = snoozing_until(absolute, NOON)
    assert found == (None if until is None else NOON + timedelta(seconds=until))
