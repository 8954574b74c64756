"""Expiry per dialect and domain, durations, months."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from approvals import deadlines, times
from approvals.errors import InvalidField
from approvals.model import Dialect
from tests.builders import NOW, a_domain, hours


@pytest.mark.parametrize("dialect", Dialect)
def test_what_was_asked_for_wins(dialect: Dialect) -> None:
    asked = NOW + timedelta(seconds=1)
    assert deadlines.expires_at(asked, a_domain(expires_after=hours(1)), dialect, NOW) == asked


@pytest.mark.parametrize("dialect", Dialect)
def test_then_the_domain_s(dialect: Dialect) -> None:
    assert deadlines.expires_at(None, a_domain(expires_after=hours(1)), dialect, NOW) == NOW + hours(1)


@pytest.mark.parametrize("dialect", Dialect)
def test_then_48_hours_in_the_one_dialect_whose_reference_says_so(dialect: Dialect) -> None:
    expected = NOW + hours(48) if dialect is Dialect.HUMANLAYER else None
    assert deadlines.expires_at(None, a_domain(), dialect, NOW) == expected


@pytest.mark.parametrize("late_by", [timedelta(0), timedelta(microseconds=1), timedelta(days=900)])
def test_a_deadline_that_is_not_ahead(late_by: timedelta) -> None:
    with pytest.raises(InvalidField) as refused:
        deadlines.expires_at(NOW - late_by, a_domain(), Dialect.HITL, NOW)
    assert (refused.value.field, refused.value.issue) == ("expires_at", "must be in the future")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("48h", timedelta(hours=48)),
        ("7d", timedelta(days=7)),
        ("3650d", timedelta(days=3650)),
        ("0s", None),
        ("", None),
        ("7", None),
        ("7 d", None),
        ("-7d", None),
        ("1w", None),
        ("1.5h", None),
        ("7d\n", None),
        ("٧d", None),
        ("99999d", None),
        ("9999999d", None),
        ("99999999s", None),
    ],
)
def test_durations(text: str, length: timedelta | None) -> None:
    assert times.duration(text) == length


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (datetime(2026, 1, 31, 23, 59, 59, 999999, UTC), datetime(2026, 2, 1, tzinfo=UTC)),
        (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
        (datetime(2026, 12, 5, 8, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_the_month_after(now: datetime, then: datetime) -> None:
    assert deadlines.next_month(now) == then


def test_times_on_the_wire_are_utc_and_cut_not_rounded() -> None:
    moment = datetime(2026, 2, 14, 11, 30, 0, 999_999, timezone(timedelta(hours=-5)))
    assert times.milliseconds(moment) == "2026-02-14T16:30:00.999Z"
    assert times.seconds(moment) == "2026-02-14T16:30:00Z"
