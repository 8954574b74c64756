"""The open requests of each key, counted anew where the tallies are not what a count says.

A replica of an older release, at work beside this one during an upgrade, makes and ends requests
without tallying them by key. Each start puts that right.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from approvals.model import ProjectId
from store import projects, tables
from store.facets import KEY
from store.writer import Writer

_r = tables.requests.c
_t = tables.tallies.c
_OPEN = ("pending", "assigned", "started")


async def recount(writer: Writer, project: ProjectId) -> bool:
    """Whether a project's tallies by key had to be put right."""

    def job(connection: Connection, now: datetime) -> bool:
        # Nobody makes or ends a request of the project meanwhile.
        projects.lock_rows(connection, {project})
        counted, tallied = _counted(connection, project), _tallied(connection, project)
        if counted == tallied:
            return False
        _put(connection, project, counted)
        # Every process reads the project anew, its counts too.
        projects.bump(connection, project)
        return True

    changed = await writer.run(job)
    if changed:
        writer.forget(project)
    return changed


def _counted(connection: Connection, project: ProjectId) -> dict[str, int]:
    # By status, which an index answers: what has ended is not looked at.
    mine = select(_r.key_id, func.count()).where(_r.project_id == project, _r.status.in_(_OPEN))
    return dict(connection.execute(mine.group_by(_r.key_id)).all())


def _tallied(connection: Connection, project: ProjectId) -> dict[str, int]:
    mine = select(_t.value, _t.requests).where(_t.project_id == project, _t.facet == KEY)
    return dict(connection.execute(mine.where(_t.requests != 0)).all())


def _put(connection: Connection, project: ProjectId, counted: Mapping[str, int]) -> None:
    mine = delete(tables.tallies).where(_t.project_id == project, _t.facet == KEY)
    connection.execute(mine)
    rows = [
        {"project_id": project, "facet": KEY, "value": key, "status": "open", "requests": count}
        for key, count in counted.items()
    ]
    if rows:
        connection.execute(insert(tables.tallies), rows)
