"""Noticing what another process commits, within a second."""

import asyncio

from approvals import keys
from approvals.commands import Cancel
from approvals.keys import Key, Scope
from approvals.ports import Unit
from approvals.service import Approvals
from store.engine import Store, open_store
from store.notices import Elsewhere
from tests.builders import NOW, PROJECT, a_submit, a_wanted, wanting
from tests.fakes import RecordingAnnouncer
from tests.store.databases import SECRET, database_url, store

__all__ = ["database_url", "store"]


async def apply_roster(store: Store) -> None:
    """One Sentinel for legal matters."""

    async def work(unit: Unit) -> None:
        unit.apply(wanting(a_wanted()))

    await store.write(PROJECT, work)


async def test_a_roster_applied_elsewhere_counts_from_the_next_write_on(
    database_url: str, store: Store
) -> None:
    approvals = Approvals(store, RecordingAnnouncer())
    assert (await approvals.submit(a_submit())).assignee is None
    async with open_store(database_url, secret=SECRET) as other:
        await apply_roster(other)
    assert (await approvals.submit(a_submit())).assignee is not None


async def test_a_change_elsewhere_is_told(database_url: str, store: Store) -> None:
    told: asyncio.Queue[Elsewhere] = asyncio.Queue()
    await apply_roster(store)

    async def hear(elsewhere: Elsewhere) -> None:
        told.put_nowait(elsewhere)

    store.on_elsewhere.append(hear)
    async with open_store(database_url, secret=SECRET) as other:
        await Approvals(other, RecordingAnnouncer()).submit(a_submit())
    assert (await asyncio.wait_for(told.get(), 10)).projects == {PROJECT}


async def test_its_own_commits_are_no_news(database_url: str, store: Store) -> None:
    told: list[Elsewhere] = []
    await apply_roster(store)

    async def hear(elsewhere: Elsewhere) -> None:
        told.append(elsewhere)

    store.on_elsewhere.append(hear)
    approvals = Approvals(store, RecordingAnnouncer())
    for _ in range(3):
        await approvals.submit(a_submit())
        await store.notices.look()
    assert told == []


async def test_a_key_made_or_revoked_elsewhere_is_known_soon(database_url: str, store: Store) -> None:
    key_id, text = keys.mint()
    key = Key(key_id, PROJECT, "agent", frozenset({Scope.REQUESTS}), NOW)
    told: asyncio.Queue[Elsewhere] = asyncio.Queue()

    async def hear(elsewhere: Elsewhere) -> None:
        told.put_nowait(elsewhere)

    store.on_elsewhere.append(hear)
    async with open_store(database_url, secret=SECRET) as other:
        await other.keys.create(key, text, keys.mint_webhook_secret())
        while not (await asyncio.wait_for(told.get(), 10)).keys:
            pass
        assert await store.keys.find(text) == key
        await other.keys.revoke(key_id, NOW)
        while not (await asyncio.wait_for(told.get(), 10)).keys:
            pass
    assert await store.keys.find(text) is None


async def test_what_changed_elsewhere_is_found_by_its_version(database_url: str, store: Store) -> None:
    submitted = (await Approvals(store, RecordingAnnouncer()).submit(a_submit())).request
    seen = {submitted.id: submitted.version}
    assert await store.requests.newer({}) == []
    assert await store.requests.newer(seen) == []
    async with open_store(database_url, secret=SECRET) as other:
        command = Cancel(PROJECT, submitted.id, "agent")
        cancelled = await Approvals(other, RecordingAnnouncer()).cancel(command)
    assert await store.requests.newer(seen) == [cancelled]


async def test_all_who_show_a_key_at_once_that_was_made_a_moment_ago_are_let_in(
    database_url: str, store: Store
) -> None:
    """Also who comes while others are being looked up, and right after a guess was."""
    assert await store.keys.find(keys.mint()[1]) is None
    key_id, text = keys.mint()
    key = Key(key_id, PROJECT, "agent", frozenset({Scope.REQUESTS}), NOW)
    async with open_store(database_url, secret=SECRET) as other:
        await other.keys.create(key, text, keys.mint_webhook_secret())
        assert await asyncio.gather(*(store.keys.find(text) for _ in range(8))) == [key] * 8
