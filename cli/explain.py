"""`explain`: why a request goes where it goes, or where one would go."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from api.desk import translate
from app import Desk
from approvals import ids, routing
from approvals.domains import slug
from approvals.model import ApprovalRequest, Dialect, KeyId, ProjectId, Roster
from approvals.routing import Considered
from cli import output
from cli.failure import MISUSED, CommandFailed
from cli.opened import on_desk, project_named, reference
from cli.options import DEFAULT_PROJECT, AsJson, Project

_REASONS = {
    None: "can receive it",
    "inactive": "is deactivated",
    "domain": "does not hold this domain",
    "jurisdiction": "does not cover this jurisdiction",
    "requester": "is who it was made for",
    "key_owner": "owns the agent's key",
    "escalated_it": "has sent it up already",
    "tier_too_low": "stands below the tier that it has reached",
    "away": "is away",
    "full": "has as many open requests as they can take",
}

Explained = tuple[ApprovalRequest, list[Considered]]


def explain(
    request_id: Annotated[str | None, typer.Argument(help="A request, by any form of its id.")] = None,
    project: Project = DEFAULT_PROJECT,
    domain: Annotated[str | None, typer.Option(help="Or: a domain, …")] = None,
    jurisdiction: Annotated[str | None, typer.Option(help="… a place such as Québec, …")] = None,
    request_type: Annotated[str, typer.Option("--type", help="… and a request type.")] = "judgment",
    requested_by: Annotated[str | None, typer.Option(help="For whom it would be made.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say for every Sentinel why a request goes to them or why not."""
    if (request_id is None) == (domain is None):
        raise CommandFailed("say either a request's id, or --domain and --jurisdiction", MISUSED)

    async def job(desk: Desk) -> Explained:
        known = await project_named(desk, project)
        if request_id is not None:
            return await desk.approvals.explain(known, reference(request_id), desk.clock())
        request = imagined(known, domain or "", jurisdiction, request_type, requested_by, desk.clock())
        return _considered(request, await desk.store.roster(known), desk.clock())

    request, considered = on_desk(job)
    if as_json:
        return output.json(translate.explained(request, considered))
    output.say(_headline(request, considered))
    return output.table(
        ("", "Sentinel", "tier", "why"), [_row(one) for one in considered], "nobody is on the roster"
    )


def imagined(
    project: ProjectId,
    domain: str,
    jurisdiction: str | None,
    request_type: str,
    requested_by: str | None,
    now: datetime,
) -> ApprovalRequest:
    """A request that nobody has made, to see where it would go."""
    known = slug(domain)
    if known is None:
        raise CommandFailed(f"{domain} cannot name a domain", MISUSED)
    return ApprovalRequest(
        id=ids.new_id(now),
        project=project,
        number=0,
        dialect=Dialect.HUMANLAYER,
        key_id=KeyId(""),
        agent_id="",
        request_type=request_type,
        domain=known,
        title="",
        summary="",
        created_at=now,
        updated_at=now,
        jurisdiction=jurisdiction,
        requested_by=requested_by,
    )


def _considered(request: ApprovalRequest, roster: Roster, now: datetime) -> Explained:
    return request, routing.explain(request, roster, now)


def _headline(request: ApprovalRequest, considered: list[Considered]) -> str:
    chosen = next((one.sentinel.name for one in considered if one.chosen), None)
    where = f"{request.domain}, {request.jurisdiction or 'any jurisdiction'}"
    goes = f"goes to {chosen}" if chosen else "waits: nobody can receive it now"
    return output.visible(f"{where}: {goes if request.state.terminal is False else 'has ended'}")


def _row(one: Considered) -> tuple[object, ...]:
    load = f", {one.sentinel.load} open" if one.reason is None else ""
    reason = _REASONS.get(one.reason, one.reason) or ""
    if one.in_place_of:
        reason += f" in the place of {one.in_place_of[0].name}, who is away"
    return ("→" if one.chosen else "", one.sentinel.name, one.sentinel.tier, reason + load)
