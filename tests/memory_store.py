"""The store's contract in plain dictionaries: what the tests of the core run on.

Loads are counted from the requests each time they are asked for, so they cannot drift.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from approvals.applying import Wanted
from approvals.errors import RequestNotFound
from approvals.events import Event, RecordedEvent
from approvals.ids import RequestRef
from approvals.keys import mint_webhook_secret
from approvals.model import (
    ApprovalRequest,
    KeyId,
    ProjectId,
    RequestId,
    Roster,
    SentinelId,
    State,
)
from approvals.outbox import Outgoing
from approvals.ports import Listing, Remembered, Unit
from store import chain
from tests.memory_desk import MemoryAgenda, MemoryCards, MemoryKeys, MemoryPromises
from tests.memory_outbox import MemoryOutbox
from tests.memory_roster import applied, changed, holder, with_loads

T = TypeVar("T")


class StaleWrite(Exception):
    """A unit wrote a request that is not the next version of what is kept."""


@dataclass
class Tenant:
    """What is kept of one project. `remembered` is by scope and key."""

    roster: Roster
    requests: dict[RequestId, ApprovalRequest] = field(default_factory=dict)
    links: list[chain.Link] = field(default_factory=list)
    remembered: dict[tuple[str, str], Remembered] = field(default_factory=dict)
    ratings: list[tuple[RequestId, int, str | None]] = field(default_factory=list)
    last_number: int = 0

    def find(self, ref: RequestRef) -> ApprovalRequest:
        """One request by its id or number."""
        for request in self.requests.values():
            if ref in {request.id, request.number}:
                return request
        raise RequestNotFound(ref)

    def timeline(self, request_id: RequestId) -> list[RecordedEvent]:
        """The events of one request, oldest first."""
        return [chain.read(link.record, link.hash) for link in self.links if link.request_id == request_id]


@dataclass
class MemoryUnit:
    """What one function reads and wants written. Nothing is kept before `MemoryStore` keeps it."""

    project: ProjectId
    tenant: Tenant
    usage: dict[tuple[KeyId, str], int]
    now: datetime
    written: dict[RequestId, ApprovalRequest] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    messages: list[Outgoing] = field(default_factory=list)
    kept: dict[tuple[str, str], Remembered] = field(default_factory=dict)
    counted: list[tuple[KeyId, str]] = field(default_factory=list)
    rated: list[tuple[RequestId, int, str | None]] = field(default_factory=list)
    people: dict[SentinelId, dict[str, object]] = field(default_factory=dict)
    wanted: Wanted | None = None
    numbers: int = 0

    @property
    def roster(self) -> Roster:
        """The roster with this unit's own changes and the loads that follow from its requests."""
        return with_loads(changed(self.tenant.roster, self.people), self.tenant.requests | self.written)

    async def request(self, ref: RequestRef) -> ApprovalRequest:
        return self.tenant.find(ref)

    async def by_external_id(self, external_id: str) -> ApprovalRequest | None:
        mine = [r for r in self.tenant.requests.values() if "fingerprint" in r.wire]
        return next((r for r in mine if r.external_id == external_id), None)

    async def timeline(self, request_id: RequestId) -> Sequence[RecordedEvent]:
        return self.tenant.timeline(request_id)

    async def due(self, limit: int) -> Sequence[ApprovalRequest]:
        due = [(r.due_at, r.number, r) for r in self.tenant.requests.values() if r.due_at is not None]
        return [r for at, _, r in sorted(due, key=lambda entry: entry[:2]) if at <= self.now][:limit]

    async def pending(self, limit: int, after: ApprovalRequest | None = None) -> Sequence[ApprovalRequest]:
        waiting = [r for r in self.tenant.requests.values() if r.state is State.PENDING]
        queue = sorted(waiting, key=_place)
        return [r for r in queue if after is None or _place(r) > _place(after)][:limit]

    async def assigned_to(self, sentinel: SentinelId, limit: int) -> Sequence[ApprovalRequest]:
        held = [r for r in self.tenant.requests.values() if holder(r) == sentinel]
        return sorted(held, key=lambda r: r.number)[:limit]

    async def remembered(self, scope: str, key: str) -> Remembered | None:
        return self.tenant.remembered.get((scope, key))

    async def used(self, key_id: KeyId, period: str) -> int:
        return self.usage.get((key_id, period), 0)

    def open_of(self, key_id: KeyId) -> int:
        known = (self.tenant.requests | self.written).values()
        return sum(r.key_id == key_id and not r.state.terminal for r in known)

    def next_number(self) -> int:
        self.numbers += 1
        return self.tenant.last_number + self.numbers

    def add(self, request: ApprovalRequest, events: Sequence[Event]) -> None:
        if request.id in self.tenant.requests | self.written:
            raise StaleWrite(request.id)
        self._write(request, events)

    def save(self, request: ApprovalRequest, events: Sequence[Event]) -> None:
        before = (self.tenant.requests | self.written)[request.id]
        if request.version != before.version + 1:
            raise StaleWrite(request.id)
        self._write(request, events)

    def note(self, events: Sequence[Event]) -> None:
        self.events.extend(events)

    def send(self, messages: Iterable[Outgoing]) -> None:
        self.messages.extend(messages)

    def rate(self, request_id: RequestId, rating: int, comment: str | None) -> None:
        self.rated.append((request_id, rating, comment))

    def remember(self, scope: str, key: str, what: Remembered) -> None:
        self.kept[scope, key] = what

    def count(self, key_id: KeyId, period: str) -> None:
        self.counted.append((key_id, period))

    def apply(self, wanted: Wanted) -> None:
        self.wanted = wanted

    def change_sentinel(self, sentinel_id: SentinelId, **changes: object) -> None:
        assert sentinel_id in self.tenant.roster.sentinels
        self.people.setdefault(sentinel_id, {}).update(changes)

    def _write(self, request: ApprovalRequest, events: Sequence[Event]) -> None:
        before = (self.tenant.requests | self.written).get(request.id)
        holds = holder(request)
        if holds is not None and (before is None or holder(before) != holds):
            self.change_sentinel(holds, last_assigned_at=self.now)
        self.written[request.id] = request
        self.events.extend(events)


