"""The schema: made by migrations, equal to the tables, made once however many start together."""

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlmodel import SQLModel

from store import tables
from store.connections import open_engines
from store.migrations import DatabaseUnusable, behind, migrate
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
