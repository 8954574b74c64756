"""App Homes that somebody looks at: one row for each person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from approvals.homes import Watcher
from store import tables
from store.connections import Engines
from store.flush import put
from store.writer import Writer

_h = tables.homes.c
_KEY = ("key", "user_id")


class SqlHomes:
    """The store's `Homes` (see `approvals.ports.Homes`)."""

    def __init__(self, writer: Writer, engines: Engines) -> None:
        self._writer = writer
        self._engines = engines

    async def watch(self, watcher: Watcher) -> None:
        def job(connection: Connection, now: datetime) -> None:
            row = {
                "key": watcher.key,
                "user_id": watcher.user,
                "team": watcher.team,
                "page": watcher.page,
                "opened_at": now,
            }
            put(connection, tables.homes, _KEY, row)

        await self._writer.run(job)

    async def watcher(self, key: str, user: str, since: datetime) -> Watcher | None:
        query = select(tables.homes).where(_h.key == key, _h.user_id == user, _h.opened_at > since)
        rows = await self._engines.rows(query)
        return Watcher(key, user, rows[0]["team"], rows[0]["page"]) if rows else None
