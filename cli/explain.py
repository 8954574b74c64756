"""`explain`: why a request goes where it goes, or where one would go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from api.desk import translate
from app import Desk
from approvals import ids, routing
from approvals.domains import slug
from approvals.events import EventKind, RecordedEvent
from approvals.model import ApprovalRequest, Dialect, KeyId, ProjectId, Roster
from approvals.places import suggest
from approvals.routing import Considered
from approvals.spelling import meant_domain, unknown_place
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

_HOLDS, _NEXT = "●", "→"
"""Who has it, and who would receive it were it routed now."""


def explain(
    request_id: Annotated[str | None, typer.Argument(help="A request, by any form of its id.")] = None,
    project: Project = DEFAULT_PROJECT,
    domain: Annotated[str | None, typer.Option(help="Or: a domain, …")] = None,
    jurisdiction: Annotated[str | None, typer.Option(help="… a place such as Québec, …")] = None,
    request_type: Annotated[str, typer.Option("--type", help="… and a request type.")] = "judgment",
    requested_by: Annotated[str | None, typer.Option(help="For whom it would be made.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say who has a request, and for every Sentinel why it would go to them now or why not."""
    if (request_id is None) == (domain is None):
        raise CommandFailed("say either a request's id, or --domain and --jurisdiction", MISUSED)

    async def job(desk: Desk) -> tuple[Explained, Sequence[RecordedEvent]]:
        known = await project_named(desk, project)
        if request_id is not None:
            explained = await desk.approvals.explain(known, reference(request_id), desk.clock())
            return explained, await desk.store.timeline(known, explained[0].id)
        request = imagined(known, domain or "", jurisdiction, request_type, requested_by, desk.clock())
        roster = await desk.store.roster(known)
        for doubt in _meant(request, roster):
            output.remark(output.visible(doubt))
        return _considered(request, roster, desk.clock()), ()

    (request, considered), timeline = on_desk(job)
    if as_json:
        return output.json(translate.explained(request, considered))
    for line in _headlines(request, considered, timeline):
        output.say(output.visible(line))
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


def _meant(request: ApprovalRequest, roster: Roster) -> Iterator[str]:
    """What was likely meant by words that nobody knows."""
    near = meant_domain(request.domain, roster)
    if near is not None:
        yield f"note: {request.domain} is no domain of this team; did you mean {near}?"
    if unknown_place(request, roster):
        place = suggest(request.jurisdiction or "")
        meant = f"; did you mean {place}?" if place else "; write one such as CA-QC or France"
        yield f"note: {request.jurisdiction} is no place that is known{meant}"


def _considered(request: ApprovalRequest, roster: Roster, now: datetime) -> Explained:
    return request, routing.explain(request, roster, now)


def _headlines(
    request: ApprovalRequest, considered: list[Considered], timeline: Sequence[RecordedEvent]
) -> Iterator[str]:
    chosen = next((one.sentinel.name for one in considered if one.chosen), None)
    holder = next((one.sentinel.name for one in considered if one.holds), None)
    where = f"{request.domain}, {request.jurisdiction or 'any jurisdiction'}"
    if request.state.terminal:
        yield f"{where}: has ended"
    elif holder is None:
        yield f"{where}: {f'goes to {chosen}' if chosen else 'waits: nobody can receive it now'}"
    else:
        yield f"{where}: with {holder}{_since(timeline)}"
        yield f"were it routed now: {f'goes to {chosen}' if chosen else 'nobody can receive it'}"


def _since(timeline: Sequence[RecordedEvent]) -> str:
    """Since when it is with whoever has it, and in whose place they received it."""
    received = next((one.event for one in reversed(timeline) if one.event.kind is EventKind.ASSIGNED), None)
    if received is None:
        return ""
    absent = received.data.get("in_place_of")
    instead = f", in the place of {absent[0]}" if isinstance(absent, list) and absent else ""
    return f" since {output.when(received.at.astimezone(UTC))}{instead}"


def _row(one: Considered) -> tuple[object, ...]:
    load = f", {one.sentinel.load} open" if one.reason is None else ""
    reason = _REASONS.get(one.reason, one.reason) or ""
    if one.in_place_of:
        reason += f" in the place of {one.in_place_of[0].name}, who is away"
    mark = _HOLDS if one.holds else _NEXT if one.chosen else ""
    return (mark, one.sentinel.name, one.sentinel.tier, reason + load)
