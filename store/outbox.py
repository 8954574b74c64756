"""Messages on their way out: claimed under a lease, one at a time per lane.

A lane's head is its first due message of which no earlier one about the same request still
waits, so that a receiver hears about a request in order while other requests pass a failed one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Unpack

import structlog
from sqlalchemy import Connection, and_, bindparam, case, exists, func, or_, select, true, update

from approvals.model import ProjectId, RequestId
from approvals.outbox import Among, Attempt, Carrier, Delivery, Fate, Loss, Lost, endpoint_signer
from approvals.ports import Alarms
from store import losses, tables
from store.connections import Engines, reading
from store.writer import Writer

_d = tables.deliveries.c
_l = tables.lanes.c
_earlier = tables.deliveries.alias("earlier")

log = structlog.get_logger(__name__)


class SqlOutbox:
    """The store's `Outbox` (see `approvals.ports.Outbox`)."""

    def __init__(self, writer: Writer, engines: Engines, alarms: Alarms | None = None) -> None:
        """`alarms` words what operations are told of messages that were given up; None: nothing is."""
        self._writer = writer
        self._engines = engines
        self._alarms = alarms

    async def claim(self, limit: int, lease: timedelta, carrier: Carrier | None = None) -> Sequence[Delivery]:
        def job(connection: Connection, now: datetime) -> list[Delivery]:
            claimed = [
                _claim_head(connection, lane, now, now + lease)
                for lane in _free_lanes(connection, now, limit, carrier)
            ]
            return [delivery for delivery in claimed if delivery is not None]

        return await self._writer.run(job)

    async def complete(self, delivery: Delivery, attempt: Attempt, retry_at: datetime | None) -> bool:
        def job(connection: Connection, now: datetime) -> tuple[bool, bool]:
            return self._complete(connection, delivery, attempt, retry_at, now)

        kept, switched_off = await self._writer.run(job)
        if switched_off:
            log.warning("endpoint_switched_off", endpoint=delivery.endpoint, error=attempt.error)
            self._writer.forget(delivery.project)
        return kept

    def _complete(
        self,
        connection: Connection,
        delivery: Delivery,
        attempt: Attempt,
        retry_at: datetime | None,
        now: datetime,
    ) -> tuple[bool, bool]:
        """Whether the lease was still held, and whether the endpoint has been switched off."""
        hopeless = losses.hopeless(connection, delivery, attempt, now)
        if hopeless is not None or (retry_at is None and attempt.fate is Fate.RETRY):
            attempt = replace(attempt, fate=Fate.DEAD)
        if not _record(connection, delivery, attempt, retry_at, now):
            return False, False
        dropped = None
        if hopeless is not None:
            dropped = losses.switch_off(connection, delivery, f"the endpoint is {hopeless}", now)
        _free(connection, delivery.lane, now, attempt)
        if attempt.fate is Fate.DEAD and self._alarms is not None:
            kind = Loss.DEAD if hopeless is None or dropped is None else hopeless
            lost = Lost(kind, delivery, attempt.error or "", count=1 + (dropped or 0))
            losses.tell(connection, self._alarms, lost, now)
        return True, dropped is not None

    async def release(self) -> int:
        """End every lease, for a process that knows that it is alone; how many there were.

        Whoever held one is gone. If they are not, they cannot complete: the attempt's number is the fence.
        """

        def job(connection: Connection, now: datetime) -> int:
            held = update(tables.lanes).where(_l.lease_until.is_not(None))
            return connection.execute(held.values(lease_until=None)).rowcount

        return await self._writer.run(job)

    async def next_due(self) -> datetime | None:
        # A lane that is being worked on wakes nobody: its worker looks again when it is done.
        ready = func.coalesce(_l.ready_at, _l.due_at)
        statement = select(_l.due_at, ready.label("ready"), _l.lease_until).where(_l.due_at.is_not(None))
        rows = await self._engines.rows(statement)
        return min((max(t for t in row.values() if t is not None) for row in rows), default=None)

    async def listing(
        self, project: ProjectId, *, limit: int = 100, **among: Unpack[Among]
    ) -> Sequence[dict[str, Any]]:
        """Messages of a project as plain rows, newest first (for people, not for sending)."""
        statement = select(tables.deliveries).where(_d.project_id == project, *_meant(among))
        rows = await reading(self._engines.rows(statement.order_by(_d.seq.desc()).limit(limit)))
        return [dict(row) for row in rows]

    async def replay(self, project: ProjectId, ids: Sequence[str]) -> int:
        """Send messages again, or sooner, under the same ids; how many there were."""
        return await self._again(and_(_d.project_id == project, _d.id.in_(ids)))

    async def replay_among(self, project: ProjectId, **among: Unpack[Among]) -> int:
        """As `replay`, for all of these."""
        return await self._again(and_(_d.project_id == project, *_meant(among)))

    async def _again(self, mine: Any) -> int:
        def job(connection: Connection, now: datetime) -> int:
            lanes = connection.execute(select(_d.lane).where(mine).distinct()).scalars().all()
            # One that still waits, or is under way, keeps its attempts: they are its fence.
            attempt = case((_d.state == "queued", _d.attempt), else_=0)
            values = {"state": "queued", "attempt": attempt, "due_at": now, "done_at": None}
            done = connection.execute(update(tables.deliveries).where(mine).values(values))
            for lane in lanes:
                _reschedule(connection, lane)
            return done.rowcount

        return await self._writer.run(job)

    async def resume(self, project: ProjectId, carrier: Carrier, errors: Iterable[str]) -> int:
        """See `approvals.ports.Outbox.resume`."""
        held = or_(_d.state == "queued", and_(_d.state == "dead", _d.last_error.in_(list(errors))))

        def job(connection: Connection, now: datetime) -> int:
            mine = and_(_d.project_id == project, _d.carrier == carrier.value, held)
            lanes = list(connection.execute(select(_d.lane).where(mine).distinct()).scalars())
            attempt = case((_d.state == "queued", _d.attempt), else_=0)
            values = {"state": "queued", "attempt": attempt, "due_at": now, "done_at": None}
            done = connection.execute(update(tables.deliveries).where(mine).values(values))
            connection.execute(update(tables.lanes).where(_l.lane.in_(lanes)).values(ready_at=None))
            for lane in lanes:
                _reschedule(connection, lane)
            return done.rowcount

        return await self._writer.run(job)


