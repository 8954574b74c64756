"""Nobody is reminded at night, wherever they are."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.quiet import quiet_for


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
