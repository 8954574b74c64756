"""Turns: all budgets together or none, exact among many, shared by replicas on PostgreSQL."""

import asyncio

import pytest

from approvals.allowances import SECOND
from approvals.keys import Rate
from approvals.pacing import Budget
from store.engine import Store, open_store
from tests.store.databases import SECRET, database_url, store

__all__ = ["database_url", "store"]

ROOM, HOUSE = Budget("room", Rate(3, 3)), Budget("house", Rate(4, 8))
NOW = 1_000 * SECOND


async def waiting(store: Store, *budgets: Budget, at: int = NOW) -> int:
    """Ask for a turn; 0, or how long it takes until there is one."""
    turn = await store.pacing.take(budgets, at)
    return 0 if turn.taken else turn.wait


async def test_a_burst_goes_at_once_and_then_one_a_second(store: Store) -> None:
    turns = [await store.pacing.take([ROOM], NOW) for _ in range(4)]
    assert turns == [(True, 0), (True, 0), (True, SECOND), (False, SECOND)]
    assert await store.pacing.take([ROOM], NOW + SECOND - 1) == (False, 1)
    assert await store.pacing.take([ROOM], NOW + SECOND) == (True, SECOND)
    assert await store.pacing.take([ROOM], NOW + SECOND) == (False, SECOND)


async def test_a_turn_is_of_all_budgets_or_of_none(store: Store) -> None:
    for _ in range(4):
        assert await waiting(store, HOUSE) == 0
    assert await waiting(store, ROOM, HOUSE) == 2 * SECOND
    # The room was not charged for a turn that the house did not have.
    assert [await waiting(store, ROOM) for _ in range(3)] == [0, 0, 0]


async def test_rest_gives_the_burst_back_and_no_more(store: Store) -> None:
    await store.pacing.take([ROOM], NOW)
    later = NOW + 3_600 * SECOND
    assert [await waiting(store, ROOM, at=later) for _ in range(4)] == [0, 0, 0, SECOND]


async def test_nobody_has_a_turn_while_it_is_held(store: Store) -> None:
    await store.pacing.hold(ROOM, NOW + 30 * SECOND)
    assert await waiting(store, ROOM) == 30 * SECOND
    assert await waiting(store, HOUSE) == 0
    await store.pacing.hold(ROOM, NOW + 5 * SECOND)
    assert await waiting(store, ROOM) == 30 * SECOND, "a shorter pause does not end a longer one"
    assert await waiting(store, ROOM, at=NOW + 30 * SECOND) == 0


async def test_turns_are_exact_among_many_at_once(store: Store) -> None:
    waits = await asyncio.gather(*(waiting(store, ROOM, HOUSE) for _ in range(40)))
    assert waits.count(0) == 3


@pytest.mark.postgres
async def test_replicas_share_their_turns(postgres_url: str) -> None:
    async with open_store(postgres_url, secret=SECRET) as one, open_store(postgres_url, secret=SECRET) as two:
        takes = [waiting(s, HOUSE, ROOM) for _ in range(20) for s in (one, two)]
        assert (await asyncio.gather(*takes)).count(0) == 3
        await one.pacing.hold(ROOM, NOW + 60 * SECOND)
        assert await waiting(two, ROOM) == 60 * SECOND
