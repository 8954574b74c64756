"""Which wall clocks are believed."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.clock_guard import ClockGuard, since_boot

START = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


class Clocks:
    """A wall clock and a monotonic one."""

    def __init__(self) -> None:
        self.wall, self.monotonic = START, 1000.0
        self.guard = ClockGuard(lambda: self.monotonic)

    def steady_after(self, wall_s: float, monotonic_s: float) -> bool:
        """What the guard says after each clock has moved so far."""
        self.wall += timedelta(seconds=wall_s)
        self.monotonic += monotonic_s
        return self.guard.steady(self.wall)


@pytest.fixture
def clocks() -> Clocks:
    clocks = Clocks()
    assert clocks.guard.steady(clocks.wall)
    return clocks


def test_time_that_passes_is_believed(clocks: Clocks) -> None:
    assert all(clocks.steady_after(step, step) for step in (0, 2, 2, 3600, 86_400))


@pytest.mark.parametrize("jump", [3600, -3600, 86_400, -86_400, 61, -61])
def test_a_jump_stops_it_until_the_clock_was_steady_for_two_minutes(clocks: Clocks, jump: float) -> None:
    assert not clocks.steady_after(jump, 0)
    assert not clocks.steady_after(2, 2)
    assert not clocks.steady_after(117, 117)
    assert clocks.steady_after(1, 1)


def test_a_second_jump_starts_the_wait_anew(clocks: Clocks) -> None:
    assert not clocks.steady_after(3600, 0)
    assert not clocks.steady_after(-3500, 100)
    assert not clocks.steady_after(100, 100)
    assert clocks.steady_after(20, 20)


def test_a_leap_second_and_a_slew_are_no_jump(clocks: Clocks) -> None:
    assert clocks.steady_after(-1, 0)
    # 500 ppm, as far as ntpd slews, over a day of ticks.
    assert all(clocks.steady_after(2 * 1.0005, 2) for _ in range(43_200))


def test_the_real_clock_goes_forward() -> None:
    first = since_boot()
    assert since_boot() >= first
