"""The pace of one Slack conversation."""

from datetime import timedelta

from scheduler.pace import Pace


class Seconds:
    """A monotonic clock by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_goes_at_once_then_one_a_second() -> None:
    clock = Seconds()
    pace = Pace(every_s=1.0, burst=3, monotonic=clock)
    pauses = []
    for _ in range(5):
        pace.count("a")
        pause = pace.pause("a")
        pauses.append(pause)
        clock.now += (pause or timedelta(0)).total_seconds()
    assert pauses == [None, None, timedelta(seconds=1), timedelta(seconds=1), timedelta(seconds=1)]


def test_the_time_that_a_call_takes_is_no_loss() -> None:
    clock = Seconds()
    pace = Pace(every_s=1.0, burst=1, monotonic=clock)
    pace.count("a")
    clock.now += 0.4
    pause = pace.pause("a")
    assert pause is not None
    assert abs(pause.total_seconds() - 0.6) < 1e-9
    clock.now += 0.6
    assert pace.pause("a") is None


def test_conversations_do_not_slow_each_other() -> None:
    pace = Pace(burst=1, monotonic=Seconds())
    pace.count("a")
    assert pace.pause("a") is not None
    assert pace.pause("b") is None


def test_rest_gives_the_burst_back_and_no_more() -> None:
    clock = Seconds()
    pace = Pace(burst=2, monotonic=clock)
    for _ in range(2):
        pace.count("a")
    clock.now += 3600
    for _ in range(2):
        assert pace.pause("a") is None
        pace.count("a")
    assert pace.pause("a") is not None


def test_what_is_over_is_forgotten() -> None:
    clock = Seconds()
    pace = Pace(monotonic=clock)
    for n in range(10_000):
        pace.count(f"lane {n}")
    clock.now += 60
    pace.count("another")
    assert len(pace._spent_until) == 1
