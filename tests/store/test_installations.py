"""Installations of the Slack app: what is kept, what rests sealed, and who fetches the next token."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from approvals.installations import Installation, Workspace
from store.engine import Store, open_store
from store.migrations import migrate
from tests.builders import NOW
from tests.fakes import Clock
from tests.store.databases import SECRET, database_url, store

__all__ = ["database_url", "store"]

LEASE = timedelta(minutes=1)


def an_installation(**facts: object) -> Installation:
    """The app in a workspace whose tokens rotate."""
    made = Installation(
        team="T0ACME0001",
        enterprise=None,
        name="Acme",
        token="xoxe.xoxb-1-first-token",
        scopes=("chat:write", "commands"),
        installed_by="U0ADA00001",
        installed_at=NOW,
        refresh_token="xoxe-1-first-refresh",
        expires_at=NOW + timedelta(hours=12),
    )
    return replace(made, **facts)  # type: ignore[arg-type]


def files(folder: Path) -> dict[str, bytes]:
    """Everything in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


ORGANISATION = an_installation(team=None, enterprise="E0NORDLYS1", name="Nordlys Group")


async def test_a_workspace_is_served_by_its_own_installation_else_by_its_organisation(store: Store) -> None:
    own = an_installation(team="T0NORDLYS1", enterprise="E0NORDLYS1")
    for one in (an_installation(), ORGANISATION, own):
        await store.installations.put(one)
    find = store.installations.find
    assert await find(Workspace("T0ACME0001")) == an_installation()
    assert await find(Workspace("T0NORDLYS1", "E0NORDLYS1")) == own
    assert await find(Workspace("T0NORDLYS2", "E0NORDLYS1")) == ORGANISATION
    assert await find(Workspace(None, "E0NORDLYS1")) == ORGANISATION
    # That a workspace belongs to an organisation is nobody's guess.
    assert await find(Workspace("T0NORDLYS2")) is None
    assert await find(Workspace("T0RIVAGE01")) is None
    assert [one.name for one in await store.installations.listing()] == ["Nordlys Group", "Acme", "Acme"]


async def test_the_app_is_the_one_that_was_installed_last(store: Store) -> None:
    put, app = store.installations.put, store.installations.app
    await put(an_installation())
    assert await app() is None
    await put(an_installation(app="A0FIRST001"))
    await put(an_installation(team="T0RIVAGE01", app="A0SECOND01", installed_at=NOW + timedelta(hours=1)))
    assert await app() == "A0SECOND01"
    await store.installations.remove("T0RIVAGE01", NOW + timedelta(hours=2))
    assert await app() == "A0FIRST001"


async def test_what_is_gone_serves_nobody_and_keeps_no_token(store: Store) -> None:
    await store.installations.put(an_installation())
    later = NOW + timedelta(hours=1)
    assert await store.installations.remove("T0ACME0001", later)
    assert not await store.installations.remove("T0ACME0001", later)
    assert await store.installations.find(Workspace("T0ACME0001")) is None
    [gone] = await store.installations.listing()
    assert (gone.token, gone.refresh_token, gone.gone_at) == ("", None, later)


async def test_news_from_before_it_was_installed_anew_removes_nothing(store: Store) -> None:
    await store.installations.put(an_installation(installed_at=NOW + timedelta(seconds=5)))
    assert not await store.installations.remove("T0ACME0001", NOW)
    assert await store.installations.find(Workspace("T0ACME0001")) is not None


async def test_one_of_many_replicas_fetches_the_next_token(store: Store, database_url: str) -> None:
    await store.installations.put(an_installation())
    async with open_store(database_url, secret=SECRET) as replica:
        both = (store.installations, replica.installations)
        begun = await asyncio.gather(
            *(each.begin_rotation(an_installation(), LEASE) for each in both for _ in range(5))
        )
        assert sum(begun) == 1
        fresh = an_installation(token="xoxe.xoxb-1-second", refresh_token="xoxe-1-second")
        assert await store.installations.end_rotation(an_installation(), fresh)
        # Whoever has only seen the first token spends nothing.
        assert not await replica.installations.begin_rotation(an_installation(), LEASE)
        assert not await replica.installations.end_rotation(an_installation(), fresh)
        found = await replica.installations.find(Workspace("T0ACME0001"))
    assert found is not None
    assert (found.token, found.refresh_token, found.turn) == ("xoxe.xoxb-1-second", "xoxe-1-second", 1)


async def test_who_does_not_come_back_with_a_token_is_waited_for_so_long(tmp_path: Path) -> None:
    url, clock = f"sqlite+aiosqlite:///{tmp_path}/desk.db", Clock()
    await migrate(url)
    async with open_store(url, secret=SECRET, clock=clock) as store:
        await store.installations.put(an_installation())
        assert await store.installations.begin_rotation(an_installation(), LEASE)
        assert not await store.installations.begin_rotation(an_installation(), LEASE)
        clock.advance(LEASE)
        assert await store.installations.begin_rotation(an_installation(), LEASE)


async def test_a_token_fetched_for_an_older_installation_is_dropped(store: Store) -> None:
    await store.installations.put(an_installation())
    assert await store.installations.begin_rotation(an_installation(), LEASE)
    await store.installations.put(an_installation(token="xoxe.xoxb-1-anew"))
    late = an_installation(token="xoxe.xoxb-1-late")
    assert not await store.installations.end_rotation(an_installation(), late)
    found = await store.installations.find(Workspace("T0ACME0001"))
    assert found is not None
    assert (found.token, found.turn) == ("xoxe.xoxb-1-anew", 1)


async def test_no_token_lies_open_in_the_database_or_its_log(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    await migrate(url)
    async with open_store(url, secret=SECRET) as store:
        await store.installations.put(an_installation())
        fresh = an_installation(token="xoxe.xoxb-1-second-token", refresh_token="xoxe-1-second-refresh")
        assert await store.installations.begin_rotation(an_installation(), LEASE)
        assert await store.installations.end_rotation(an_installation(), fresh)
        # While it is open, so that the log is there too.
        kept = files(tmp_path)
    assert {"desk.db", "desk.db-wal"} <= kept.keys()
    assert any(b"T0ACME0001" in text for text in kept.values())
    for text in kept.values():
        assert b"xox" not in text
    assert "xox" not in repr(an_installation())
