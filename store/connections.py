"""Connections: one that writes, some that read, on SQLite or PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Thread
from typing import Any, Protocol, TypeVar

import aiosqlite
from sqlalchemy import URL, Connection, Engine, Executable, RowMapping, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool, QueuePool

from approvals.errors import StoreUnavailable

T = TypeVar("T")

BUSY_TIMEOUT_MS = 5_000
"""How long SQLite waits for another process's lock before it says so."""

READERS = 4

_WRITING = (
    "journal_mode=WAL",
    "synchronous=FULL",
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    # The log grows to 32 MiB before it is carried over: the same pages are written again and
    # again, and are then carried over once.
    "wal_autocheckpoint=8192",
    # Of pages that are read again soon; more is no faster, and only takes long to fill.
    "cache_size=-16384",
)

THREAD_ENDS_WITHIN_S = BUSY_TIMEOUT_MS / 1000 + 1
"""How long a SQLite connection's thread may still be busy after its connection was closed."""


class WritingConnection(Protocol):
    """The one connection that writes. Work is handed to it as a plain function of a connection."""

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on the connection, in whatever transaction is open, and return its result."""

    async def close(self) -> None:
        """Let go of the connection; what was not committed is lost."""


class OnOwnThread:
    """A SQLite connection on a thread of its own: any number of statements in one hop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, "sqlite-writer")
        self._connection: Connection | None = None

    async def run(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._call, work)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)

    def _call(self, work: Callable[[Connection], T]) -> T:
        if self._connection is None:
            self._connection = self._engine.connect()
        return work(self._connection)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()


class OnOwnThreads:
    """SQLite connections that read, on threads of their own: a question is one hop, as a write is."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(READERS, "sqlite-reader")

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a connection and return its result; who comes first is answered first."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._call, work)

    async def close(self) -> None:
        """Let go of the connections once they are idle."""
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()

    def _call(self, work: Callable[[Connection], T]) -> T:
        with self._engine.connect() as connection:
            return work(connection)


class OnTheLoop:
    """A PostgreSQL connection; its driver works on the event loop."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None

    async def run(self, work: Callable[[Connection], T]) -> T:
        if self._connection is None:
            self._connection = await self._engine.connect()
        return await self._connection.run_sync(work)

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.invalidate()
            await self._connection.close()


@dataclass(frozen=True, slots=True)
class Engines:
    """An engine to write with, one connection at a time, and one to read with.

    SQLite is read through `readers`; its `reader` is for a connection that is kept. `threads` are
    the drivers' own, one for each such connection.
    """

    writer: Engine | AsyncEngine
    reader: AsyncEngine
    readers: OnOwnThreads | None = None
    threads: list[Thread] = field(default_factory=list)

    @property
    def sqlite(self) -> bool:
        """Which of the two databases it is."""
        return isinstance(self.writer, Engine)

    def writing(self) -> WritingConnection:
        """A connection to write with, opened when it is first used."""
        return OnOwnThread(self.writer) if isinstance(self.writer, Engine) else OnTheLoop(self.writer)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a reading connection."""
        if self.readers is not None:
            return await self.readers.run(work)
        async with self.reader.connect() as connection:
            return await connection.run_sync(work)

    async def rows(
        self, statement: Executable, values: Mapping[str, Any] | None = None
    ) -> Sequence[RowMapping]:
        """All rows of a query, with these values for its parameters."""
        return await self.read(lambda connection: connection.execute(statement, values).mappings().all())

    async def dispose(self) -> None:
        """Close all connections."""
        if isinstance(self.writer, AsyncEngine):
            await self.writer.dispose()
        else:
            self.writer.dispose()
        await self.reader.dispose()
        if self.readers is not None:
            await self.readers.close()
        # A connection that failed, or whose caller was cancelled, is let go without waiting for its
        # thread, which would then answer to a loop that is closed.
        for thread in self.threads:
            await asyncio.to_thread(thread.join, THREAD_ENDS_WITHIN_S)


async def reading(rows: Awaitable[T]) -> T:
    """What a door reads. Raises StoreUnavailable where there is no database, or no turn at it in time."""
    try:
        return await rows
    except (SQLAlchemyError, OSError) as error:
        raise StoreUnavailable from error


def open_engines(url: str) -> Engines:
    """Engines for a database URL (`sqlite+aiosqlite:///…` or `postgresql+asyncpg://…`)."""
    parsed = make_url(url)
    return _sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)


def _postgresql(url: URL) -> Engines:
    writer = create_async_engine(url, pool_pre_ping=True, pool_size=2, max_overflow=2)
    reader = create_async_engine(url, pool_pre_ping=True, pool_size=READERS, max_overflow=READERS)
    return Engines(writer, reader)


def _sqlite(url: URL) -> Engines:
    threads: list[Thread] = []
    timeout = {"timeout": BUSY_TIMEOUT_MS / 1000}
    # The writer is the plain driver on one thread of ours: with the awaited one, each statement
    # of a group would be several hops between threads, and a commit thirty.
    writer = create_engine(url.set(drivername="sqlite+pysqlite"), poolclass=NullPool, connect_args=timeout)
    readers = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        poolclass=QueuePool,
        pool_size=READERS,
        max_overflow=0,
        connect_args=timeout | {"check_same_thread": False},
    )
    reader = create_async_engine(
        url,
        poolclass=NullPool,
        connect_args=timeout | {"async_creator_fn": partial(_connect, threads)},
    )
    event.listen(writer, "connect", _writing_connection)
    event.listen(writer, "begin", _begin_immediate)
    for engine in (readers, reader.sync_engine):
        event.listen(engine, "connect", _reading_connection)
    return Engines(writer, reader, OnOwnThreads(readers), threads)


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
    for pragma in _WRITING:
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
