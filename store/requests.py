"""Reading requests outside a transaction, as last committed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, bindparam, false, func, select, union_all

from approvals.errors import RequestNotFound
from approvals.events import RecordedEvent
from approvals.ids import RequestRef
from approvals.model import ApprovalRequest, ProjectId, RequestId
from approvals.ports import Listing
from store import tables
from store.connections import Engines
from store.mapping import request_from_row, title_key
from store.queries import read_timeline

_r = tables.requests.c
_t = tables.tallies.c

# Written once: to put it together anew would cost more than to run it.
_BY_ID, _BY_NUMBER = (
    select(tables.requests).where(_r.project_id == bindparam("project"), named == bindparam("ref"))
    for named in (_r.id, _r.number)
)


class SqlRequests:
    """The store's reading side (see `approvals.ports.Requests`)."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    async def request(self, project: ProjectId, ref: RequestRef) -> ApprovalRequest:
        statement = _BY_ID if isinstance(ref, str) else _BY_NUMBER
        rows = await self._engines.rows(statement, {"project": project, "ref": ref})
        if not rows:
            raise RequestNotFound(ref)
        return request_from_row(rows[0])

    async def anywhere(self, request_id: RequestId) -> ApprovalRequest:
        """A request of any project; for the desk's own use, never for a caller's."""
        found = await self._select(_r.id == request_id, limit=1)
        if not found:
            raise RequestNotFound(request_id)
        return found[0]

    async def ended(self, ids: Sequence[RequestId]) -> Sequence[ApprovalRequest]:
        """Those of these requests that have ended."""
        return await self._select(and_(_r.id.in_(ids), _r.ended_at.is_not(None)), limit=len(ids))

    async def newer(self, seen: Mapping[RequestId, int]) -> Sequence[ApprovalRequest]:
        """Those of these requests that have changed since the versions that were seen."""
        if not seen:
            return []
        rows = await self._engines.rows(select(_r.id, _r.version).where(_r.id.in_(tuple(seen))))
        moved = [row["id"] for row in rows if row["version"] > seen[row["id"]]]
        return await self._select(_r.id.in_(moved), limit=len(moved)) if moved else []

    async def listing(self, project: ProjectId, listing: Listing) -> Sequence[ApprovalRequest]:
        """A page, newest first; keyset inside where nothing but the page is asked for."""
        condition = _condition(project, listing)
        if listing.before is not None:
            condition = and_(condition, _r.number < listing.before)
        statement = select(tables.requests)
        if listing.outcomes is None:
            page = statement.where(condition).order_by(_r.number.desc())
        else:
            page = _over_statuses(condition, listing)
        rows = await self._engines.rows(page.limit(listing.limit).offset(listing.offset))
        return [request_from_row(row) for row in rows]

    async def count(self, project: ProjectId, listing: Listing) -> int:
        """How many there are in all: from the tallies where one facet is asked for, else counted."""
        statement = _tallied(project, listing)
        if statement is None:
            condition = _condition(project, listing)
            if listing.outcomes is not None:
                condition = and_(condition, _r.status.in_(sorted(listing.outcomes)))
            statement = select(func.count()).select_from(tables.requests).where(condition)
        return int(await self._engines.read(lambda connection: connection.execute(statement).scalar()) or 0)

    async def timeline(self, project: ProjectId, request_id: RequestId) -> Sequence[RecordedEvent]:
        return await self._engines.read(lambda connection: read_timeline(connection, project, request_id))

    async def _select(self, condition: Any, limit: int, offset: int = 0) -> list[ApprovalRequest]:
        statement = select(tables.requests).where(condition).order_by(_r.number.desc())
        rows = await self._engines.rows(statement.limit(limit).offset(offset))
        return [request_from_row(row) for row in rows]


def _condition(project: ProjectId, listing: Listing) -> Any:
    """Everything that a listing asks for, but its page and statuses."""
    conditions: list[Any] = [_r.project_id == project]
    for column in ("agent_id", "external_id", "request_type", "framework", "template_id"):
        wanted = getattr(listing, column)
        if wanted is not None:
            conditions.append(_r[column] == wanted)
    if listing.title is not None:
        conditions.append(_r.title_key == title_key(listing.title))
    if listing.assignee is not None:
        conditions.append(_r.assigned_to == listing.assignee)
    return and_(*conditions)


def _over_statuses(condition: Any, listing: Listing) -> Any:
    """One sorted look-up per status, merged: an index answers each, none is scanned to be sorted."""
    reach = listing.limit + listing.offset
    parts = [
        select(_r.id).where(condition, _r.status == status).order_by(_r.number.desc()).limit(reach).subquery()
        for status in sorted(listing.outcomes or ())
    ]
    found = union_all(*(select(part.c.id) for part in parts)) if parts else select(_r.id).where(false())
    return select(tables.requests).where(_r.id.in_(found)).order_by(_r.number.desc())


def _tallied(project: ProjectId, listing: Listing) -> Any | None:
    """The count from the tallies; None where more than one facet is asked for."""
    if listing.agent_id or listing.external_id or listing.request_type or listing.assignee:
        return None
    words = {
        "title": None if listing.title is None else title_key(listing.title),
        "framework": listing.framework,
        "template_id": listing.template_id,
    }
    asked = [(facet, value) for facet, value in words.items() if value is not None] or [("all", "")]
    if len(asked) > 1:
        return None
    facet, value = asked[0]
    condition = and_(_t.project_id == project, _t.facet == facet, _t.value == value)
    if listing.outcomes is not None:
        condition = and_(condition, _t.status.in_(sorted(listing.outcomes)))
    return select(func.sum(_t.requests)).where(condition)
