"""Rates of keys: exact among many at once, shared by replicas on PostgreSQL, and never in anybody's way."""

import asyncio

import pytest

from approvals.allowances import SECOND
from approvals.keys import Rate
from approvals.model import KeyId
from store.engine import Store, open_store
from tests.store.databases import SECRET, database_url, store

__all__ = ["database_url", "store"]

KEY, NOW = KeyId("k"), 1_000 * SECOND


async def test_a_burst_is_exact_among_many_at_once(store: Store) -> None:
    taken = await asyncio.gather(*(store.allowances.take(KEY, Rate(10, 60), NOW) for _ in range(100)))
    assert sorted(after for after in taken if after) == [NOW + 6 * n * SECOND for n in range(1, 11)]
    assert await store.allowances.look(KEY) == NOW + 60 * SECOND


async def test_time_gives_back_one_by_one(store: Store) -> None:
    for _ in range(10):
        assert await store.allowances.take(KEY, Rate(10, 60), NOW)
    assert await store.allowances.take(KEY, Rate(10, 60), NOW + 6 * SECOND - 1) is None
    assert await store.allowances.take(KEY, Rate(10, 60), NOW + 6 * SECOND)
    assert await store.allowances.take(KEY, Rate(10, 60), NOW + 6 * SECOND) is None


async def test_keys_are_counted_apart(store: Store) -> None:
    assert await store.allowances.take(KEY, Rate(1, 60), NOW)
    assert await store.allowances.take(KeyId("other"), Rate(1, 60), NOW)
    assert await store.allowances.look(KeyId("unused")) == 0


@pytest.mark.postgres
async def test_replicas_share_one_count(postgres_url: str) -> None:
    async with open_store(postgres_url, secret=SECRET) as one, open_store(postgres_url, secret=SECRET) as two:
        takes = [s.allowances.take(KEY, Rate(10, 60), NOW) for _ in range(20) for s in (one, two)]
        assert sum(after is not None for after in await asyncio.gather(*takes)) == 10
    async with open_store(postgres_url, secret=SECRET) as later:
        assert await later.allowances.take(KEY, Rate(10, 60), NOW) is None
