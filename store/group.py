"""One transaction of the writer: the projects it has locked and the units that share it.

It runs as one plain function on the writer's connection, and so in one hop to whatever thread
or driver that lives on. A unit's function is a coroutine, but all that it can wait for is done
at once, so it is simply run to its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar, cast

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from approvals.model import ApprovalRequest, KeyId, ProjectId
from failpoints import fail
from store import flush, projects
from store.changes import Changes
from store.facets import KEY
from store.notices import announce
from store.projects import Project
from store.queries import Queries
from store.unit import WorkUnit
from store.vault import Vault

T = TypeVar("T")


@dataclass(slots=True)
class Ticket:
    """One piece of work that waits for its commit. `project` None: a plain job.

    `trace` says in whose trace it was asked for.
    """

    project: ProjectId | None
    work: Callable[..., Any]
    future: asyncio.Future[Any]
    trace: str | None = None


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

    def __init__(self, vault: Vault, known: dict[ProjectId, Project]) -> None:
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

    def perform(
        self,
        tickets: Sequence[Ticket],
        clock: Callable[[Connection], datetime],
        replica: str | None,
        connection: Connection,
    ) -> None:
        """The whole transaction. `committing` tells how far it came if it raises.

        The projects are locked first and the clock is read then, so that what is decided is
        decided at a time when the lock is held.
        """
        fail("lock.before")
        connection.begin()
        self._lock({t.project for t in tickets if t.project is not None}, connection)
        fail("lock.after")
        self._now = clock(connection)
        for ticket in tickets:
            self._run(ticket, connection)
        self._write(connection)
        if replica is not None and self._wrote:
            announce(connection, replica)
        fail("commit.before")
        self.committing = True
        connection.commit()
        fail("commit.after")

    def _lock(self, ids: set[ProjectId], connection: Connection) -> None:
        if not ids:
            return
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

    def _run(self, ticket: Ticket, connection: Connection) -> None:
        """Run one unit or plain job; its own errors are its own result."""
        try:
            result = self._perform(ticket, connection)
        except (SQLAlchemyError, flush.LostUpdate):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a unit raises is its caller's answer
            self.results.append((ticket, None, error))
        else:
            self.results.append((ticket, result, None))

    def _perform(self, ticket: Ticket, connection: Connection) -> Any:
        if ticket.project is None:
            self._ran_job = True
            self._write(connection)
            return ticket.work(connection, self._now)
        unit = self._unit(ticket.project, connection, ticket.trace)
        result = _finished(ticket.work(unit))
        self._accept(ticket.project, unit, connection)
        return result

    def _write(self, connection: Connection) -> None:
        """Write everything that was gathered."""
        for project in tuple(self._gathered):
            self._write_project(project, connection)

    @property
    def _wrote(self) -> bool:
        """Whether other replicas have something to look at: a change of a project, or of keys."""
        return self.last_hash is not None or bool(self.committed.rosters) or self._ran_job

    def _unit(self, project: ProjectId, connection: Connection, trace: str | None) -> WorkUnit:
        gathered = self._gathered.setdefault(project, Changes())
        queries = Queries(connection, gathered, partial(self._write_project, project, connection))
        return WorkUnit(self._known[project], queries, self._now, trace)

    def _accept(self, project_id: ProjectId, unit: WorkUnit, connection: Connection) -> None:
        """The unit has succeeded: what it gathered now counts."""
        project = self._known[project_id]
        self._announce(project, unit)
        project.roster = unit.roster
        project.touched |= unit.touched
        project.last_number += unit.numbers_taken
        for (facet, value, _), more in unit.changes.tallies.items():
            if facet == KEY:
                project.open_by_key[KeyId(value)] += more
        if unit.roster_changed:
            project.version += 1
            project.roster = replace(project.roster, version=project.version)
        gathered = self._gathered[project_id]
        gathered.merge(unit.changes)
        if unit.changes.wanted is not None:
            self._write_project(project_id, connection)

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


def _finished(work: Coroutine[Any, Any, T]) -> T:
    """The result of a unit's function, which waits for nothing but its unit, and so never has to."""
    try:
        work.send(None)
    except StopIteration as done:
        return cast(T, done.value)
    work.close()
    raise RuntimeError("a unit of work waited for something that is not its unit")
