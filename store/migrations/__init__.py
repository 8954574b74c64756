"""Bringing a database to the schema of this release."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from failpoints import fail
from store.connections import Engines, open_engines

_LOCK = 7_365_746
"""The PostgreSQL advisory lock under which replicas that start together migrate one by one."""


class DatabaseUnusable(Exception):
    """The database cannot be opened, or its schema cannot be brought up to date."""

    def __init__(self, error: Exception) -> None:
        # Not the whole text: a driver may put the address, and the password in it, into its own.
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        super().__init__(f"the database cannot be used: {str(cause).splitlines()[0]}")


async def migrate(url: str) -> None:
    """Bring the database to the newest schema; nothing happens where it is there already.

    A SQLite file that is not there yet is made for its owner's eyes alone. Raises DatabaseUnusable.
    """
    async with _engines(url) as engines:
        if engines.sqlite:
            _private(make_url(url).database or ":memory:")
        writing = engines.writing()
        try:
            await writing.run(_upgrade)
        finally:
            await writing.close()


async def behind(url: str) -> bool:
    """Whether the database lacks a migration of this release. Raises DatabaseUnusable."""
    async with _engines(url) as engines:
        return await engines.read(_behind)


@asynccontextmanager
async def _engines(url: str) -> AsyncIterator[Engines]:
    engines = open_engines(url)
    try:
        yield engines
    except (SQLAlchemyError, OSError) as error:
        raise DatabaseUnusable(error) from error
    finally:
        await engines.dispose()


def _private(file: str) -> None:
    """Make the file before SQLite does, whose journals bear the mode that they find on it."""
    if not file.startswith((":memory:", "file:")):
        with suppress(FileExistsError):
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, on an open connection."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["connection"] = connection
    return made


def _upgrade(connection: Connection) -> None:
    with connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        fail("migration.before")
        try:
            command.upgrade(config(connection), "head")
        except CommandError as error:
            raise OSError("a newer release has made it, or none of the desk") from error
        fail("migration.after")


def _behind(connection: Connection) -> bool:
    present = MigrationContext.configure(connection).get_current_revision()
    return present != ScriptDirectory.from_config(config()).get_current_head()
