"""A project as the writer holds it: its chain head, its counters and its roster with live loads.

What is held stays true between transactions as long as the project's row says so: every
write moves `chain_n` or `version`, so a write by another process is seen at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from approvals.model import KeyId, ProjectId, Roster, SentinelId
from store import tables
from store.facets import KEY
from store.mapping import domain_from_json, endpoint_from_row, sentinel_from_row, team_from_row


@dataclass(slots=True)
class Project:
    """The writer's view of one project.

    `open_by_key` counts each key's open requests, `touched` are Sentinels whose row must be written.
    """

    id: ProjectId
    version: int
    chain_n: int
    chain_hash: str
    last_number: int
    last_sentinel: int
    roster: Roster
    open_by_key: Counter[KeyId] = field(default_factory=Counter)
    touched: set[SentinelId] = field(default_factory=set)
    changed: bool = False

    @property
    def stamp(self) -> tuple[int, int]:
        """What tells whether somebody else has written since."""
        return self.chain_n, self.version


_p = tables.projects.c
# In one order on every replica, so that two of them never wait for each other.
_LOCK = (
    select(tables.projects)
    .where(_p.id.in_(bindparam("ids", expanding=True)))
    .order_by(_p.id)
    .with_for_update()
)


def lock_rows(connection: Connection, ids: Iterable[ProjectId]) -> dict[ProjectId, Any]:
    """The rows of these projects, locked until the transaction ends."""
    found = connection.execute(_LOCK, {"ids": sorted(ids)})
    return {ProjectId(row["id"]): row for row in found.mappings()}


def create(connection: Connection, project: ProjectId, now: datetime) -> None:
    """A new empty project."""
    row = tables.ProjectRow(id=project, created_at=now, intake={})
    connection.execute(tables.projects.insert(), row.model_dump())


def bump(connection: Connection, project: ProjectId) -> None:
    """Let every process read the project's roster anew."""
    p = tables.projects
    connection.execute(update(p).where(p.c.id == project).values(version=p.c.version + 1))


def load(connection: Connection, row: Any) -> Project:
    """A project from its locked row, with the whole roster."""
    return Project(
        id=ProjectId(row["id"]),
        version=row["version"],
        chain_n=row["chain_n"],
        chain_hash=row["chain_hash"],
        last_number=row["last_number"],
        last_sentinel=row["last_sentinel"],
        roster=load_roster(connection, row),
        open_by_key=_open_by_key(connection, row["id"]),
    )


def _open_by_key(connection: Connection, project: str) -> Counter[KeyId]:
    t = tables.tallies.c
    found = select(t.value, t.requests).where(t.project_id == project, t.facet == KEY, t.requests > 0)
    return Counter({KeyId(value): count for value, count in connection.execute(found)})


def load_roster(connection: Connection, row: Any) -> Roster:
    """The roster of a project from the database."""
    project = row["id"]
    sentinels = [sentinel_from_row(s) for s in _rows(connection, tables.sentinels, project)]
    domains = _rows(connection, tables.domains, project)
    endpoints = _rows(connection, tables.endpoints, project)
    teams = _rows(connection, tables.teams, project)
    return Roster(
        project=ProjectId(project),
        version=row["version"],
        workspace=row["workspace"],
        operations_channel=row["operations_channel"],
        domains={d["slug"]: domain_from_json(d["slug"], d["rules"]) for d in domains},
        sentinels={s.id: s for s in sorted(sentinels, key=lambda s: s.id)},
        intake=row["intake"],
        endpoints=tuple(endpoint_from_row(e) for e in endpoints),
        teams=tuple(team_from_row(t) for t in teams),
    )


def _rows(connection: Connection, table: Any, project: str) -> list[Any]:
    found = connection.execute(select(table).where(table.c.project_id == project))
    return list(found.mappings())
