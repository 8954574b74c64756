"""Finding cards that do not show their request as it is, and sending for their repair.

Level-triggered: what is compared is what each message is known to show and how each request stands,
never what should have happened in between. Everything here happens in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Executable,
    Text,
    and_,
    cast,
    exists,
    insert,
    literal,
    or_,
    select,
    text,
    type_coerce,
)

from approvals.cards import CHANNEL, REPAIR_AGAIN, Astray
from approvals.model import ProjectId, RequestId, State
from approvals.outbox import Carrier, Outgoing
from store import tables
from store.flush import raise_lanes, upsert
from store.unit import delivery_row

BATCH = 200
"""How many repairs of each kind one round sends for, so that writes get their turn between."""

_c = tables.cards.c
_d = tables.deliveries.c
_r = tables.requests.c

_OPEN = (State.PENDING.value, State.ASSIGNED.value)
HELD = ("assigned", "started")
"""The words for a request that somebody has."""

_HOLDERS = literal("dm:").concat(cast(_r.assigned_to, Text))

_OTHERWISE = or_(
    _c.shown_state.is_distinct_from(_r.state),
    _c.shown_holder.is_distinct_from(_r.assigned_to),
    _c.content_version != _r.content_version,
)


def repair(
    connection: Connection,
    project: ProjectId,
    channels: Collection[str],
    topic: str,
    word: Callable[[Astray], Outgoing],
    now: datetime,
) -> int:
    """See `approvals.ports.Cards.repair`."""
    queries = (
        _shown_wrongly(project, channels, topic, now),
        _without(project, topic, _HOLDERS, _r.status.in_(HELD)),
        _without(
            project, topic, literal(CHANNEL), _r.status.in_(("pending", *HELD)), _r.domain.in_(channels)
        ),
    )
    found = [_astray(project, row) for query in queries for row in connection.execute(query)]
    mine = [astray for astray in found if _claimed(connection, astray, now)]
    rows = [delivery_row(project, word(astray), now) for astray in mine]
    if rows:
        connection.execute(insert(tables.deliveries), rows)
        raise_lanes(connection, rows)
    return len(rows)


def _shown_wrongly(project: ProjectId, channels: Collection[str], topic: str, now: datetime) -> Executable:
    """Cards on record that show something else, or that never came to stand where they should."""
    wanted = or_(
        and_(_r.state == State.ASSIGNED.value, _c.surface == _HOLDERS),
        and_(_r.state.in_(_OPEN), _c.surface == CHANNEL, _r.domain.in_(channels)),
    )
    return (
        select(_r.id, _r.domain, _c.surface)
        .select_from(tables.cards.join(tables.requests, _r.id == _c.request_id))
        .where(
            _c.project_id == project,
            text(f"({tables.CARD_IS_OPEN})"),
            or_(_c.looked_at.is_(None), _c.looked_at <= now - REPAIR_AGAIN),
            or_(and_(_c.ts.is_not(None), _OTHERWISE), and_(_c.ts.is_(None), wanted)),
            ~_on_its_way(topic, _c.surface),
        )
        .limit(BATCH)
    )


def _without(project: ProjectId, topic: str, surface: Any, *which: Any) -> Executable:
    """Requests of which no card is on record there."""
    return (
        select(_r.id, _r.domain, surface.label("surface"))
        .where(
            _r.project_id == project,
            *which,
            ~exists().where(_c.request_id == _r.id, _c.surface == surface),
            ~_on_its_way(topic, surface),
        )
        .limit(BATCH)
    )


def _on_its_way(topic: str, surface: Any) -> Any:
    """Whether a message waits that brings the request's card there up to date."""
    intent = type_coerce(_d.intent, Text)
    named = literal('%"surface":"').concat(surface).concat(literal('"%'))
    return exists().where(
        _d.request_id == _r.id,
        _d.state == "queued",
        _d.carrier == Carrier.SLACK.value,
        _d.topic == topic,
        intent.like(named),
    )


def _claimed(connection: Connection, astray: Astray, now: datetime) -> bool:
    """Whether this process is the one to send for it: who notes the time first is."""
    statement = upsert(connection, tables.cards)
    free = or_(_c.looked_at.is_(None), _c.looked_at <= now - REPAIR_AGAIN)
    statement = statement.on_conflict_do_update(
        index_elements=["request_id", "surface"], set_={"looked_at": statement.excluded.looked_at}, where=free
    )
    row = {
        "request_id": astray.id,
        "surface": astray.surface,
        "project_id": astray.project,
        "shown_version": 0,
        "content_version": 0,
        "digest": False,
        "looked_at": now,
    }
    return connection.execute(statement, row).rowcount == 1


def _astray(project: ProjectId, row: Any) -> Astray:
    return Astray(project, RequestId(row.id), row.surface, row.domain)
