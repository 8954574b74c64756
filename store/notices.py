"""Noticing what other processes commit: commands beside a server, or other replicas.

SQLite: a counter of the file that costs nothing to read, looked at twice a second.
PostgreSQL: a notification with every commit; a slow look remains for the case that the
listening connection is down. Either way this process then compares the projects' stamps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

import structlog
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import SQLAlchemyError

from approvals.model import ProjectId
from store import tables
from store.connections import Engines

CHANNEL = "sentinel_desk"
LOOK_EVERY_S = 0.5
RELISTEN_EVERY_S = 2.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What changed since the last look: projects whose stamp moved, and whether keys did."""

    projects: frozenset[ProjectId] = frozenset()
    rosters: frozenset[ProjectId] = frozenset()
    keys: bool = False

    def __bool__(self) -> bool:
        return bool(self.projects or self.keys)


@dataclass(slots=True)
class _View:
    stamps: dict[ProjectId, tuple[int, int]] = field(default_factory=dict)
    keys: int = 0


class Notices:
    """Calls `changed` whenever the database shows what this process did not write itself."""

    def __init__(
        self,
        engines: Engines,
        own_stamp: Callable[[ProjectId], tuple[int, int] | None],
        changed: Callable[[Elsewhere], Awaitable[None]],
    ) -> None:
        self._engines = engines
        self._own_stamp = own_stamp
        self._changed = changed
        self._view = _View()
        self._met: set[ProjectId] = set()
        self._bell = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.replica = uuid4().hex

    async def start(self) -> None:
        """Take the first look and keep looking."""
        await self.look(quiet=True)
        watch = self._watch_file if self._engines.sqlite else self._listen
        self._tasks = [
            asyncio.create_task(watch(), name="store-notices"),
            asyncio.create_task(self._answer_bell(), name="store-looks"),
        ]

    async def stop(self) -> None:
        """Stop looking."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def met(self, project: ProjectId) -> None:
        """The writer came upon somebody else's commit before a look did: tell of it all the same."""
        self._met.add(project)
        self._bell.set()

    async def look(self, *, quiet: bool = False) -> None:
        """Compare the database with what was seen last; tell what moved."""
        view = await self._engines.read(_view)
        elsewhere = self._difference(view)
        self._view = view
        if elsewhere and not quiet:
            await self._changed(elsewhere)

    def _difference(self, view: _View) -> Elsewhere:
        moved = {p for p, stamp in view.stamps.items() if self._view.stamps.get(p) != stamp}
        met, self._met = self._met, set()
        foreign = {p for p in moved if self._behind(p, view.stamps[p])} | (met & view.stamps.keys())
        rosters = {p for p in foreign if self._version_before(p) != view.stamps[p][1]}
        return Elsewhere(frozenset(foreign), frozenset(rosters), view.keys != self._view.keys)

    def _behind(self, project: ProjectId, stamp: tuple[int, int]) -> bool:
        """Whether this process has not seen that much. Both parts of a stamp only rise."""
        own = self._own_stamp(project)
        return own is None or own[0] < stamp[0] or own[1] < stamp[1]

    def _version_before(self, project: ProjectId) -> int | None:
        stamp = self._view.stamps.get(project)
        return None if stamp is None else stamp[1]

    async def _answer_bell(self) -> None:
        while True:
            await self._bell.wait()
            self._bell.clear()
            try:
                await self.look()
            except (SQLAlchemyError, OSError) as error:
                log.warning("look_failed", error=type(error).__name__)
                await asyncio.sleep(LOOK_EVERY_S)
                self._bell.set()

    async def _watch_file(self) -> None:
        last = None
        async with self._engines.reader.connect() as connection:
            while True:
                with suppress(SQLAlchemyError):
                    found = (await connection.execute(text("PRAGMA data_version"))).scalar()
                    if last is not None and found != last:
                        self._bell.set()
                    last = found
                await asyncio.sleep(LOOK_EVERY_S)

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except (SQLAlchemyError, OSError) as error:
                log.warning("listening_failed", error=type(error).__name__)
            # Whatever was announced while nobody listened is found by looking.
            self._bell.set()
            await asyncio.sleep(RELISTEN_EVERY_S)

    async def _listen_once(self) -> None:
        async with self._engines.reader.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            if raw is None:
                return
            gone = asyncio.Event()
            raw.add_termination_listener(lambda _: gone.set())
            await raw.add_listener(CHANNEL, self._heard)
            self._bell.set()
            try:
                await gone.wait()
            finally:
                if not raw.is_closed():
                    await raw.remove_listener(CHANNEL, self._heard)

    def _heard(self, connection: object, pid: int, channel: str, replica: str) -> None:
        if replica != self.replica:
            self._bell.set()


def announce(connection: Connection, replica: str) -> None:
    """Tell the other replicas, when this transaction commits (PostgreSQL)."""
    connection.execute(text("SELECT pg_notify(:channel, :replica)"), {"channel": CHANNEL, "replica": replica})


def _view(connection: Connection) -> _View:
    p = tables.projects.c
    stamps = {
        ProjectId(name): (n, version)
        for name, n, version in connection.execute(select(p.id, p.chain_n, p.version))
    }
    found = connection.execute(select(tables.meta.c.value).where(tables.meta.c.name == "keys"))
    return _View(stamps, int(found.scalar() or 0))
