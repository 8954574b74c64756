"""One transaction of the writer: the projects it has locked and the units that share it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from approvals.model import ApprovalRequest, ProjectId
from store import flush, projects
from store.changes import Changes
from store.connections import WritingConnection
from store.notices import announce
from store.projects import Project
from store.queries import Queries
from store.unit import WorkUnit
from store.vault import Vault


@dataclass(slots=True)
class Ticket:
    """One piece of work that waits for its commit. `project` None: a plain job."""

    project: ProjectId | None
    work: Callable[..., Any]
    future: asyncio.Future[Any]


@dataclass(slots=True)
class Committed:
    """What a commit changed, for those who wait or have something to do now.

    `freed` are projects in which a Sentinel may have become available, `rosters` those whose
    roster changed; `mail` says that messages wait to be sent.
    """

    requests: list[ApprovalRequest] = field(default_factory=list)
    freed: set[ProjectId] = field(default_factory=set)
    rosters: set[ProjectId] = field(default_factory=set)
    mail: bool = False


class Group:
    """Runs units one after the other and writes what they gathered."""

    def __init__(self, connection: WritingConnection, vault: Vault, known: dict[ProjectId, Project]) -> None:
        self._connection = connection
        self._vault = vault
        self._known = known
        self._now = datetime.min.replace(tzinfo=UTC)
        self._gathered: dict[ProjectId, Changes] = {}
        self.results: list[tuple[Ticket, Any, Exception | None]] = []
        self.committed = Committed()
        self.last_hash: str | None = None
        self._ran_job = False
        self.foreign: set[ProjectId] = set()
        self.committing = False

    def begin(
        self, ids: set[ProjectId], clock: Callable[[Connection], datetime], connection: Connection
    ) -> None:
        """Begin the transaction: lock these projects, make sure that what is known of them is true,
        and only then read the clock, so that what is decided is decided at a time when the lock is held.
        """
        connection.begin()
        if ids:
            self._lock(ids, connection)
        self._now = clock(connection)

    def _lock(self, ids: set[ProjectId], connection: Connection) -> None:
        rows = projects.lock_rows(connection, ids)
        for missing in sorted(ids - rows.keys()):
            projects.create(connection, missing, datetime.now(UTC))
            rows |= projects.lock_rows(connection, {missing})
        for project, row in rows.items():
            known = self._known.get(project)
            if known is None or known.stamp != (row["chain_n"], row["version"]):
                if known is not None:
                    self.foreign.add(project)
                self._known[project] = projects.load(connection, row)

    async def run(self, ticket: Ticket) -> None:
        """Run one unit or plain job; its own errors are its own result."""
        try:
            result = await self._perform(ticket)
        except (SQLAlchemyError, flush.LostUpdate):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a unit raises is its caller's answer
            self.results.append((ticket, None, error))
        else:
            self.results.append((ticket, result, None))

    def write(self, connection: Connection) -> None:
        """Write everything that was gathered."""
        for project in tuple(self._gathered):
            self._write_project(project, connection)

    def commit(self, replica: str | None, connection: Connection) -> None:
        """Write, tell the other replicas, commit. `committing` tells how far it came."""
        self.write(connection)
        if replica is not None and self.wrote:
            announce(connection, replica)
        self.committing = True
        connection.commit()

    @property
    def wrote(self) -> bool:
        """Whether other replicas have something to look at: a change of a project, or of keys."""
        return self.last_hash is not None or bool(self.committed.rosters) or self._ran_job

    async def _perform(self, ticket: Ticket) -> Any:
        if ticket.project is None:
            self._ran_job = True
            return await self._connection.run(partial(self._job, ticket))
        unit = self._unit(ticket.project)
        result = await ticket.work(unit)
        await self._accept(ticket.project, unit)
        return result

    def _unit(self, project: ProjectId) -> WorkUnit:
        gathered = self._gathered.setdefault(project, Changes())
        queries = Queries(self._connection, gathered, partial(self._flush, project))
        return WorkUnit(self._known[project], queries, self._now)

    async def _accept(self, project_id: ProjectId, unit: WorkUnit) -> None:
        """The unit has succeeded: what it gathered now counts."""
        project = self._known[project_id]
        self._announce(project, unit)
        project.roster = unit.roster
        project.touched |= unit.touched
        project.last_number += unit.numbers_taken
        if unit.roster_changed:
            project.version += 1
            project.roster = replace(project.roster, version=project.version)
        gathered = self._gathered[project_id]
        gathered.merge(unit.changes)
        if unit.changes.wanted is not None:
            await self._flush(project_id)

    def _announce(self, project: Project, unit: WorkUnit) -> None:
        changes = unit.changes
        self.committed.requests.extend((*changes.added.values(), *changes.saved.values()))
        self.committed.mail |= bool(changes.deliveries)
        if unit.roster_changed:
            self.committed.rosters.add(project.id)
        before = project.roster.sentinels
        freed = any(unit.roster.sentinels[n].load < before[n].load for n in unit.touched)
        if freed or unit.roster_changed:
            self.committed.freed.add(project.id)

    def _job(self, ticket: Ticket, connection: Connection) -> Any:
        self.write(connection)
        return ticket.work(connection, self._now)

    async def _flush(self, project_id: ProjectId) -> None:
        await self._connection.run(partial(self._write_project, project_id))

    def _write_project(self, project_id: ProjectId, connection: Connection) -> None:
        gathered = self._gathered.get(project_id)
        project = self._known[project_id]
        if not gathered and not project.touched:
            return
        # Emptied first: the object is shared with the queries of the unit that is running.
        changes = gathered.take() if gathered is not None else Changes()
        flush.write(connection, project, changes, self._now, self._vault)
        if changes.events:
            self.last_hash = project.chain_hash
