"""Making a project's roster what its `desk.yml` says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, delete, insert, update

from approvals.applying import Wanted, WantedSentinel, identity_of
from approvals.model import ProjectId, Sentinel, SentinelId
from store import tables
from store.endpoints import apply_endpoints
from store.mapping import domain_to_json, sentinel_to_row
from store.projects import Project
from store.vault import Vault


def apply_wanted(
    connection: Connection, project: Project, wanted: Wanted, now: datetime, vault: Vault
) -> None:
    """Write domains, Sentinels, intake and endpoints, and let the project's roster show them."""
    _domains(connection, project.id, wanted)
    sentinels = _sentinels(connection, project, wanted)
    endpoints = apply_endpoints(connection, project, wanted, now, vault)
    connection.execute(
        update(tables.projects).where(tables.projects.c.id == project.id),
        {
            "workspace": wanted.workspace,
            "operations_channel": wanted.operations_channel,
            "intake": dict(wanted.intake),
        },
    )
    project.roster = replace(
        project.roster,
        version=project.version,
        workspace=wanted.workspace,
        operations_channel=wanted.operations_channel,
        domains=dict(wanted.domains),
        sentinels=sentinels,
        intake=dict(wanted.intake),
        endpoints=endpoints,
    )


def _domains(connection: Connection, project: ProjectId, wanted: Wanted) -> None:
    connection.execute(delete(tables.domains).where(tables.domains.c.project_id == project))
    rows = [
        {"project_id": project, "slug": slug, "rules": domain_to_json(domain)}
        for slug, domain in wanted.domains.items()
    ]
    if rows:
        connection.execute(insert(tables.domains), rows)


def _sentinels(connection: Connection, project: Project, wanted: Wanted) -> dict[SentinelId, Sentinel]:
    """The roster's Sentinels afterwards. Who is not wanted any more is deactivated, never deleted."""
    known = {identity_of(s): s for s in project.roster.sentinels.values()}
    after = {s.id: replace(s, active=False, listed=False) for s in known.values()}
    for person in wanted.sentinels:
        before = known.get(person.identity)
        if before is None:
            project.last_sentinel += 1
            before = Sentinel(SentinelId(project.last_sentinel), person.name)
            row = sentinel_to_row(project.id, before)
            connection.execute(insert(tables.sentinels), row)
        after[before.id] = _as_wanted(before, person)
    project.touched.update(after)
    return after


def _as_wanted(before: Sentinel, person: WantedSentinel) -> Sentinel:
    """What the team writes wins; absence, load and a pinned Slack account stay."""
    # Whoever was deactivated by hand stays so; whoever comes back into the file is active again.
    active = before.active or not before.listed
    slack_team, slack_user = person.account(before)
    return replace(
        before,
        name=person.name,
        email=person.email,
        domains=person.domains,
        jurisdictions=person.jurisdictions,
        tier=person.tier,
        capacity=person.capacity,
        languages=person.languages,
        slack_team=slack_team,
        slack_user=slack_user,
        active=active,
        listed=True,
    )
