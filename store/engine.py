"""Opening the store: one object with every port that the doors need."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy import Connection, select, text

from approvals.allowances import MemoryAllowances
from approvals.events import RecordedEvent
from approvals.figures import Figures
from approvals.ids import RequestRef
from approvals.model import ApprovalRequest, ProjectId, RequestId, Roster
from approvals.pacing import MemoryPacing
from approvals.ports import Alarms, Allowances, Listing, Pacing, Unit
from approvals.restoring import Head
from store import chain, meta, projects, tables
from store.agenda import SqlAgenda
from store.allowances import SqlAllowances
from store.auditor import SqlAuditor
from store.cards import SqlCards
from store.connections import Engines, open_engines, reading
from store.figures import figures
from store.group import Committed
from store.homes import SqlHomes
from store.installations import SqlInstallations
from store.keys import SqlKeys
from store.library import SqlLibrary
from store.notices import Elsewhere, Notices
from store.outbox import SqlOutbox
from store.pacing import SqlPacing
from store.promises import SqlPromises
from store.readiness import Readiness
from store.recount import recount
from store.requests import SqlRequests
from store.retention import Keep, SqlRetention
from store.signing import SqlSigningKeys
from store.vault import Vault
from store.webhooks import SqlEndpoints
from store.writer import Writer

T = TypeVar("T")

log = structlog.get_logger(__name__)

SLACK = "slack"
"""The flag that tells whether the desk speaks to Slack."""

CHUNK = 1_000
"""How many links of the chain are read at a time to verify it."""


class Store:
    """Everything that is kept. Fulfils `Store` and `Requests`; the other ports are attributes.

    `on_commit` hears of every commit of this process, `on_elsewhere` of those of others,
    both after the fact and on the event loop.
    """

    def __init__(
        self,
        engines: Engines,
        vault: Vault,
        pepper: str,
        clock: Callable[[], datetime] | None,
        alarms: Alarms | None = None,
        keep: Keep | None = None,
    ) -> None:
        self._engines = engines
        self.on_commit: list[Callable[[Committed], None]] = []
        self.on_elsewhere: list[Callable[[Elsewhere], Awaitable[None]]] = []
        self.writer = Writer(engines, vault, clock, self._committed)
        self.notices = Notices(engines, self._own_stamp, self._elsewhere)
        self.writer.replica = None if engines.sqlite else self.notices.replica
        self.writer.on_foreign = self.notices.met
        self.requests = SqlRequests(engines)
        self.outbox = SqlOutbox(self.writer, engines, alarms)
        self.cards = SqlCards(self.writer, engines)
        self.homes = SqlHomes(self.writer, engines)
        self.keys = SqlKeys(self.writer, engines, vault, pepper, clock)
        # One process serves a SQLite file: what it remembers is all there is.
        self.allowances: Allowances = MemoryAllowances() if engines.sqlite else SqlAllowances(engines)
        self.pacing: Pacing = MemoryPacing() if engines.sqlite else SqlPacing(engines)
        self.agenda = SqlAgenda(engines, clock)
        self.retention = SqlRetention(self.writer, keep or Keep())
        self.readiness = Readiness(self.writer, engines)
        self.endpoints = SqlEndpoints(self.writer, engines, vault)
        self.signing = SqlSigningKeys(self.writer, engines, vault)
        self.installations = SqlInstallations(self.writer, engines, vault)
        self.library = SqlLibrary(self.writer, engines)
        self.promises = SqlPromises(self.writer, vault)
        self.auditor = SqlAuditor(engines, clock)

    async def write(self, project: ProjectId, work: Callable[[Unit], Awaitable[T]]) -> T:
        """See `approvals.ports.Store.write`."""
        return await self.writer.write(project, work)

    async def request(self, project: ProjectId, ref: RequestRef) -> ApprovalRequest:
        """One request as last committed; raises RequestNotFound."""
        return await reading(self.requests.request(project, ref))

    async def anywhere(self, request_id: RequestId) -> ApprovalRequest:
        """A request of any project; for the desk's own use, never for a caller's."""
        return await self.requests.anywhere(request_id)

    async def listing(self, project: ProjectId, listing: Listing) -> Sequence[ApprovalRequest]:
        """A page of requests, newest first."""
        return await reading(self.requests.listing(project, listing))

    async def count(self, project: ProjectId, listing: Listing) -> int:
        """How many requests the listing has in all."""
        return await reading(self.requests.count(project, listing))

    async def timeline(self, project: ProjectId, request_id: RequestId) -> Sequence[RecordedEvent]:
        """All events of a request, oldest first."""
        return await reading(self.requests.timeline(project, request_id))

    async def roster(self, project: ProjectId) -> Roster:
        """The project's roster as last committed; from memory where this process knows it."""
        held = self.writer.project(project)
        if held is not None:
            return held.roster
        return await self._read_roster(project)

    async def verify(self, project: ProjectId) -> int:
        """Check a project's audit chain; its length. Raises BrokenChain with the first bad place."""
        n, head = 0, ""
        while links := await self._engines.read(partial(_links, project, n)):
            n, head = chain.verify(links, n, head)
        return await self._engines.read(partial(_at_head, project, n, head))

    async def recount(self) -> None:
        """Put right what an older release beside this one did not count."""
        for project in await self.agenda.projects():
            if await recount(self.writer, project):
                log.warning("open_requests_recounted", project=project)

    async def head(self, project: ProjectId) -> Head:
        """Where a project's audit chain ends, as last committed."""
        p = tables.projects.c
        rows = await self._engines.rows(select(p.chain_n, p.chain_hash).where(p.id == project))
        return Head(rows[0]["chain_n"], rows[0]["chain_hash"]) if rows else Head(0, "")

    async def slack(self) -> bool | None:
        """Whether the desk that is served here speaks to Slack; None where none was served yet."""
        flag = await self._engines.read(lambda connection: meta.read(connection, SLACK))
        return None if flag is None else bool(flag)

    async def note_slack(self, speaks: bool) -> None:
        """Let commands beside this server know whether somebody sends what they write to Slack."""
        if await self.slack() is not speaks:
            await self.writer.run(lambda connection, _: meta.put(connection, SLACK, int(speaks)))

    async def figures(self) -> Figures:
        """The desk in numbers, over all projects. Raises StoreUnavailable."""
        return await reading(self._engines.read(figures))

    async def ping(self) -> None:
        """Prove that a read goes through; raises what the driver raises."""
        await self._engines.rows(text("SELECT 1"))

    async def _read_roster(self, project: ProjectId) -> Roster:
        return await reading(self._engines.read(partial(_roster, project)))

    def _own_stamp(self, project: ProjectId) -> tuple[int, int] | None:
        held = self.writer.project(project)
        return None if held is None else held.stamp

    def _committed(self, committed: Committed) -> None:
        for hear in self.on_commit:
            hear(committed)

    async def _elsewhere(self, elsewhere: Elsewhere) -> None:
        for project in elsewhere.projects:
            self.writer.forget(project)
        if elsewhere.keys:
            await self.keys.reload()
        for hear in self.on_elsewhere:
            await hear(elsewhere)


