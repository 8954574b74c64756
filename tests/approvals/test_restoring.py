"""What is open when a database was put back: void, told, and left to the clock where it is late."""

import pytest

from approvals.events import EventKind
from approvals.model import RequestId, State
from approvals.restoring import BATCH, Head, Restoration
from tests.approvals.conftest import Desk
from tests.builders import NOW, PROJECT, a_wanted, hours


@pytest.fixture
def restoration(desk: Desk) -> Restoration:
    """What settles the desk of the test."""
    return Restoration(desk.store, desk.store, desk.approvals)


async def test_what_is_open_is_void_and_told(desk: Desk, restoration: Restoration) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask()
    assert await restoration.void(PROJECT) == 1
    after = await desk.now(request)
    assert (after.state, after.void, after.decision) == (State.CANCELLED, True, None)
    assert desk.announcer.kinds[-1] == EventKind.CANCELLED
    assert await desk.load(1) == 0


async def test_what_has_ended_stays_and_what_is_late_is_the_clock_s(
    desk: Desk, restoration: Restoration
) -> None:
    late = await desk.ask(expires_at=NOW + hours(1))
    await desk.ask()
    assert await restoration.void(PROJECT) == 2
    ended = await desk.now(late)
    assert await restoration.void(PROJECT) == 0
    assert await desk.now(late) == ended
    passed = await desk.ask(expires_at=NOW + hours(1))
    desk.clock.advance(hours(1))
    assert await restoration.void(PROJECT) == 0
    assert await desk.now(passed) == passed


async def test_more_than_a_page_is_void(desk: Desk, restoration: Restoration) -> None:
    for _ in range(BATCH + 1):
        await desk.ask()
    assert await restoration.void(PROJECT) == BATCH + 1
    assert desk.store.open_requests() == []


async def test_the_chain_says_where_it_went_back_to(desk: Desk, restoration: Restoration) -> None:
    await restoration.note(PROJECT, Head(3, "c"), Head(7, "g"))
    await restoration.note(PROJECT, Head(4, "d"), None)
    noted = [r.event for r in await desk.store.timeline(PROJECT, RequestId(""))]
    assert [event.kind for event in noted] == [EventKind.RESTORED] * 2
    assert noted[0].data == {"from": {"n": 3, "hash": "c"}, "lost": {"n": 7, "hash": "g"}}
    assert noted[1].data["lost"] is None
