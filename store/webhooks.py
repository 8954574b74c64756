"""Webhook endpoints made and changed through an API or a command."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, insert, select

from approvals.applying import WantedEndpoint
from approvals.keys import mint_webhook_secret
from approvals.model import Endpoint, ProjectId
from store import projects, tables
from store.connections import Engines, reading
from store.endpoints import change, forgive, new_row
from store.mapping import endpoint_from_row
from store.vault import Vault
from store.writer import Job, Writer

T = TypeVar("T")

_e = tables.endpoints.c


class SqlEndpoints:
    """The store's `Endpoints` (see `approvals.ports.Endpoints`)."""

    def __init__(self, writer: Writer, engines: Engines, vault: Vault) -> None:
        self._writer = writer
        self._engines = engines
        self._vault = vault

    async def create(self, project: ProjectId, wanted: WantedEndpoint, source: str) -> tuple[Endpoint, str]:
        secret = mint_webhook_secret()

        def job(connection: Connection, now: datetime) -> Endpoint:
            row = new_row(project, wanted, source, secret, now, self._vault)
            connection.execute(insert(tables.endpoints), row)
            projects.bump(connection, project)
            return endpoint_from_row(row)

        return await self._on_roster(project, job), secret

    async def change(
        self,
        project: ProjectId,
        endpoint_id: str,
        *,
        url: str | None = None,
        events: tuple[str, ...] | None = None,
        active: bool | None = None,
    ) -> Endpoint | None:
        wanted = {"url": url, "events": None if events is None else list(events), "active": active}

        def job(connection: Connection, now: datetime) -> Endpoint | None:
            if _row(connection, project, endpoint_id) is None:
                return None
            change(connection, endpoint_id, now, **{k: v for k, v in wanted.items() if v is not None})
            if active:
                forgive(connection, endpoint_id)
            projects.bump(connection, project)
            return endpoint_from_row(_row(connection, project, endpoint_id))

        return await self._on_roster(project, job)

    async def delete(self, project: ProjectId, endpoint_id: str) -> bool:
        def job(connection: Connection, now: datetime) -> bool:
            done = connection.execute(
                delete(tables.endpoints).where(_e.id == endpoint_id, _e.project_id == project)
            )
            projects.bump(connection, project)
            return done.rowcount == 1

        return await self._on_roster(project, job)

    async def rotate(self, project: ProjectId, endpoint_id: str) -> str | None:
        secret = mint_webhook_secret()

        def job(connection: Connection, now: datetime) -> str | None:
            row = _row(connection, project, endpoint_id)
            if row is None:
                return None
            change(connection, endpoint_id, now, secrets=[self._vault.seal(secret), row["secrets"][0]])
            return secret

        return await self._writer.run(job)

    async def dates(self, project: ProjectId, endpoint_id: str) -> tuple[datetime, datetime] | None:
        row = await reading(self._engines.read(lambda connection: _row(connection, project, endpoint_id)))
        return None if row is None else (row["created_at"], row["updated_at"])

    async def _on_roster(self, project: ProjectId, job: Job[T]) -> T:
        """Run a job that changes what the roster shows."""
        result = await self._writer.run(job)
        self._writer.forget(project)
        return result


def _row(connection: Connection, project: ProjectId, endpoint_id: str) -> Any:
    mine = select(tables.endpoints).where(_e.id == endpoint_id, _e.project_id == project)
    return (connection.execute(mine)).mappings().first()
