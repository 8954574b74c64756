"""The desk in numbers, read where it costs little: tallies, lanes, and the queue of requests."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from approvals.figures import Figures
from approvals.model import State
from store import tables

_r = tables.requests.c
_t = tables.tallies.c
_d = tables.deliveries.c
_l = tables.lanes.c


def figures(connection: Connection) -> Figures:
    """How things stand now (see `approvals.figures.Figures`)."""
    now = datetime.now(UTC)
    return Figures(
        requests=_requests(connection),
        waiting_s=_age(_oldest_waiting(connection), now),
        queued=_queued(connection),
        overdue_s={carrier: _age(due, now) for carrier, due in _earliest_due(connection).items()},
    )


def _requests(connection: Connection) -> dict[str, int]:
    counted = select(_t.status, func.sum(_t.requests)).where(_t.facet == "all").group_by(_t.status)
    return {status: int(n) for status, n in connection.execute(counted)}


def _oldest_waiting(connection: Connection) -> datetime | None:
    oldest = select(func.min(_r.created_at)).where(_r.state == State.PENDING.value)
    found: datetime | None = connection.execute(oldest).scalar()
    return found


def _queued(connection: Connection) -> dict[str, int]:
    # By way of the lanes: most messages that were ever sent are in none that waits.
    waiting = select(_l.lane).where(_l.due_at.is_not(None))
    counted = (
        select(_d.carrier, func.count().label("n"))
        .where(_d.lane.in_(waiting), _d.state == "queued")
        .group_by(_d.carrier)
    )
    return {row.carrier: row.n for row in connection.execute(counted)}


def _earliest_due(connection: Connection) -> dict[str, datetime]:
    # A lane that is paced, or in which somebody works, is not late.
    ready = func.max if connection.dialect.name == "sqlite" else func.greatest
    able = ready(_l.due_at, func.coalesce(_l.ready_at, _l.due_at), type_=_l.due_at.type)
    earliest = func.min(able, type_=_l.due_at.type).label("due")
    free = select(_l.carrier, earliest).where(_l.due_at.is_not(None)).group_by(_l.carrier)
    return {row.carrier: row.due for row in connection.execute(free)}


def _age(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max(0.0, (now - moment).total_seconds())
