"""Connections: one that writes, some that read, on SQLite or PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from threading import Thread
from typing import Any

import aiosqlite
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

BUSY_TIMEOUT_MS = 5_000
"""How long SQLite waits for another process's lock before it says so."""

READERS = 4

THREAD_ENDS_WITHIN_S = BUSY_TIMEOUT_MS / 1000 + 1
"""How long a SQLite connection's thread may still be busy after its connection was closed."""


@dataclass(frozen=True, slots=True)
class Engines:
    """A writing engine with one connection, and a reading one. `sqlite` tells which database it is.

    `threads` are the drivers' own, one for each SQLite connection.
    """

    writer: AsyncEngine
    reader: AsyncEngine
    sqlite: bool
    threads: list[Thread] = field(default_factory=list)

    async def dispose(self) -> None:
        """Close all connections."""
        await self.writer.dispose()
        await self.reader.dispose()
        # A connection that failed, or whose caller was cancelled, is let go without waiting for its
        # thread, which would then answer to a loop that is closed.
        for thread in self.threads:
            await asyncio.to_thread(thread.join, THREAD_ENDS_WITHIN_S)


def open_engines(url: str) -> Engines:
    """Engines for a database URL (`sqlite+aiosqlite:///…` or `postgresql+asyncpg://…`)."""
    sqlite = make_url(url).get_backend_name() == "sqlite"
    common: dict[str, Any] = {}
    if not sqlite:
        common["pool_pre_ping"] = True
        writer = create_async_engine(url, pool_size=2, max_overflow=2, **common)
        reader = create_async_engine(url, pool_size=READERS, max_overflow=READERS, **common)
        return Engines(writer, reader, sqlite)
    common["poolclass"] = AsyncAdaptedQueuePool
    threads: list[Thread] = []
    common["connect_args"] = {
        "timeout": BUSY_TIMEOUT_MS / 1000,
        "async_creator_fn": partial(_connect, threads),
    }
    writer = create_async_engine(url, pool_size=1, max_overflow=1, **common)
    reader = create_async_engine(url, pool_size=READERS, max_overflow=0, **common)
    event.listen(writer.sync_engine, "connect", _writing_connection)
    event.listen(writer.sync_engine, "begin", _begin_immediate)
    event.listen(reader.sync_engine, "connect", _reading_connection)
    return Engines(writer, reader, sqlite, threads)


def _connect(threads: list[Thread], *args: Any, **options: Any) -> aiosqlite.Connection:
    """A SQLite connection as SQLAlchemy makes it, but whose thread is known."""
    connection = aiosqlite.connect(*args, **options)
    connection._thread.daemon = True
    threads.append(connection._thread)
    return connection


def _writing_connection(connection: Any, record: object) -> None:
    # Without this the driver sends no BEGIN before a SELECT, and updates are lost in silence.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_TIMEOUT_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Any) -> None:
    # The lock comes first, then the clock is read: nothing is decided on a stale view.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _reading_connection(connection: Any, record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA query_only=1")
    cursor.close()
