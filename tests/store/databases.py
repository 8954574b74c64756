"""A migrated database of each kind, for what only a real one can show."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.engine import Store, open_store
from store.migrations import migrate

SECRET = "a secret for tests"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh migrated database."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        return url
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    await migrate(url)
    return url


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """A store over that database, on the real clock."""
    async with open_store(database_url, secret=SECRET) as opened:
        yield opened


def file_of(url: str) -> Path:
    """The SQLite file of a URL."""
    return Path(url.partition(":///")[2])


def tamper(url: str, statement: str) -> None:
    """Change a SQLite database behind the store's back."""
    with sqlite3.connect(file_of(url)) as connection:
        connection.execute(statement)
    connection.close()


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    """Read a SQLite database past the store."""
    with sqlite3.connect(file_of(url)) as connection:
        found = connection.execute(statement).fetchall()
    connection.close()
    return found


__all__ = ["SECRET", "database_url", "file_of", "rows", "store", "tamper"]
