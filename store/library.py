"""Templates, teams and totals of a project."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, delete, func, insert, select, update

from approvals.errors import InvalidField
from approvals.library import Stats, Template
from approvals.model import ProjectId, SentinelId, Team
from approvals.outbox import Outgoing
from store import projects, tables
from store.connections import Engines, reading
from store.flush import put, raise_lanes
from store.mapping import team_from_row, template_from_row
from store.unit import delivery_row
from store.writer import Writer

_t = tables.templates.c
_m = tables.teams.c


class SqlLibrary:
    """The store's `Library` (see `approvals.ports.Library`)."""

    def __init__(self, writer: Writer, engines: Engines) -> None:
        self._writer = writer
        self._engines = engines

    async def template(self, project: ProjectId, template_id: str) -> Template | None:
        statement = select(tables.templates).where(_t.project_id == project, _t.id == template_id)
        rows = await self._rows(statement)
        return template_from_row(rows[0]) if rows else None

    async def templates(self, project: ProjectId, limit: int, offset: int) -> tuple[Sequence[Template], int]:
        mine = _t.project_id == project
        page = select(tables.templates).where(mine).order_by(_t.created_at, _t.id)
        rows = await self._rows(page.limit(limit).offset(offset))
        total = await self._rows(select(func.count().label("n")).select_from(tables.templates).where(mine))
        return [template_from_row(row) for row in rows], total[0]["n"]

    async def put_template(self, template: Template, messages: Iterable[Outgoing]) -> bool:
        row = _template_to_row(template)
        waiting = list(messages)

        def job(connection: Connection, now: datetime) -> bool:
            held = select(_t.version).where(_t.id == template.id, _t.project_id == template.project)
            version = (connection.execute(held.with_for_update())).scalar()
            if (version or 0) != template.version - 1:
                return False
            put(connection, tables.templates, ["id"], row)
            if waiting:
                rows = [delivery_row(template.project, message, now) for message in waiting]
                connection.execute(insert(tables.deliveries), rows)
                raise_lanes(connection, rows)
            return True

        return await self._writer.run(job)

    async def delete_template(self, project: ProjectId, template_id: str) -> bool:
        def job(connection: Connection, now: datetime) -> bool:
            mine = delete(tables.templates).where(_t.id == template_id, _t.project_id == project)
            return (connection.execute(mine)).rowcount == 1

        return await self._writer.run(job)

    async def create_team(self, project: ProjectId, name: str, description: str | None) -> Team:
        team = Team(f"team_{uuid4().hex}", name, description)

        def job(connection: Connection, now: datetime) -> None:
            rows = projects.lock_rows(connection, {project})
            taken = connection.execute(select(_m.name).where(_m.project_id == project))
            if not rows or name.casefold() in {held.casefold() for held in taken.scalars()}:
                raise InvalidField("name", "has already been taken")
            row = {"id": team.id, "project_id": project, "name": name, "description": description}
            connection.execute(insert(tables.teams), {**row, "members": []})
            projects.bump(connection, project)

        await self._writer.run(job)
        self._writer.forget(project)
        return team

    async def join_team(self, project: ProjectId, team_id: str, member: SentinelId) -> Team | None:
        def job(connection: Connection, now: datetime) -> Team | None:
            projects.lock_rows(connection, {project})
            mine = select(tables.teams).where(_m.id == team_id, _m.project_id == project)
            row = (connection.execute(mine)).mappings().first()
            if row is None:
                return None
            team = team_from_row(row)
            members = tuple(dict.fromkeys((*team.members, member)))
            connection.execute(update(tables.teams).where(_m.id == team_id).values(members=list(members)))
            projects.bump(connection, project)
            return replace(team, members=members)

        team = await self._writer.run(job)
        self._writer.forget(project)
        return team

    async def stats(self, project: ProjectId) -> Stats:
        n = tables.tallies.c
        f = tables.feedback.c
        counted = await self._rows(
            select(n.status, n.requests).where(n.project_id == project, n.facet == "all", n.requests > 0)
        )
        rated = await self._rows(
            select(func.count().label("n"), func.avg(f.rating).label("mean")).where(f.project_id == project)
        )
        mean = rated[0]["mean"]
        return Stats(
            by_outcome={row["status"]: row["requests"] for row in counted},
            ratings=rated[0]["n"],
            average_rating=None if mean is None else round(float(mean), 2),
        )

    async def _rows(self, statement: Any) -> Sequence[Any]:
        return await reading(self._engines.rows(statement))


def _template_to_row(template: Template) -> dict[str, Any]:
    return {
        "id": template.id,
        "project_id": template.project,
        "name": template.name,
        "description": template.description,
        "fields": [dict(f) for f in template.fields],
        "version": template.version,
        "created_at": template.created_at,
        "updated_at": template.updated_at,
    }
