"""Reading requests outside a transaction, as last committed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, func, or_, select

from approvals.errors import RequestNotFound
from approvals.events import RecordedEvent
from approvals.ids import RequestRef
from approvals.model import ApprovalRequest, ProjectId, RequestId, State
from approvals.ports import Listing
from store import tables
from store.connections import Engines
from store.mapping import request_from_row
from store.queries import by_ref, read_timeline

_r = tables.requests.c


class SqlRequests:
    """The store's reading side (see `approvals.ports.Requests`)."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    async def request(self, project: ProjectId, ref: RequestRef) -> ApprovalRequest:
        found = await self._select(by_ref(project, ref), limit=1)
        if not found:
            raise RequestNotFound(ref)
        return found[0]

    async def anywhere(self, request_id: RequestId) -> ApprovalRequest:
        """A request of any project; for the desk's own use, never for a caller's."""
        found = await self._select(_r.id == request_id, limit=1)
        if not found:
            raise RequestNotFound(request_id)
        return found[0]

    async def ended(self, ids: Sequence[RequestId]) -> Sequence[ApprovalRequest]:
        """Those of these requests that have ended."""
        return await self._select(and_(_r.id.in_(ids), _r.ended_at.is_not(None)), limit=len(ids))

    async def listing(self, project: ProjectId, listing: Listing) -> Sequence[ApprovalRequest]:
        condition = _condition(project, listing)
        if listing.before is not None:
            condition = and_(condition, _r.number < listing.before)
        return await self._select(condition, listing.limit, listing.offset)

    async def count(self, project: ProjectId, listing: Listing) -> int:
        statement = select(func.count()).select_from(tables.requests).where(_condition(project, listing))
        async with self._engines.reader.connect() as connection:
            return int((await connection.execute(statement)).scalar_one())

    async def timeline(self, project: ProjectId, request_id: RequestId) -> Sequence[RecordedEvent]:
        async with self._engines.reader.connect() as connection:
            return await read_timeline(connection, project, request_id)

    async def _select(self, condition: Any, limit: int, offset: int = 0) -> list[ApprovalRequest]:
        statement = select(tables.requests).where(condition).order_by(_r.number.desc())
        async with self._engines.reader.connect() as connection:
            rows = await connection.execute(statement.limit(limit).offset(offset))
            return [request_from_row(row) for row in rows.mappings()]


def _condition(project: ProjectId, listing: Listing) -> Any:
    """Everything that a listing asks for, but its page."""
    conditions: list[Any] = [_r.project_id == project]
    for column in ("agent_id", "external_id", "request_type"):
        wanted = getattr(listing, column)
        if wanted is not None:
            conditions.append(_r[column] == wanted)
    for name in ("template_id", "framework"):
        wanted = getattr(listing, name)
        if wanted is not None:
            conditions.append(_r.wire[name].as_string() == wanted)
    if listing.assignee is not None:
        conditions.append(_r.assigned_to == listing.assignee)
    if listing.outcomes is not None:
        conditions.append(_outcome(listing.outcomes))
    return and_(*conditions)


def _outcome(outcomes: frozenset[str]) -> Any:
    """`pending`, `assigned` and `started` name open requests, everything else how one ended."""
    open_states = [s for s in (State.PENDING.value, State.ASSIGNED.value) if s in outcomes]
    choices: list[Any] = [_r.outcome.in_(sorted(outcomes)), _r.state.in_(open_states)]
    if "started" in outcomes:
        choices.append(and_(_r.state == State.ASSIGNED.value, _r.started_at.is_not(None)))
    return or_(*choices)
