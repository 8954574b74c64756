"""What a unit may ask inside its transaction.

Questions about single things look at what the group has gathered first, so that many
units share one flush; questions about many things write what is gathered, then ask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from approvals.events import RecordedEvent
from approvals.ids import RequestRef
from approvals.model import ApprovalRequest, KeyId, ProjectId, RequestId, SentinelId, State
from approvals.ports import Remembered
from store import chain, tables
from store.changes import Changes
from store.columns import unindexed
from store.mapping import request_from_row

_r = tables.requests.c


def by_ref(project: ProjectId, ref: RequestRef) -> Any:
    """The condition that names one request of a project."""
    named = _r.id == ref if isinstance(ref, str) else _r.number == ref
    return and_(_r.project_id == project, named)


class Queries:
    """Reads on the writer's connection; `gathered` is what the group will write of this project."""

    def __init__(self, connection: Connection, gathered: Changes, flush: Callable[[], None]) -> None:
        self._connection = connection
        self._gathered = gathered
        self._flush = flush

    async def request(self, project: ProjectId, ref: RequestRef) -> ApprovalRequest | None:
        """One request of the project, or None."""
        found = self._gathered.find(project, ref)
        return found or self._one(by_ref(project, ref))

    async def by_external_id(self, project: ProjectId, external_id: str) -> ApprovalRequest | None:
        """The request that holds an external id as unique, or None."""
        for request in self._gathered.added.values():
            if request.external_id == external_id and "fingerprint" in request.wire:
                return request
        return self._one(and_(_r.project_id == project, _r.unique_external_id == external_id))

    async def timeline(self, project: ProjectId, request_id: RequestId) -> Sequence[RecordedEvent]:
        """All events of a request, oldest first."""
        if any(event.request_id == request_id for event in self._gathered.events):
            self._flush()
        return read_timeline(self._connection, project, request_id)

    async def due(self, project: ProjectId, now: datetime, limit: int) -> Sequence[ApprovalRequest]:
        """Open requests whose time has come, earliest first."""
        return self._many(and_(unindexed(_r.project_id) == project, _r.due_at <= now), (_r.due_at,), limit)

    async def pending(
        self, project: ProjectId, limit: int, after: ApprovalRequest | None
    ) -> Sequence[ApprovalRequest]:
        """Requests without a Sentinel in queue order, after the given one."""
        condition = and_(_r.project_id == project, _r.state == State.PENDING.value)
        if after is not None:
            behind = and_(_r.priority_rank == after.priority.rank, _r.number > after.number)
            condition = and_(condition, or_(_r.priority_rank > after.priority.rank, behind))
        return self._many(condition, (_r.priority_rank, _r.number), limit)

    async def assigned_to(
        self, project: ProjectId, sentinel: SentinelId, limit: int
    ) -> Sequence[ApprovalRequest]:
        """Open requests of one Sentinel, oldest first."""
        held = and_(_r.assigned_to == sentinel, _r.status.in_(("assigned", "started")))
        return self._many(and_(_r.project_id == project, held), (_r.number + 0,), limit)

    async def remembered(self, project: ProjectId, scope: str, key: str) -> Remembered | None:
        """What stands under an idempotency key, or None."""
        for kept in self._gathered.remembered:
            if (kept["scope"], kept["key"]) == (scope, key):
                return _remembered(kept)
        c = tables.idempotency.c
        statement = select(tables.idempotency).where(c.project_id == project, c.scope == scope, c.key == key)
        rows = self._rows(statement)
        return _remembered(rows[0]) if rows else None

    async def used(self, key_id: KeyId, period: str) -> int:
        """How many creates a key has used in a period, those gathered here included."""
        gathered = [u for u in self._gathered.usage if (u["key_id"], u["period"]) == (key_id, period)]
        return len(gathered) + read_used(self._connection, key_id, period)

    def _one(self, condition: Any) -> ApprovalRequest | None:
        rows = self._rows(select(tables.requests).where(condition))
        return request_from_row(rows[0]) if rows else None

    def _many(self, condition: Any, order: tuple[Any, ...], limit: int) -> Sequence[ApprovalRequest]:
        self._flush()
        rows = self._rows(select(tables.requests).where(condition).order_by(*order).limit(limit))
        return [request_from_row(row) for row in rows]

    def _rows(self, statement: Any) -> Sequence[Any]:
        return self._connection.execute(statement).mappings().all()


def read_timeline(connection: Connection, project: ProjectId, request_id: RequestId) -> list[RecordedEvent]:
    """All events of a request, oldest first."""
    e = tables.events.c
    own = and_(e.request_id == request_id, unindexed(e.project_id) == project)
    statement = select(e.record, e.hash).where(own).order_by(e.n)
    return [chain.read(record, sealed) for record, sealed in connection.execute(statement)]


def read_used(connection: Connection, key_id: KeyId, period: str) -> int:
    """How many creates a key has used in a period."""
    u = tables.usage.c
    found = connection.execute(select(u.used).where(u.key_id == key_id, u.period == period))
    return int(found.scalar() or 0)


def _remembered(row: Any) -> Remembered:
    return Remembered(row["body_sha256"], RequestId(row["request_id"]), row["answer"])
