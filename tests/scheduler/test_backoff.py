"""The ladder of retries, step by step, and what no luck of the jitter can change."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.backoff import CALLBACKS, SLACK, next_try

NOW = datetime(2026, 2, 14, 16, 30, tzinfo=UTC)

# (the try that failed, the shortest, nominal and longest wait after it), in seconds
STEPS = [
    (1, 4.5, 5, 5.5),
    (2, 27, 30, 33),
    (3, 108, 120, 132),
    (4, 540, 600, 660),
    (5, 1620, 1800, 1980),
    (6, 7200, 7200, 7920),
    (7, 18000, 18000, 19800),
    (8, 36000, 36000, 39600),
    (9, 50400, 50400, 55440),
    (10, 72000, 72000, 79200),
    (11, 86400, 86400, 95040),
]


def waited(attempt_no: int, luck: float) -> float:
    """Seconds between a failure and the next try."""
    at = next_try(attempt_no, NOW, lambda: luck)
    assert at is not None
    return (at - NOW).total_seconds()


@pytest.mark.parametrize(("failed", "shortest", "nominal", "longest"), STEPS)
def test_each_step_is_the_tables(failed: int, shortest: float, nominal: float, longest: float) -> None:
    assert waited(failed, 0.0) == pytest.approx(shortest)
    assert waited(failed, 0.5 if nominal < 7200 else 0.0) == pytest.approx(nominal)
    assert waited(failed, 1.0) == pytest.approx(longest)


def test_the_twelfth_failure_is_the_last() -> None:
    assert next_try(12, NOW, lambda: 0.5) is None
    assert len(CALLBACKS) + 1 == 12


def test_the_nominal_sum_is_75_h_42_min_35_s() -> None:
    assert sum(CALLBACKS, timedelta()) == timedelta(hours=75, minutes=42, seconds=35)


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=11, max_size=11))
def test_no_luck_ends_it_before_75_hours(luck: list[float]) -> None:
    at = NOW
    for failed, lucky in enumerate(luck, 1):
        following = next_try(failed, at, lambda lucky=lucky: lucky)  # type: ignore[misc]
        assert following is not None
        at = following
    assert timedelta(hours=75) <= at - NOW <= timedelta(hours=75 * 1.1 + 1)


def test_slack_is_tried_each_minute_for_an_hour_and_for_three_days_in_all() -> None:
    first_hour = [wait for wait in SLACK if wait <= timedelta(minutes=1)]
    assert max(first_hour) == timedelta(minutes=1)
    assert sum(first_hour, timedelta()) >= timedelta(hours=1)
    assert max(SLACK) == timedelta(minutes=5)
    assert sum(SLACK, timedelta()) >= timedelta(days=3)


def test_slack_is_given_up_after_its_own_ladder() -> None:
    assert next_try(len(SLACK), NOW, lambda: 0.5, SLACK) == NOW + timedelta(minutes=5)
    assert next_try(len(SLACK) + 1, NOW, lambda: 0.5, SLACK) is None