@asynccontextmanager
async def open_store(
    url: str,
    *,
    secret: str,
    clock: Callable[[], datetime] | None = None,
    alarms: Alarms | None = None,
    keep: Keep | None = None,
) -> AsyncIterator[Store]:
    """A store over a migrated database.

    `secret` seals what must not lie open; `clock` replaces the database's time (tests); `alarms`
    words what operations are told of messages that are given up; `keep` says for how long.
    """
    engines = open_engines(url)
    store = Store(engines, Vault(secret), secret, clock, alarms, keep)
    store.writer.start()
    try:
        await store.keys.check_secret()
        await store.keys.reload()
        await store.notices.start()
        yield store
    finally:
        await store.notices.stop()
        await store.writer.stop()
        await engines.dispose()


def _links(project: ProjectId, n: int, connection: Connection) -> list[tuple[int, str, str]]:
    """The next links of a chain after place `n`."""
    e = tables.events.c
    statement = select(e.n, e.record, e.hash).where(e.project_id == project, e.n > n).order_by(e.n)
    return [(n, record, sealed) for n, record, sealed in connection.execute(statement.limit(CHUNK))]


def _at_head(project: ProjectId, n: int, head: str, connection: Connection) -> int:
    """`n`, if the chain ends where the project says it does; a cut tail is a break too."""
    p = tables.projects.c
    kept = connection.execute(select(p.chain_n, p.chain_hash).where(p.id == project)).first()
    if kept is not None and (kept[0], kept[1]) != (n, head):
        raise chain.BrokenChain(n + 1)
    return n


def _roster(project: ProjectId, connection: Connection) -> Roster:
    p = tables.projects
    row = connection.execute(select(p).where(p.c.id == project)).mappings().first()
    return Roster(project) if row is None else projects.load_roster(connection, row)
