"""Backoff: how long, and what `Retry-After` says."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel_desk import Retries
from sentinel_desk.retries import retry_after

NOW = datetime(2026, 1, 18, 12, 0, 0, tzinfo=UTC)


@given(st.integers(1, 10_000), st.one_of(st.none(), st.floats(0, 60)), st.integers())
def test_a_pause_is_what_was_asked_for_and_a_share_of_the_ceiling(
    failures: int, asked: float | None, seed: int
) -> None:
    retries = Retries(first=0.5, longest=8.0)
    pause = retries.pause(failures, asked, random.Random(seed))
    assert (asked or 0.0) <= pause <= (asked or 0.0) + min(8.0, 0.5 * 2 ** min(failures - 1, 10))


def test_ceilings_double_up_to_the_longest() -> None:
    assert [Retries().ceiling(n) for n in (1, 2, 3, 4, 5, 6)] == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]


def test_jitter_is_full() -> None:
    dice = random.Random(1)
    pauses = [Retries().pause(5, None, dice) for _ in range(200)]
    assert min(pauses) < 0.5
    assert max(pauses) > 7.5


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("17", 17.0),
        (" 17 ", 17.0),
        ("Sun, 18 Jan 2026 12:00:30 GMT", 30.0),
        ("Sun, 18 Jan 2026 11:00:00 GMT", 0.0),
        ("-1", None),
        ("1.5", None),
        ("١٧", None),
        ("soon", None),
        ("", None),
        ("Sun, 99 Jan 2026 12:00:30 GMT", None),
    ],
)
def test_retry_after_in_both_forms(text: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": text}, NOW) == seconds


def test_no_retry_after() -> None:
    assert retry_after({}, NOW) is None


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"first": -1.0}, {"first": 9.0, "longest": 8.0}])
def test_impatience_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="attempts"):
        Retries(**wrong)  # type: ignore[arg-type]
