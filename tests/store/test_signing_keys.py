"""The key pairs of projects: made once, sealed, rotated with an overlap, apart from each other."""

import asyncio
from datetime import timedelta

from approvals.keys import Key, Scope, mint, mint_webhook_secret
from approvals.model import ProjectId
from store.engine import Store, open_store
from store.signing import public_of
from tests.builders import NOW, PROJECT
from tests.fakes import Clock
from tests.store.contract import OTHER
from tests.store.databases import SECRET, database_url, store

__all__ = ["database_url", "store"]


async def a_key(store: Store, project: ProjectId = PROJECT) -> None:
    """Make an API key, and so the project."""
    key_id, text = mint()
    key = Key(key_id, project, "key", frozenset({Scope.REQUESTS}), NOW)
    await store.keys.create(key, text, mint_webhook_secret())


async def test_a_project_with_an_api_key_has_a_pair(store: Store) -> None:
    await asyncio.gather(a_key(store), a_key(store), a_key(store, OTHER))
    (mine,), (theirs,) = await store.signing.public(PROJECT), await store.signing.public(OTHER)
    assert mine.text != theirs.text
    assert list(map(public_of, await store.signing.private(PROJECT))) == [mine.text]
    assert await store.signing.public(ProjectId("nobody's")) == []
    assert await store.signing.private(ProjectId("nobody's")) == []


async def test_a_project_of_an_older_desk_gets_one_pair_when_it_first_signs(
    database_url: str, store: Store
) -> None:
    async with open_store(database_url, secret=SECRET) as replica:
        await store.write(PROJECT, nothing)
        stores = (store, replica) * 4
        found = await asyncio.gather(*(one.signing.private(PROJECT) for one in stores))
    assert len({key for keys in found for key in keys}) == 1


async def test_the_pair_before_signs_on_for_the_overlap(database_url: str) -> None:
    clock = Clock()
    async with open_store(database_url, secret=SECRET, clock=clock) as store:
        await a_key(store)
        (old,) = await store.signing.private(PROJECT)
        fresh = await store.signing.rotate(PROJECT, timedelta(hours=24))
        new, same = await store.signing.private(PROJECT)
        assert (public_of(new), same) == (fresh.text, old)
        clock.advance(timedelta(hours=24))
        assert await store.signing.private(PROJECT) == [new]
        assert [key.ends_at for key in await store.signing.public(PROJECT)] == [
            None,
            NOW + timedelta(hours=24),
        ]


async def test_private_keys_lie_sealed(database_url: str, store: Store) -> None:
    await a_key(store)
    (private,) = await store.signing.private(PROJECT)
    (sealed,) = await store.signing._sealed(PROJECT)
    assert private not in sealed
    assert private.removeprefix("whsk_") not in sealed


async def nothing(unit: object) -> None:
    """A unit that makes its project and nothing else."""
