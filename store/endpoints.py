"""Webhook endpoints as rows, their secrets sealed, and making the file's what `desk.yml` says."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, insert, update

from approvals.applying import FILE, Wanted, WantedEndpoint
from approvals.keys import mint_webhook_secret
from approvals.model import Endpoint
from approvals.outbox import endpoint_signer
from store import tables
from store.mapping import endpoint_from_row
from store.projects import Project
from store.vault import Vault

_e = tables.endpoints.c


def apply_endpoints(
    connection: Connection, project: Project, wanted: Wanted, now: datetime, vault: Vault
) -> tuple[Endpoint, ...]:
    """Make the file's endpoints what is wanted; those made through an API stay. The endpoints afterwards."""
    theirs = [e for e in project.roster.endpoints if e.source != FILE]
    known = {(e.url, e.dialect): e for e in project.roster.endpoints if e.source == FILE}
    ours = [_keep(connection, project, known, w, now, vault) for w in wanted.endpoints]
    kept = {e.id for e in ours}
    for endpoint in known.values():
        if endpoint.id not in kept:
            change(connection, endpoint.id, now, active=False)
    return (*theirs, *ours)


def _keep(
    connection: Connection,
    project: Project,
    known: dict[tuple[str, Any], Endpoint],
    wanted: WantedEndpoint,
    now: datetime,
    vault: Vault,
) -> Endpoint:
    before = known.get((wanted.url, wanted.dialect))
    if before is None:
        row = new_row(project.id, wanted, FILE, mint_webhook_secret(), now, vault)
        connection.execute(insert(tables.endpoints), row)
        return endpoint_from_row(row)
    change(connection, before.id, now, active=True, events=list(wanted.events))
    if not before.active:
        forgive(connection, before.id)
    return Endpoint(before.id, before.url, before.dialect, wanted.events)


def new_row(
    project: str, wanted: WantedEndpoint, source: str, secret: str, now: datetime, vault: Vault
) -> dict[str, Any]:
    """A fresh endpoint as a row, its secret sealed."""
    return {
        "id": f"webhook_{uuid4().hex}",
        "project_id": project,
        "url": wanted.url,
        "dialect": wanted.dialect.value,
        "events": list(wanted.events),
        "active": True,
        "source": source,
        "secrets": [vault.seal(secret)],
        "created_at": now,
        "updated_at": now,
    }


def change(connection: Connection, endpoint_id: str, now: datetime, **values: Any) -> None:
    """Write some columns of an endpoint."""
    connection.execute(update(tables.endpoints).where(_e.id == endpoint_id), {**values, "updated_at": now})


def forgive(connection: Connection, endpoint_id: str) -> None:
    """An endpoint that is switched on again starts afresh: its old failures count no more."""
    lanes = tables.lanes
    mine = update(lanes).where(lanes.c.lane == endpoint_signer(endpoint_id))
    connection.execute(mine.values(failing_since=None))
