"""Whether the desk can work: what is proved of the database, and of this machine's clock."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import make_url, text

from approvals.errors import StoreUnavailable
from store.connections import open_engines
from store.engine import Store, open_store
from store.readiness import MOST_SKEW
from tests.builders import NOW

SECRET = "x" * 16


@pytest.fixture
async def shared(postgres_url: str) -> AsyncIterator[Store]:
    """A store on PostgreSQL, whose clock is its own."""
    async with open_store(postgres_url, secret=SECRET) as store:
        yield store


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("ahead_s", "words"),
    [(3, "s ahead of the database's"), (-3, "s behind the database's"), (3600, "3600.0 s ahead")],
)
async def test_a_machine_with_another_time_is_not_ready(shared: Store, ahead_s: float, words: str) -> None:
    clock = await database_clock(shared)
    (reason,) = await shared.readiness.reasons(lambda: clock() + timedelta(seconds=ahead_s))
    assert words in reason
    assert "NTP" in reason


@pytest.mark.postgres
@pytest.mark.parametrize("ahead_s", [0, 1, -1])
async def test_a_little_apart_is_ready(shared: Store, ahead_s: float) -> None:
    clock = await database_clock(shared)
    assert await shared.readiness.reasons(lambda: clock() + timedelta(seconds=ahead_s)) == []


@pytest.mark.postgres
async def test_a_slow_answer_is_not_held_against_the_clock(shared: Store) -> None:
    clock = await database_clock(shared)
    looks = iter([-2 * MOST_SKEW, 2 * MOST_SKEW])
    assert await shared.readiness.skew(lambda: clock() + next(looks)) == timedelta()


@pytest.mark.postgres
async def test_a_database_that_only_reads_is_not_ready(postgres_url: str) -> None:
    await only_reading(postgres_url)
    async with open_store(postgres_url, secret=SECRET) as store:
        with pytest.raises(StoreUnavailable):
            await store.readiness.prove()


async def only_reading(url: str) -> None:
    """Make a database what a standby is."""
    engines = open_engines(url)
    async with engines.reader.begin() as connection:
        name = make_url(url).database
        await connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    await engines.dispose()


async def database_clock(store: Store) -> Callable[[], datetime]:
    """The database's clock, carried on by this machine's."""
    loop = asyncio.get_running_loop()
    ahead = await store.readiness.skew(lambda: NOW)
    began = loop.time()
    return lambda: NOW - ahead + timedelta(seconds=loop.time() - began)
