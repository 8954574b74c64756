"""Reading requests outside a transaction, as last committed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Integer, Select, and_, bindparam, false, func, select, union_all

from approvals.errors import RequestNotFound
from approvals.events import RecordedEvent
from approvals.ids import RequestRef
from approvals.model import ApprovalRequest, ProjectId, RequestId
from approvals.ports import Listing
from store import facets, tables
from store.connections import Engines
from store.mapping import request_from_row
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
        """A page, newest first. Its numbers are found in an index, then its rows by their numbers."""
        statement, values = paged(project, listing)
        return [request_from_row(row) for row in await self._engines.rows(statement, values)]

    async def count(self, project: ProjectId, listing: Listing) -> int:
        """How many there are in all: from the tallies, for all that a dialect lets a client ask."""
        kept = facets.tally(listing)
        if kept is None:
            statement, values = _counted(tuple(_wanted(listing))), {**_wanted(listing)}
        else:
            statement, values = _TALLIED, {"facet": kept[0], "value": kept[1]}
        statuses = sorted(facets.STATUSES if listing.outcomes is None else listing.outcomes)
        rows = await self._engines.rows(statement, {**values, "project": project, "statuses": statuses})
        return int(rows[0]["n"] or 0)

    async def timeline(self, project: ProjectId, request_id: RequestId) -> Sequence[RecordedEvent]:
        return await self._engines.read(lambda connection: read_timeline(connection, project, request_id))

    async def _select(self, condition: Any, limit: int, offset: int = 0) -> list[ApprovalRequest]:
        statement = select(tables.requests).where(condition).order_by(_r.number.desc())
        rows = await self._engines.rows(statement.limit(limit).offset(offset))
        return [request_from_row(row) for row in rows]


def paged(project: ProjectId, listing: Listing) -> tuple[Select[Any], dict[str, Any]]:
    """The query of a page and its parameters."""
    wanted = _wanted(listing)
    by_status = listing.outcomes is not None or not wanted.keys().isdisjoint(facets.COLUMNS.values())
    words = facets.STATUSES if listing.outcomes is None else listing.outcomes
    values = {**wanted, "project": project, "before": listing.before, "limit": listing.limit}
    values |= {"offset": listing.offset, "reach": listing.limit + listing.offset}
    statuses = tuple(sorted(words)) if by_status else None
    return _page(tuple(wanted), statuses, listing.before is not None), values


def _wanted(listing: Listing) -> dict[str, str | int]:
    """What a listing asks for, but its page and statuses: column of `requests` -> value."""
    plain = {name: getattr(listing, name) for name in ("agent_id", "external_id", "request_type")}
    found = {facets.COLUMNS[name]: word for name, word in facets.asked(listing).items()}
    return {**{name: word for name, word in plain.items() if word is not None}, **found}


def _count(name: str) -> BindParameter[int]:
    return bindparam(name, type_=Integer)


def _where(columns: tuple[str, ...]) -> Any:
    """The condition on a project and these columns, each a parameter of its own name."""
    mine = _r.project_id == bindparam("project")
    return and_(mine, *(_r[column] == bindparam(column) for column in columns))


@cache
def _page(columns: tuple[str, ...], statuses: tuple[str, ...] | None, keyset: bool) -> Select[Any]:
    """A page by these columns: of any status in the order of numbers, or with one look-up per status."""
    condition = and_(_where(columns), _r.number < bindparam("before")) if keyset else _where(columns)
    if statuses is None:
        numbers = select(_r.number).where(condition).order_by(_r.number.desc())
    else:
        numbers = _over_statuses(condition, statuses)
    found = numbers.limit(_count("limit")).offset(_count("offset")).subquery()
    page = and_(_r.project_id == bindparam("project"), _r.number.in_(select(found.c.number)))
    return select(tables.requests).where(page).order_by(_r.number.desc())


def _over_statuses(condition: Any, statuses: tuple[str, ...]) -> Select[Any]:
    """One sorted look-up per status, merged: an index answers each, none is scanned to be sorted."""
    if not statuses:
        return select(_r.number).where(false())
    parts = [
        select(_r.number)
        .where(condition, _r.status == status)
        .order_by(_r.number.desc())
        .limit(_count("reach"))
        .subquery()
        for status in statuses
    ]
    merged = union_all(*(select(part.c.number) for part in parts)).subquery()
    return select(merged.c.number).order_by(merged.c.number.desc())


@cache
def _counted(columns: tuple[str, ...]) -> Select[Any]:
    status = _r.status.in_(bindparam("statuses", expanding=True))
    return select(func.count().label("n")).select_from(tables.requests).where(_where(columns), status)


_TALLIED = select(func.sum(_t.requests).label("n")).where(
    _t.project_id == bindparam("project"),
    _t.facet == bindparam("facet"),
    _t.value == bindparam("value"),
    _t.status.in_(bindparam("statuses", expanding=True)),
)
