"""What waits for the clock, over all projects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from approvals.model import ProjectId, State
from store import tables
from store.columns import unindexed
from store.connections import Engines

_r = tables.requests.c
_s = tables.sentinels.c


class SqlAgenda:
    """The store's `Agenda` (see `approvals.ports.Agenda`)."""

    def __init__(self, engines: Engines, clock: Callable[[], datetime] | None) -> None:
        self._engines = engines
        self._clock = clock

    async def due_projects(self) -> Sequence[ProjectId]:
        return await self._projects(_r.due_at <= self._now())

    async def queueing_projects(self) -> Sequence[ProjectId]:
        return await self._projects(_r.state == State.PENDING.value)

    async def holding_projects(self) -> Sequence[ProjectId]:
        found = await self._scalars(select(_s.project_id).where(_s.load > 0).distinct())
        return [ProjectId(name) for name in found]

    async def projects(self) -> Sequence[ProjectId]:
        """All projects."""
        return [ProjectId(name) for name in await self._scalars(select(tables.projects.c.id))]

    async def next_request_due(self) -> datetime | None:
        return await self._earliest(select(func.min(_r.due_at)))

    async def next_return(self) -> datetime | None:
        return await self._earliest(select(func.min(_s.away_until)).where(_s.away_until > self._now()))

    async def _projects(self, condition: Any) -> list[ProjectId]:
        found = await self._scalars(select(unindexed(_r.project_id)).where(condition).distinct())
        return [ProjectId(name) for name in found]

    async def _earliest(self, statement: Any) -> datetime | None:
        found: list[datetime | None] = await self._scalars(statement)
        return found[0]

    async def _scalars(self, statement: Any) -> list[Any]:
        return await self._engines.read(lambda connection: list(connection.execute(statement).scalars()))

    def _now(self) -> datetime:
        return self._clock() if self._clock is not None else datetime.now(UTC)
