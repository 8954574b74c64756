"""The Sentinel who has a request is reminded at half and at four fifths of the time to its deadline."""

from datetime import timedelta

import pytest

from approvals import deadlines
from approvals.model import State
from tests.approvals.conftest import Desk
from tests.builders import NOW, PROJECT, a_request, a_wanted, hours, minutes


@pytest.mark.parametrize(
    ("passed", "next_at"),
    [(0, 5), (4.9, 5), (5, 8), (7.9, 8), (8, None), (9.9, None)],
)
def test_the_next_reminder(passed: float, next_at: float | None) -> None:
    request = a_request(expires_at=NOW + hours(10))
    expected = None if next_at is None else NOW + hours(next_at)
    assert deadlines.remind_at(request, NOW + hours(passed)) == expected


@pytest.mark.parametrize("life", [None, timedelta(seconds=1), minutes(59)])
def test_what_has_no_deadline_or_a_close_one_is_not_reminded_of(life: timedelta | None) -> None:
    request = a_request(expires_at=None if life is None else NOW + life)
    assert deadlines.remind_at(request, NOW) is None


async def test_the_clock_reminds_twice_and_changes_nothing_else(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask(expires_at=NOW + hours(10))
    for at, count in ((4.9, 0), (5, 1), (5.1, 1), (8, 2), (9.9, 2)):
        desk.clock.now = NOW + hours(at)
        await desk.clockwork.sweep(PROJECT)
        assert (await desk.kinds(request)).count("reminded") == count
    reminded = await desk.now(request)
    assert (reminded.state, reminded.assigned_to, reminded.alarm_at) == (State.ASSIGNED, 1, None)
    assert reminded.due_at == reminded.expires_at


async def test_nobody_is_reminded_of_what_has_nobody(desk: Desk) -> None:
    await desk.staff(a_wanted(1, capacity=0))
    request = await desk.ask(expires_at=NOW + hours(10))
    desk.clock.now = NOW + hours(6)
    await desk.clockwork.sweep(PROJECT)
    assert "reminded" not in await desk.kinds(request)


async def test_whoever_takes_over_is_reminded_of_what_is_left(desk: Desk) -> None:
    await desk.staff(a_wanted(1, capacity=0))
    request = await desk.ask(expires_at=NOW + hours(10))
    desk.clock.now = NOW + hours(6)
    await desk.staff(a_wanted(1))
    assert (await desk.now(request)).alarm_at == NOW + hours(8)
