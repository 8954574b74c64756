"""Waiting for a request to end."""

import asyncio

import pytest

from approvals.model import State
from approvals.waiting import Waiting
from tests.builders import a_request, assigned


async def test_everybody_who_waits_hears_of_the_end() -> None:
    waiting = Waiting()
    request = a_request()
    futures = [waiting.expect(request.id) for _ in range(3)]
    other = waiting.expect(a_request().id)
    assert len(waiting) == 4
    assert request.id in waiting.awaited
    waiting.changed(a_request(id=request.id, state=State.EXPIRED))
    assert [f.result().state for f in futures] == [State.EXPIRED] * 3
    assert not other.done()
    await asyncio.sleep(0)
    assert len(waiting) == 1


async def test_what_has_not_ended_wakes_nobody() -> None:
    waiting = Waiting()
    request = assigned()
    future = waiting.expect(request.id)
    waiting.changed(request)
    waiting.changed(a_request(state=State.DECIDED))
    assert not future.done()


async def test_whoever_goes_away_leaves_nothing_behind() -> None:
    waiting = Waiting()
    request = a_request()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await waiting.expect(request.id)
    await asyncio.sleep(0)
    assert (len(waiting), tuple(waiting.awaited)) == (0, ())
    waiting.changed(a_request(id=request.id, state=State.DECIDED))


async def test_an_end_told_twice_is_told_once() -> None:
    waiting = Waiting()
    ended = a_request(state=State.DECIDED)
    future = waiting.expect(ended.id)
    waiting.changed(ended)
    waiting.changed(a_request(id=ended.id, state=State.EXPIRED))
    assert future.result() is ended


async def test_closing_lets_everybody_go_and_nobody_in() -> None:
    waiting = Waiting()
    request = a_request()
    before = waiting.expect(request.id)
    waiting.close()
    after = waiting.expect(request.id)
    await asyncio.sleep(0)
    assert before.cancelled()
    assert after.cancelled()
    assert len(waiting) == 0


async def test_a_watcher_hears_of_a_later_version_and_of_no_earlier_one() -> None:
    waiting = Waiting()
    request = a_request(version=3)
    change, end = waiting.watch(request), waiting.expect(request.id)
    assert waiting.watched == {request.id: 3}
    waiting.changed(request)
    assert not change.done()
    waiting.changed(a_request(id=request.id, version=4))
    assert change.result().version == 4
    await asyncio.sleep(0)
    assert (len(waiting), end.done(), waiting.watched) == (1, False, {})
