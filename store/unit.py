"""A unit of work: what one function reads and writes inside a shared transaction.

Writes are gathered, not sent: a unit whose function raises is simply dropped, and the
units that succeed are written together, one statement per table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from approvals import ids
from approvals.applying import Wanted
from approvals.errors import RequestNotFound
from approvals.events import Event, RecordedEvent
from approvals.ids import RequestRef
from approvals.model import (
    ApprovalRequest,
    KeyId,
    ProjectId,
    RequestId,
    Roster,
    Sentinel,
    SentinelId,
    State,
)
from approvals.outbox import TRACE, Outgoing
from approvals.ports import Remembered
from store.changes import Changes
from store.facets import facets, open_of
from store.projects import Project
from store.queries import Queries


class WorkUnit:
    """The store's `Unit` (see `approvals.ports.Unit`)."""

    def __init__(self, project: Project, queries: Queries, now: datetime, trace: str | None = None) -> None:
        """`trace` says in whose trace this is done, where that is known."""
        self._project = project
        self._trace = trace
        self._queries = queries
        self._now = now
        self._roster = project.roster
        self._numbers = 0
        self._own_roster = False
        self._reads: dict[RequestId, ApprovalRequest] = {}
        self.touched: set[SentinelId] = set()
        self.roster_changed = False
        self.changes = Changes()

    @property
    def now(self) -> datetime:
        return self._now

    @property
    def roster(self) -> Roster:
        return self._roster

    @property
    def numbers_taken(self) -> int:
        """How many request numbers this unit has used."""
        return self._numbers

    # Reading

    async def request(self, ref: RequestRef) -> ApprovalRequest:
        request = await self._queries.request(self._project.id, ref)
        if request is None:
            raise RequestNotFound(ref)
        return self._seen(request)

    async def by_external_id(self, external_id: str) -> ApprovalRequest | None:
        request = await self._queries.by_external_id(self._project.id, external_id)
        return None if request is None else self._seen(request)

    async def timeline(self, request_id: RequestId) -> Sequence[RecordedEvent]:
        return await self._queries.timeline(self._project.id, request_id)

    async def due(self, limit: int) -> Sequence[ApprovalRequest]:
        return self._all_seen(await self._queries.due(self._project.id, self._now, limit))

    async def pending(self, limit: int, after: ApprovalRequest | None = None) -> Sequence[ApprovalRequest]:
        return self._all_seen(await self._queries.pending(self._project.id, limit, after))

    async def assigned_to(self, sentinel: SentinelId, limit: int) -> Sequence[ApprovalRequest]:
        return self._all_seen(await self._queries.assigned_to(self._project.id, sentinel, limit))

    async def remembered(self, scope: str, key: str) -> Remembered | None:
        return await self._queries.remembered(self._project.id, scope, key)

    async def used(self, key_id: KeyId, period: str) -> int:
        return await self._queries.used(key_id, period)

    def open_of(self, key_id: KeyId) -> int:
        return self._project.open_by_key[key_id] + self.changes.tallies[open_of(key_id)]

    # Writing

    def next_number(self) -> int:
        self._numbers += 1
        return self._project.last_number + self._numbers

    def add(self, request: ApprovalRequest, events: Sequence[Event]) -> None:
        self.changes.added[request.id] = request
        self.changes.events.extend(events)
        self._shift_load(None, request)
        self.changes.tallies.update(facets(request))

    def save(self, request: ApprovalRequest, events: Sequence[Event]) -> None:
        before = self._before(request.id)
        if request.id in self.changes.added:
            self.changes.added[request.id] = request
        else:
            self.changes.saved[request.id] = request
        self.changes.events.extend(events)
        self._shift_load(before, request)
        # Not one at a time: what leaves one word for the same word does not count.
        self.changes.tallies.subtract(facets(before))
        self.changes.tallies.update(facets(request))

    def note(self, events: Sequence[Event]) -> None:
        self.changes.events.extend(events)

    def send(self, messages: Iterable[Outgoing]) -> None:
        self.changes.deliveries.extend(
            delivery_row(self._project.id, message, self._now, self._trace) for message in messages
        )

    def remember(self, scope: str, key: str, what: Remembered) -> None:
        self.changes.remembered.append(
            {
                "project_id": self._project.id,
                "scope": scope,
                "key": key,
                "body_sha256": what.body_sha256,
                "request_id": what.request_id,
                "answer": what.answer,
                "created_at": self._now,
            }
        )

    def rate(self, request_id: RequestId, rating: int, comment: str | None) -> None:
        self.changes.feedback.append(
            {
                "project_id": self._project.id,
                "request_id": request_id,
                "rating": rating,
                "comment": comment,
                "created_at": self._now,
            }
        )

    def count(self, key_id: KeyId, period: str) -> None:
        self.changes.usage.append({"key_id": key_id, "period": period, "used": 1})

    def apply(self, wanted: Wanted) -> None:
        self.changes.wanted = wanted
        self.roster_changed = True

    def change_sentinel(self, sentinel_id: SentinelId, **changes: object) -> None:
        self._set(replace(self._roster.sentinels[sentinel_id], **changes))  # type: ignore[arg-type]
        self.roster_changed = True

    # Bookkeeping

    def _seen(self, request: ApprovalRequest) -> ApprovalRequest:
        """Remember the version that was read: the write is guarded by it."""
        self._reads[request.id] = request
        return request

    def _all_seen(self, requests: Sequence[ApprovalRequest]) -> Sequence[ApprovalRequest]:
        return [self._seen(request) for request in requests]

    def _before(self, request_id: RequestId) -> ApprovalRequest:
        before = (
            self.changes.saved.get(request_id)
            or self.changes.added.get(request_id)
            or self._reads[request_id]
        )
        self.changes.read_version.setdefault(request_id, before.version)
        return before

    def _shift_load(self, before: ApprovalRequest | None, after: ApprovalRequest) -> None:
        """Keep each Sentinel's count of open requests true."""
        held, holds = _holder(before), _holder(after)
        if held == holds:
            return
        if held is not None and held in self._roster.sentinels:
            sentinel = self._roster.sentinels[held]
            self._set(replace(sentinel, load=sentinel.load - 1))
        if holds is not None:
            sentinel = self._roster.sentinels[holds]
            self._set(replace(sentinel, load=sentinel.load + 1, last_assigned_at=self._now))

    def _set(self, sentinel: Sentinel) -> None:
        if not self._own_roster:
            # The project's roster stays as it was until this unit has succeeded.
            self._roster = replace(self._roster, sentinels=dict(self._roster.sentinels))
            self._own_roster = True
        self._roster.sentinels[sentinel.id] = sentinel  # type: ignore[index]
        self.touched.add(sentinel.id)


def delivery_row(
    project: ProjectId, message: Outgoing, now: datetime, trace: str | None = None
) -> dict[str, Any]:
    """A message as a row of the outbox, with the id that it keeps at every try."""
    return {
        "id": f"msg_{ids.fresh(now)}",
        "project_id": project,
        "carrier": message.carrier.value,
        "lane": message.lane,
        "topic": message.topic,
        "request_id": message.request_id,
        "url": message.url,
        "signer": message.signer,
        "body": message.body,
        "intent": message.intent if trace is None else {**message.intent, TRACE: trace},
        "state": "queued",
        "attempt": 0,
        "due_at": message.not_before or now,
        "created_at": now,
    }


def _holder(request: ApprovalRequest | None) -> SentinelId | None:
    """Whose load an open request weighs on."""
    if request is None or request.state is not State.ASSIGNED:
        return None
    return request.assigned_to