class MemoryStore:
    """All of `approvals.ports`, in memory. One unit runs at a time; `clock` says what time it is."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = asyncio.Lock()
        self._usage: dict[tuple[KeyId, str], int] = {}
        self.tenants: dict[ProjectId, Tenant] = {}
        self.outbox = MemoryOutbox(clock)
        self.keys = MemoryKeys(clock, self._usage)
        self.cards = MemoryCards(clock, self.write, self.requests_of, self.outbox)
        self.promises = MemoryPromises()
        self.agenda = MemoryAgenda(clock, self.open_requests, self.rosters)

    async def write(self, project: ProjectId, work: Callable[[Unit], Awaitable[T]]) -> T:
        async with self._lock:
            tenant = self.tenants.setdefault(project, Tenant(Roster(project)))
            unit = MemoryUnit(project, tenant, self._usage, self._clock())
            result = await work(unit)
            self._keep(unit)
            return result

    async def request(self, project: ProjectId, ref: RequestRef) -> ApprovalRequest:
        return self._tenant(project).find(ref)

    async def timeline(self, project: ProjectId, request_id: RequestId) -> Sequence[RecordedEvent]:
        return self._tenant(project).timeline(request_id)

    async def roster(self, project: ProjectId) -> Roster:
        return with_loads(self._tenant(project).roster, self._tenant(project).requests)

    async def listing(self, project: ProjectId, listing: Listing) -> Sequence[ApprovalRequest]:
        found = [r for r in self._tenant(project).requests.values() if _listed(r, listing)]
        newest = sorted(found, key=lambda r: -r.number)
        page = [r for r in newest if listing.before is None or r.number < listing.before]
        return page[listing.offset :][: listing.limit]

    async def count(self, project: ProjectId, listing: Listing) -> int:
        return sum(_listed(r, listing) for r in self._tenant(project).requests.values())

    def requests_of(self, project: ProjectId) -> Iterable[ApprovalRequest]:
        """All requests of a project."""
        return self._tenant(project).requests.values()

    def open_requests(self) -> list[ApprovalRequest]:
        """The open requests of all projects."""
        every = (r for tenant in self.tenants.values() for r in tenant.requests.values())
        return [r for r in every if not r.state.terminal]

    def rosters(self) -> list[Roster]:
        """The rosters of all projects."""
        return [tenant.roster for tenant in self.tenants.values()]

    def _tenant(self, project: ProjectId) -> Tenant:
        return self.tenants.get(project) or Tenant(Roster(project))

    def _keep(self, unit: MemoryUnit) -> None:
        tenant = unit.tenant
        tenant.requests.update(unit.written)
        tenant.last_number += unit.numbers
        tenant.remembered.update(unit.kept)
        tenant.ratings.extend(unit.rated)
        for event in unit.events:
            previous = tenant.links[-1].hash if tenant.links else ""
            tenant.links.append(chain.seal(len(tenant.links) + 1, previous, event))
        for counted in unit.counted:
            self._usage[counted] = self._usage.get(counted, 0) + 1
        self.outbox.take(unit.project, unit.messages)
        tenant.roster = changed(tenant.roster, unit.people)
        if unit.wanted is not None:
            tenant.roster = applied(tenant.roster, unit.wanted)
            for endpoint in tenant.roster.endpoints:
                self.keys.signers.setdefault(f"endpoint:{endpoint.id}", [mint_webhook_secret()])


def _place(request: ApprovalRequest) -> tuple[int, int]:
    """Place in the queue: the agent's priority, then age."""
    return request.priority.rank, request.number


def _listed(request: ApprovalRequest, listing: Listing) -> bool:
    wire = request.wire
    wanted = [
        (listing.agent_id, request.agent_id),
        (listing.external_id, request.external_id),
        (listing.request_type, request.request_type),
        (listing.title, request.title),
        (listing.template_id, wire.get("template_id")),
        (listing.framework, wire.get("framework")),
        (listing.assignee, request.assigned_to),
    ]
    fits = all(asked is None or asked == has for asked, has in wanted)
    return fits and (listing.outcomes is None or word(request) in listing.outcomes)


def word(request: ApprovalRequest) -> str:
    """The word by which a listing asks for the request's state."""
    if request.state is State.ASSIGNED and request.started_at is not None:
        return "started"
    return request.outcome or request.state.value
