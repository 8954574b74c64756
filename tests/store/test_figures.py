"""The desk in numbers, as the store counts them."""

from datetime import timedelta

from approvals.model import State
from approvals.outbox import Attempt, Carrier, Fate
from store.engine import Store
from tests.builders import PROJECT
from tests.store.contract import OTHER, a_message, add, sends
from tests.store.databases import database_url, store

__all__ = ["database_url", "store"]


async def test_an_empty_desk_has_nothing_to_count(store: Store) -> None:
    found = await store.figures()
    assert (found.requests, found.waiting_s, found.queued, found.overdue_s) == ({}, 0.0, {}, {})


async def test_requests_are_counted_over_all_projects(store: Store) -> None:
    for project in (PROJECT, OTHER):
        await add(store, project, state=State.PENDING)
    found = await store.figures()
    assert found.requests == {"pending": 2}
    assert found.waiting_s >= 0


async def test_messages_are_counted_while_they_wait(store: Store) -> None:
    await sends(store, a_message("a"), a_message("b"), a_message("c", "ws", carrier=Carrier.SLACK))
    found = await store.figures()
    assert found.queued == {"http": 2, "slack": 1}
    assert found.overdue_s.keys() == {"http", "slack"}
    for delivery in await store.outbox.claim(10, timedelta(seconds=30)):
        await store.outbox.complete(delivery, Attempt(Fate.DELIVERED, 200), None)
    assert (await store.figures()).queued == {"http": 1}


async def test_a_lane_that_rests_is_not_late(store: Store) -> None:
    await sends(store, a_message("a"), a_message("b"))
    (head,) = await store.outbox.claim(10, timedelta(seconds=30))
    rest = Attempt(Fate.DELIVERED, 200, pause_lane=timedelta(hours=1))
    await store.outbox.complete(head, rest, None)
    assert (await store.figures()).overdue_s == {"http": 0.0}
