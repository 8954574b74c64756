"""App Homes that somebody looks at: which page, until when, in whichever process."""

from datetime import UTC, datetime

from approvals.homes import Watcher
from store.engine import Store
from tests.builders import minutes
from tests.store.databases import database_url, store

__all__ = ["database_url", "store"]


async def test_the_page_that_was_turned_to_last_counts(store: Store) -> None:
    before = datetime.now(UTC) - minutes(1)
    assert await store.homes.watcher("T1", "U1", before) is None
    for page in (0, 2):
        await store.homes.watch(Watcher("T1", "U1", "T1", page))
    await store.homes.watch(Watcher("T2", "U1", None, 1))

    assert await store.homes.watcher("T1", "U1", before) == Watcher("T1", "U1", "T1", 2)
    assert await store.homes.watcher("T2", "U1", before) == Watcher("T2", "U1", None, 1)
    assert await store.homes.watcher("T2", "U2", before) is None


async def test_whoever_looked_long_ago_looks_no_more(store: Store) -> None:
    await store.homes.watch(Watcher("T1", "U1"))
    assert await store.homes.watcher("T1", "U1", datetime.now(UTC) + minutes(1)) is None
