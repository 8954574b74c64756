"""The open requests of a key, put right after somebody did not count them."""

from sqlalchemy import delete, update

from approvals.model import State
from store import tables
from store.engine import Store, open_store
from tests.builders import KEY, NOW, PROJECT
from tests.store.contract import OTHER, add, change, reading
from tests.store.databases import SECRET, database_url, store

__all__ = ["database_url", "store"]

_t = tables.tallies.c


async def opened(store: Store) -> int:
    """How many open requests the key has, as a unit sees it."""

    async def work(unit: object) -> int:
        return unit.open_of(KEY)  # type: ignore[attr-defined, no-any-return]

    return await reading(store, work)


async def test_what_was_not_counted_is_counted_and_other_processes_see_it(
    database_url: str, store: Store
) -> None:
    for project in (PROJECT, PROJECT, OTHER):
        await add(store, project)
    await change(store, await add(store), state=State.CANCELLED, ended_at=NOW)
    async with open_store(database_url, secret=SECRET) as replica:
        assert await opened(replica) == 2
        await store.writer.run(lambda connection, _: spoil(connection))
        await store.recount()
        assert await opened(store) == await opened(replica) == 2
        assert (await store.roster(PROJECT)).version == 1
    assert [v for v in await store.auditor.whole() if v.truth == "tallies_true"] == []


async def test_what_is_right_is_left_alone(store: Store) -> None:
    await add(store)
    await store.recount()
    assert (await store.roster(PROJECT)).version == 0


def spoil(connection: object) -> None:
    """Count as a release that knows nothing of keys."""
    execute = connection.execute  # type: ignore[attr-defined]
    execute(update(tables.tallies).where(_t.facet == "key", _t.project_id == PROJECT).values(requests=-3))
    execute(delete(tables.tallies).where(_t.facet == "key", _t.project_id == OTHER))
