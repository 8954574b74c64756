"""Messages that are given up: their endpoint may be switched off, and operations are told.

Everything here happens in the transaction that records the try which settled it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, insert, select, update

from approvals.model import ProjectId
from approvals.outbox import (
    FAILING_TOO_LONG,
    Attempt,
    Carrier,
    Delivery,
    Fate,
    Loss,
    Lost,
    Outgoing,
)
from approvals.ports import Alarms
from store import projects, tables
from store.flush import raise_lanes, upsert
from store.unit import delivery_row

QUIET = timedelta(hours=1)
"""How long operations are left in peace about a receiver of which they have heard."""

_d = tables.deliveries.c
_e = tables.endpoints.c
_a = tables.alarms.c
_l = tables.lanes.c


def hopeless(connection: Connection, delivery: Delivery, attempt: Attempt, now: datetime) -> Loss | None:
    """Why this failure is the last that the message's endpoint is asked for; None where it is not."""
    if delivery.endpoint is None or attempt.fate is Fate.DELIVERED:
        return None
    if attempt.gone:
        return Loss.GONE
    since = connection.execute(select(_l.failing_since).where(_l.lane == delivery.lane)).scalar()
    return Loss.FAILING if since is not None and now - since >= FAILING_TOO_LONG else None


def switch_off(connection: Connection, delivery: Delivery, why: str, now: datetime) -> int | None:
    """Disable the endpoint of a message and give up what else waits for it.

    How many more messages were given up; None where the endpoint was off, or deleted, before.
    """
    on = and_(_e.id == delivery.endpoint, _e.project_id == delivery.project, _e.active)
    done = connection.execute(update(tables.endpoints).where(on).values(active=False, updated_at=now))
    if done.rowcount != 1:
        return None
    projects.bump(connection, delivery.project)
    waiting = and_(_d.lane == delivery.lane, _d.state == "queued")
    gone = {"state": "dead", "done_at": now, "last_error": why}
    return connection.execute(update(tables.deliveries).where(waiting).values(gone)).rowcount


def tell(connection: Connection, alarms: Alarms, lost: Lost, now: datetime) -> None:
    """Send operations a message about a loss, unless they are about to hear of the same receiver."""
    row = _project(connection, lost.delivery.project)
    if row is None:
        return
    domain = _domain(connection, lost.delivery)
    told = Lost(lost.kind, lost.delivery, lost.error, domain, lost.count)
    roster = projects.load_roster(connection, row)
    message = alarms.lost(told, roster)
    if message is None:
        return
    if lost.kind is Loss.DEAD and lost.delivery.carrier is Carrier.HTTP:
        _tell_once(connection, lost, message, now)
    else:
        _send(connection, lost.delivery.project, message, now)


def _tell_once(connection: Connection, lost: Lost, message: Outgoing, now: datetime) -> None:
    """At most one message an hour about one receiver; what is lost meanwhile is counted in the next."""
    mine = and_(_a.project_id == lost.delivery.project, _a.lane == lost.delivery.lane)
    last = connection.execute(select(_a.message, _a.at).where(mine)).first()
    if last is not None and _count_one_more(connection, last.message):
        return
    not_before = now if last is None else max(now, last.at + QUIET)
    sent = _send(connection, lost.delivery.project, message, not_before, now)
    _remember(connection, lost.delivery, sent["id"], not_before)


def _count_one_more(connection: Connection, message: str) -> bool:
    """Whether the message has not left yet; then it counts this loss as well."""
    waits = and_(_d.id == message, _d.state == "queued", _d.attempt == 0)
    intent = connection.execute(select(_d.intent).where(waits).with_for_update()).scalar()
    if intent is None:
        return False
    more = {**intent, "count": int(intent.get("count", 1)) + 1}
    return connection.execute(update(tables.deliveries).where(waits).values(intent=more)).rowcount == 1


def _send(
    connection: Connection, project: ProjectId, message: Outgoing, due: datetime, now: datetime | None = None
) -> Mapping[str, Any]:
    row = {**delivery_row(project, message, now or due), "due_at": due}
    connection.execute(insert(tables.deliveries), row)
    raise_lanes(connection, [row])
    return row


def _remember(connection: Connection, delivery: Delivery, message: str, at: datetime) -> None:
    row = {"project_id": delivery.project, "lane": delivery.lane, "message": message, "at": at}
    statement = upsert(connection, tables.alarms)
    fresh = {"message": statement.excluded.message, "at": statement.excluded.at}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["project_id", "lane"], set_=fresh), row
    )


def _project(connection: Connection, project: ProjectId) -> Any:
    p = tables.projects
    return connection.execute(select(p).where(p.c.id == project)).mappings().first()


def _domain(connection: Connection, delivery: Delivery) -> str | None:
    r = tables.requests.c
    if delivery.request_id is None:
        return None
    return connection.execute(select(r.domain).where(r.id == delivery.request_id)).scalar()
