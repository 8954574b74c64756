"""The lock first, then the clock: what is decided is decided at a time when nobody else can decide.

A clock that is read before the lock is waited for lets a decision through whose deadline passed meanwhile.
"""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from approvals.ports import Unit
from store.engine import open_store
from store.migrations import migrate
from tests.builders import PROJECT
from tests.store.databases import SECRET

WAITS_WITHIN_S = 10


async def now_of(unit: Unit) -> datetime:
    """The time of a unit."""
    return unit.now


async def test_the_clock_is_read_under_the_lock_of_sqlite(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    url = f"sqlite+aiosqlite:///{path}"
    await migrate(url)
    free: list[bool] = []

    def clock() -> datetime:
        free.append(can_be_locked(path))
        return datetime.now(UTC)

    async with open_store(url, secret=SECRET, clock=clock) as store:
        # The first write makes the project, and takes the lock for that in any case.
        await store.write(PROJECT, now_of)
        free.clear()
        await store.write(PROJECT, now_of)
    assert free == [False]


def can_be_locked(path: Path) -> bool:
    """Whether nobody holds the database's lock now."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        return True


@pytest.mark.postgres
async def test_the_clock_is_read_under_the_lock_of_postgresql(postgres_url: str) -> None:
    plain = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    async with open_store(postgres_url, secret=SECRET) as store:
        await store.write(PROJECT, now_of)
        other, watcher = await asyncpg.connect(plain), await asyncpg.connect(plain)
        try:
            holding = other.transaction()
            await holding.start()
            await other.execute("SELECT 1 FROM projects WHERE id = $1 FOR UPDATE", PROJECT)
            write = asyncio.create_task(store.write(PROJECT, now_of))
            await asyncio.wait_for(somebody_waits(watcher), WAITS_WITHIN_S)
            released_at = await watcher.fetchval("SELECT clock_timestamp()")
            await holding.rollback()
            assert await write >= released_at
        finally:
            await other.close()
            await watcher.close()


async def somebody_waits(watcher: asyncpg.Connection) -> None:
    """Until a transaction waits for a lock of this database."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    while not await watcher.fetchval(f"{waiting} AND wait_event_type = 'Lock'"):
        pass