def _meant(among: Among) -> list[Any]:
    """The conditions that a selection comes to."""
    endpoint, since, until = among.get("endpoint"), among.get("since"), among.get("until")
    equal = {name: among.get(name) for name in ("state", "carrier", "url", "request_id")}
    conditions: list[Any] = [_d[name] == value for name, value in equal.items() if value is not None]
    if endpoint is not None:
        conditions.append(_d.lane == endpoint_signer(endpoint))
    if since is not None:
        conditions.append(_d.created_at >= since)
    if until is not None:
        conditions.append(_d.created_at < until)
    return conditions


def _free_lanes(connection: Connection, now: datetime, limit: int, carrier: Carrier | None) -> list[str]:
    statement = (
        select(_l.lane)
        .where(
            _l.due_at <= now,
            or_(_l.ready_at.is_(None), _l.ready_at <= now),
            or_(_l.lease_until.is_(None), _l.lease_until <= now),
            true() if carrier is None else _l.carrier == carrier.value,
        )
        .order_by(_l.due_at)
        .limit(limit)
        # On SQLite the clause is dropped: there the writer's lock holds everything already.
        .with_for_update(skip_locked=True)
    )
    return list((connection.execute(statement)).scalars())


def _claim_head(connection: Connection, lane: str, now: datetime, lease_until: datetime) -> Delivery | None:
    blocked = exists().where(
        _earlier.c.request_id == _d.request_id,
        _earlier.c.lane == _d.lane,
        _earlier.c.state == "queued",
        _earlier.c.seq < _d.seq,
    )
    statement = (
        select(tables.deliveries)
        .where(_d.lane == lane, _d.state == "queued", _d.due_at <= now, ~blocked)
        .order_by(_d.seq)
        .limit(1)
    )
    row = (connection.execute(statement)).mappings().first()
    if row is None:
        _reschedule(connection, lane)
        return None
    attempt = row["attempt"] + 1
    connection.execute(update(tables.deliveries).where(_d.seq == row["seq"]).values(attempt=attempt))
    connection.execute(update(tables.lanes).where(_l.lane == lane).values(lease_until=lease_until))
    return _delivery(row, attempt)


def _record(
    connection: Connection,
    delivery: Delivery,
    attempt: Attempt,
    retry_at: datetime | None,
    now: datetime,
) -> bool:
    values: dict[str, Any] = {"last_status": attempt.status, "last_error": attempt.error}
    if attempt.fate is Fate.RETRY:
        values["due_at"] = retry_at
    else:
        values |= {"state": attempt.fate.value, "done_at": now}
    # The attempt's number is the fence: whoever lost the lease cannot complete.
    mine = and_(_d.id == delivery.id, _d.state == "queued", _d.attempt == delivery.attempt)
    done = connection.execute(update(tables.deliveries).where(mine).values(values))
    return done.rowcount == 1


def _free(connection: Connection, lane: str, now: datetime, attempt: Attempt) -> None:
    pause = attempt.pause_lane
    values = {
        "lease_until": None,
        "ready_at": None if pause is None else now + pause,
        "failing_since": None
        if attempt.fate is Fate.DELIVERED
        else func.coalesce(_l.failing_since, bindparam("now", now, _l.failing_since.type)),
    }
    connection.execute(update(tables.lanes).where(_l.lane == lane).values(values))
    _reschedule(connection, lane)


def _reschedule(connection: Connection, lane: str) -> None:
    """The lane is due when the earliest of its queued messages is that may go."""
    blocked = exists().where(
        _earlier.c.request_id == _d.request_id,
        _earlier.c.lane == _d.lane,
        _earlier.c.state == "queued",
        _earlier.c.seq < _d.seq,
    )
    earliest = select(func.min(_d.due_at)).where(_d.lane == lane, _d.state == "queued", ~blocked)
    connection.execute(update(tables.lanes).where(_l.lane == lane).values(due_at=earliest.scalar_subquery()))


def _delivery(row: Any, attempt: int) -> Delivery:
    return Delivery(
        id=row["id"],
        project=ProjectId(row["project_id"]),
        carrier=Carrier(row["carrier"]),
        lane=row["lane"],
        topic=row["topic"],
        request_id=None if row["request_id"] is None else RequestId(row["request_id"]),
        url=row["url"],
        signer=row["signer"],
        body=row["body"],
        intent=row["intent"],
        attempt=attempt,
        created_at=row["created_at"],
        seq=row["seq"],
    )
