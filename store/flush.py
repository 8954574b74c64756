"""Writing what a group has gathered: one statement per table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, case, insert, update
from sqlalchemy.dialects import postgresql, sqlite

from approvals.events import Event
from approvals.model import ApprovalRequest
from failpoints import fail
from store import chain, tables
from store.bulk import insert_rows
from store.changes import Changes
from store.mapping import request_to_row, sentinel_to_row
from store.projects import Project
from store.roster import apply_wanted
from store.vault import Vault

_r = tables.requests.c
_INSERT_FEEDBACK = insert(tables.feedback)
_GUARDED_UPDATE = (
    update(tables.requests)
    .where(_r.id == bindparam("guard_id"), _r.version == bindparam("guard_version"))
    .values({column.name: bindparam(column.name) for column in _r if column.name != "id"})
)
_s = tables.sentinels.c
_UPDATE_SENTINEL = (
    update(tables.sentinels)
    .where(_s.project_id == bindparam("guard_project"), _s.number == bindparam("guard_number"))
    .values({c.name: bindparam(c.name) for c in _s if c.name not in {"project_id", "number"}})
)
_p = tables.projects.c
_UPDATE_PROJECT = (
    update(tables.projects)
    .where(_p.id == bindparam("guard_project"))
    .values(
        {name: bindparam(name) for name in ("chain_n", "chain_hash", "last_number", "last_sentinel")}
        # A plain job of the same group may have raised it meanwhile; it never falls.
        | {"version": case((_p.version > bindparam("known"), _p.version), else_=bindparam("known"))}
    )
)


class LostUpdate(Exception):
    """Somebody else changed the request between the read and the write; nothing was written."""


def write(connection: Connection, project: Project, changes: Changes, now: datetime, vault: Vault) -> None:
    """Send a project's gathered changes to the database, in the open transaction."""
    if changes.wanted is not None:
        apply_wanted(connection, project, changes.wanted, now, vault)
    if changes.added:
        insert_rows(connection, tables.requests, [request_to_row(r) for r in changes.added.values()])
    for request in changes.saved.values():
        fail("guard.before")
        _save(connection, request, changes.read_version[request.id])
        fail("guard.after")
    if changes.events:
        fail("event.before")
        insert_rows(connection, tables.events, _sealed(project, changes.events))
        fail("event.after")
    if changes.deliveries:
        fail("outbox.before")
        insert_rows(connection, tables.deliveries, changes.deliveries)
        raise_lanes(connection, changes.deliveries)
        fail("outbox.after")
    if changes.remembered:
        insert_rows(connection, tables.idempotency, changes.remembered)
    if changes.feedback:
        connection.execute(_INSERT_FEEDBACK, changes.feedback)
    if changes.usage:
        connection.execute(_upsert_usage(connection.dialect.name), changes.usage)
    _tally(connection, project, changes)
    _write_project(connection, project)


def raise_lanes(connection: Connection, messages: Sequence[dict[str, Any]]) -> None:
    """Let the lanes of these messages be due no later than the messages are."""
    earliest: dict[tuple[str, str], datetime] = {}
    for message in messages:
        lane = (message["lane"], message["carrier"])
        earliest[lane] = min(earliest.get(lane, message["due_at"]), message["due_at"])
    # In one order on every replica, so that two of them never wait for each other.
    rows = [{"lane": lane, "carrier": by, "due_at": due} for (lane, by), due in sorted(earliest.items())]
    connection.execute(_upsert_lanes(connection.dialect.name), rows)


def _save(connection: Connection, request: ApprovalRequest, read_version: int) -> None:
    row = request_to_row(request)
    guard = {"guard_id": row.pop("id"), "guard_version": read_version}
    done = connection.execute(_GUARDED_UPDATE, row | guard)
    if done.rowcount != 1:
        raise LostUpdate(request.id)


def _sealed(project: Project, events: Sequence[Event]) -> list[dict[str, Any]]:
    rows = []
    for event in events:
        link = chain.seal(project.chain_n + 1, project.chain_hash, event)
        project.chain_n, project.chain_hash = link.n, link.hash
        rows.append(
            {
                "project_id": project.id,
                "n": link.n,
                "request_id": link.request_id,
                "record": link.record,
                "hash": link.hash,
            }
        )
    return rows


def _write_project(connection: Connection, project: Project) -> None:
    if project.touched:
        rows = [sentinel_to_row(project.id, project.roster.sentinels[n]) for n in sorted(project.touched)]
        guards = [{"guard_project": r.pop("project_id"), "guard_number": r.pop("number")} for r in rows]
        connection.execute(_UPDATE_SENTINEL, [{**r, **g} for r, g in zip(rows, guards, strict=True)])
        project.touched.clear()
    connection.execute(
        _UPDATE_PROJECT,
        {
            "guard_project": project.id,
            "known": project.version,
            "chain_n": project.chain_n,
            "chain_hash": project.chain_hash,
            "last_number": project.last_number,
            "last_sentinel": project.last_sentinel,
        },
    )


def _tally(connection: Connection, project: Project, changes: Changes) -> None:
    rows = [
        {"project_id": project.id, "facet": facet, "value": value, "status": status, "requests": more}
        for (facet, value, status), more in sorted(changes.tallies.items())
        if more
    ]
    if not rows:
        return
    connection.execute(_upsert_tallies(connection.dialect.name), rows)


@cache
def _upsert_lanes(dialect: str) -> Any:
    statement = _insert(dialect, tables.lanes)
    due, new = tables.lanes.c.due_at, statement.excluded.due_at
    sooner = case((due.is_(None), new), (due > new, new), else_=due)
    return statement.on_conflict_do_update(index_elements=["lane"], set_={"due_at": sooner})


@cache
def _upsert_usage(dialect: str) -> Any:
    statement = _insert(dialect, tables.usage)
    more = {"used": tables.usage.c.used + statement.excluded.used}
    return statement.on_conflict_do_update(index_elements=["key_id", "period"], set_=more)


@cache
def _upsert_tallies(dialect: str) -> Any:
    statement = _insert(dialect, tables.tallies)
    more = {"requests": tables.tallies.c.requests + statement.excluded.requests}
    key = ["project_id", "facet", "value", "status"]
    return statement.on_conflict_do_update(index_elements=key, set_=more)


def upsert(connection: Connection, table: Any) -> Any:
    """An INSERT that can say ON CONFLICT, in the dialect of the connection."""
    return _insert(connection.dialect.name, table)


def put(connection: Connection, table: Any, key: Sequence[str], *rows: Mapping[str, Any]) -> None:
    """Write whole rows, new or in the place of those with the same key. All have the same columns."""
    statement = upsert(connection, table)
    fresh = {name: statement.excluded[name] for name in rows[0] if name not in key}
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=fresh), list(rows))


def _insert(dialect: str, table: Any) -> Any:
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)
