"""What has served its time leaves, in small batches: never an event, a request or a decision.

Messages that ended, answers under idempotency keys, deliveries from Slack that were seen. How long
they are kept is the team's to say; what is on its way, or belongs to an open request, stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, or_, select, tuple_

from store import meta, tables
from store.promises import NO_REQUEST
from store.writer import Writer

SIGHTINGS = timedelta(days=1)
"""Longer than Slack repeats anything, and than a signature is believed."""

_d = tables.deliveries.c
_i = tables.idempotency.c
_r = tables.requests.c
_s = tables.sightings.c
_l = tables.lanes.c


HORIZON = "pruned_until"
"""Under this name, in seconds since 1970: messages that ended earlier may be gone."""


def horizon(connection: Connection) -> datetime:
    """Before this, messages may be gone because they had served their time."""
    return datetime.fromtimestamp(meta.read(connection, HORIZON) or 0, UTC)


@dataclass(frozen=True, slots=True)
class Keep:
    """How long things are kept after their end; None: for ever."""

    deliveries: timedelta | None = timedelta(days=30)
    idempotency: timedelta | None = timedelta(days=30)


class SqlRetention:
    """The store's `Retention` (see `approvals.ports.Retention`)."""

    def __init__(self, writer: Writer, keep: Keep) -> None:
        self._writer = writer
        self._keep = keep

    async def prune(self, limit: int) -> int:
        def job(connection: Connection, now: datetime) -> int:
            return sum(step(connection, now, limit) for step in self._steps())

        return await self._writer.run(job)

    def _steps(self) -> Sequence[Callable[[Connection, datetime, int], int]]:
        keep = self._keep

        def deliveries(connection: Connection, now: datetime, limit: int) -> int:
            return 0 if keep.deliveries is None else _deliveries(connection, now - keep.deliveries, limit)

        def answers(connection: Connection, now: datetime, limit: int) -> int:
            return 0 if keep.idempotency is None else _answers(connection, now - keep.idempotency, limit)

        return deliveries, answers, _sightings


def _deliveries(connection: Connection, before: datetime, limit: int) -> int:
    # What is queued has no end yet, so its `done_at` is null.
    gone = _pruned(connection, tables.deliveries, (_d.seq,), _d.done_at < before, limit)
    if gone:
        meta.put(connection, HORIZON, max(ceil(before.timestamp()), meta.read(connection, HORIZON) or 0))
        # A queue that is empty for good is nobody's; endpoints and receivers come and go.
        idle = and_(_l.due_at.is_(None), or_(_l.lease_until.is_(None), _l.lease_until < before))
        connection.execute(delete(tables.lanes).where(idle, ~exists().where(_d.lane == _l.lane)))
    return gone


def _answers(connection: Connection, before: datetime, limit: int) -> int:
    # A request that is open, or ended lately, may still be asked for again.
    ended = exists().where(_r.id == _i.request_id, _r.ended_at < before)
    over = and_(_i.created_at < before, or_(_i.request_id == NO_REQUEST, ended))
    return _pruned(connection, tables.idempotency, (_i.project_id, _i.scope, _i.key), over, limit)


def _sightings(connection: Connection, now: datetime, limit: int) -> int:
    return _pruned(connection, tables.sightings, (_s.kind, _s.mark), _s.at < now - SIGHTINGS, limit)


def _pruned(connection: Connection, table: Any, key: Sequence[Any], condition: Any, limit: int) -> int:
    """Delete some of the rows of which this is true; how many there were. Replicas take different ones."""
    some = select(*key).where(condition).limit(limit).with_for_update(of=table, skip_locked=True)
    return connection.execute(delete(table).where(tuple_(*key).in_(some))).rowcount
