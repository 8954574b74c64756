"""Copies of a database that is being written to, and what may not be copied or put back."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.backup import BackupError, back_up, put_back, staged
from store.engine import Store, open_store
from store.lock import DatabaseBusy, only_server
from store.migrations import migrate
from tests.builders import PROJECT
from tests.store.contract import add
from tests.store.databases import SECRET, file_of, rows

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ENOUGH = 40


@pytest.fixture
async def url(tmp_path: Path) -> str:
    made = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    await migrate(made)
    return made


def ids(url: str) -> set[str]:
    """The requests that a database has."""
    return {str(row[0]) for row in rows(url, "SELECT id FROM requests")}


def copy_of(url: str, name: str = "copy.db") -> tuple[Path, str]:
    """Where a copy goes, as file and URL."""
    file = file_of(url).with_name(name)
    return file, f"sqlite+aiosqlite:///{file}"


async def writing(store: Store, acknowledged: set[str], enough: asyncio.Event) -> None:
    """Requests, one after the other, for ever."""
    while True:
        acknowledged.add((await add(store)).id)
        if len(acknowledged) >= ENOUGH:
            enough.set()


async def test_a_copy_made_under_load_is_a_whole_past_of_the_desk(url: str) -> None:
    acknowledged: set[str] = set()
    enough = asyncio.Event()
    async with open_store(url, secret=SECRET) as store:
        writers = [asyncio.create_task(writing(store, acknowledged, enough)) for _ in range(8)]
        await asyncio.wait_for(enough.wait(), 20)
        for round_ in range(3):
            before = set(acknowledged)
            copy, copy_url = copy_of(url, f"copy{round_}.db")
            await asyncio.to_thread(back_up, file_of(url), copy)
            assert before <= ids(copy_url)
            assert rows(copy_url, "SELECT count(*) FROM requests") == rows(
                copy_url, "SELECT chain_n FROM projects"
            )
            async with open_store(copy_url, secret=SECRET) as copied:
                assert await copied.verify(PROJECT) >= len(before)
        for task in writers:
            task.cancel()
        await asyncio.gather(*writers, return_exceptions=True)


async def test_a_copy_is_one_file_that_only_its_owner_reads(url: str) -> None:
    copy, _ = copy_of(url)
    back_up(file_of(url), copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in copy.parent.glob("copy.db*")) == ["copy.db"]


async def test_a_copy_never_overwrites(url: str) -> None:
    copy, _ = copy_of(url)
    copy.write_text("precious")
    with pytest.raises(BackupError, match="exists"):
        back_up(file_of(url), copy)
    assert copy.read_text() == "precious"


def test_what_is_no_desk_is_not_copied(tmp_path: Path) -> None:
    with pytest.raises(BackupError):
        back_up(tmp_path / "nothing.db", tmp_path / "copy.db")
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE t (x)")
    with pytest.raises(BackupError, match="no database of a desk"):
        back_up(other, tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy*"))


async def test_a_copy_is_put_back_and_what_was_there_is_kept(url: str) -> None:
    database, (copy, _) = file_of(url), copy_of(url)
    async with open_store(url, secret=SECRET) as store:
        kept = (await add(store)).id
        await asyncio.to_thread(back_up, database, copy)
        later = (await add(store)).id
    with staged(copy, database) as draft:
        aside = put_back(draft, database, NOW)
    assert ids(url) == {kept}
    assert aside is not None
    assert ids(f"sqlite:///{aside}") == {kept, later}
    assert not list(database.parent.glob("*.partial*"))


async def test_what_is_served_is_left_alone(url: str) -> None:
    database, (copy, _) = file_of(url), copy_of(url)
    back_up(database, copy)
    with only_server(database), pytest.raises(DatabaseBusy), staged(copy, database):
        pass
    assert not list(database.parent.glob("*.partial*"))


def lose_an_index(path: Path) -> None:
    """Damage that nobody meets who only reads and writes: pages that belong to nothing."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("DELETE FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")


@pytest.mark.parametrize("damage", ["cut", "garbage", "lost pages"])
async def test_what_is_damaged_is_not_put_back(url: str, damage: str) -> None:
    database, (copy, _) = file_of(url), copy_of(url)
    back_up(database, copy)
    whole = copy.read_bytes()
    if damage == "lost pages":
        lose_an_index(copy)
    else:
        copy.write_bytes(whole[: len(whole) // 2] if damage == "cut" else b"x" * len(whole))
    before = database.read_bytes()
    with pytest.raises(BackupError), staged(copy, database):
        pass
    assert database.read_bytes() == before
