"""The schema: made by migrations, equal to the tables, made once however many start together."""

import asyncio
import os
import stat
from functools import partial
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlmodel import SQLModel

from approvals.model import State
from approvals.restrictions import UNRESTRICTED
from store import tables
from store.connections import open_engines
from store.engine import open_store
from store.migrations import DatabaseUnusable, behind, config, migrate
from tests.builders import KEY, NOW
from tests.store.contract import add, change
from tests.store.databases import rows, tamper

assert tables.requests is not None


def differences(connection: Connection) -> list[object]:
    """What the tables have that the database has not, or the other way round."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, SQLModel.metadata))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without a schema."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_empty_url")
        return url
    return f"sqlite+aiosqlite:///{tmp_path}/desk.db"


async def back_to(url: str, revision: str) -> None:
    """Give a database the schema of an older release."""
    engines = open_engines(url)
    writing = engines.writing()
    try:
        await writing.run(partial(_downgrade, revision))
    finally:
        await writing.close()
        await engines.dispose()


def _downgrade(revision: str, connection: Connection) -> None:
    with connection.begin():
        command.downgrade(config(connection), revision)


def modes_in(folder: Path) -> dict[str, int]:
    """Who may do what with each file of a folder."""
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


async def test_a_new_file_is_read_by_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
        await migrate(url)
        async with open_store(url, secret="a secret for tests") as store:
            await store.note_slack(True)
            modes = modes_in(tmp_path)
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("desk.db", "desk.db-wal", "desk.db-shm"), 0o600)


async def test_the_migrations_make_the_tables(empty_url: str) -> None:
    assert await behind(empty_url)
    await migrate(empty_url)
    assert not await behind(empty_url)
    engines = open_engines(empty_url)
    async with engines.reader.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engines.dispose()


async def test_many_that_start_together_migrate_once(empty_url: str) -> None:
    await asyncio.gather(*(migrate(empty_url) for _ in range(4)))
    assert not await behind(empty_url)


async def test_a_database_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    await migrate(url)
    tamper(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseUnusable, match="newer release"):
        await migrate(url)
    assert rows(url, "SELECT version_num FROM alembic_version") == [("9999",)]


async def test_open_requests_of_an_older_database_are_counted(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    await migrate(url)
    async with open_store(url, secret="x" * 16) as store:
        await add(store)
        ended = await add(store)
        await change(store, ended, state=State.CANCELLED, ended_at=NOW)
    await back_to(url, "0001")
    assert rows(url, "SELECT value FROM tallies WHERE facet = 'key'") == []
    await migrate(url)
    counted = "SELECT value, requests FROM tallies WHERE facet = 'key'"
    assert rows(url, counted) == [(KEY, 1)]


async def test_keys_of_an_older_database_stay_unrestricted(empty_url: str) -> None:
    await migrate(empty_url)
    await back_to(empty_url, "0009")
    fields = "id, project_id, name, digest, scopes, speaks_for, webhook_secrets, created_at"
    values = "'k', 'default', 'Agent', 'd', '[\"requests\"]', '[]', '[]', '2026-11-23 15:00:00'"
    engines = open_engines(empty_url)
    writing = engines.writing()
    await writing.run(partial(_told, f"INSERT INTO keys ({fields}) VALUES ({values})"))
    await writing.close()
    await engines.dispose()
    await migrate(empty_url)
    async with open_store(empty_url, secret="x" * 16) as store:
        (key,) = await store.keys.list(None)
        assert (key.restrictions, key.networks) == (UNRESTRICTED, ())


def _told(statement: str, connection: Connection) -> None:
    with connection.begin():
        connection.exec_driver_sql(statement)
