"""`/desk/v1` <-> the core: the canonical form of a request, its people, its record, its errors. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from api.problems import Problem
from approvals import ids, wording
from approvals.events import EventKind, RecordedEvent
from approvals.model import ApprovalRequest, Endpoint, Json, Roster, Sentinel
from approvals.routing import Considered
from approvals.times import milliseconds

_DELIVERY = (
    "id",
    "carrier",
    "topic",
    "request_id",
    "url",
    "state",
    "attempt",
    "last_status",
    "last_error",
)


def canonical(request: ApprovalRequest, roster: Roster) -> dict[str, Json]:
    """A request as the core knows it, with its ids in every dialect and links to the rest."""
    return {
        "id": request.id,
        "ids": ids.forms(request),
        "number": request.number,
        "project": request.project,
        "dialect": request.dialect.value,
        "state": request.state.value,
        "outcome": request.outcome,
        **_asked(request),
        **_standing(request, roster),
        **_decided(request),
        "links": _links(request),
    }


def questions(timeline: Iterable[RecordedEvent]) -> list[dict[str, Json]]:
    """What was asked of the agent and what it answered, in order; `answer` is null while open."""
    found: dict[int, dict[str, Json]] = {}
    for event in (recorded.event for recorded in timeline):
        number = event.data.get("number", 0)
        if event.kind is EventKind.ASKED:
            found[number] = {
                "number": number,
                "question": event.data["question"],
                "asked_by": event.data["by"],
                "asked_at": milliseconds(event.at),
                "answer": None,
                "answered_at": None,
            }
        elif event.kind is EventKind.ANSWERED:
            found[number] |= {"answer": event.data["answer"], "answered_at": milliseconds(event.at)}
    return list(found.values())


def record(timeline: Iterable[RecordedEvent]) -> list[dict[str, Json]]:
    """The timeline: `n` and `hash` are the place in the project's chain and what it sums up to there."""
    return [
        {
            "n": recorded.n,
            "kind": recorded.event.kind.value,
            "at": milliseconds(recorded.event.at),
            "actor": recorded.event.actor,
            "data": dict(recorded.event.data),
            "hash": recorded.hash,
        }
        for recorded in timeline
    ]


def explained(request: ApprovalRequest, considered: Sequence[Considered]) -> dict[str, Json]:
    """For every Sentinel why or why not; `reason` is null for those who can receive it, the best first.

    `holds` marks who has the request, `chosen` to whom it would go were it routed now.
    """
    holder = next((one.sentinel for one in considered if one.holds), None)
    return {
        "request_id": request.id,
        "state": request.state.value,
        "domain": request.domain,
        "jurisdiction": request.jurisdiction,
        "min_tier": request.min_tier,
        "assigned_to": person(holder) if holder else None,
        "sentinels": [
            {
                **person(one.sentinel),
                "tier": one.sentinel.tier,
                "qualified": one.qualified,
                "eligible": one.reason is None,
                "reason": one.reason,
                "chosen": one.chosen,
                "holds": one.holds,
                "in_place_of": [person.name for person in one.in_place_of],
            }
            for one in considered
        ],
    }


def sentinel(one: Sentinel) -> dict[str, Json]:
    """A Sentinel and how busy they are."""
    return {
        **person(one),
        "email": one.email,
        "domains": sorted(one.domains),
        "jurisdictions": list(one.jurisdictions),
        "tier": one.tier,
        "active": one.active,
        "away_until": _time(one.away_until),
        "load": one.load,
        "capacity": one.capacity,
    }


def endpoint(one: Endpoint) -> dict[str, Json]:
    """A webhook endpoint without its secret; `source` is `desk.yml`, `desk` or `hitl`."""
    return {
        "id": one.id,
        "url": one.url,
        "dialect": one.dialect.value,
        "events": list(one.events),
        "active": one.active,
        "source": one.source,
    }


def delivery(row: Mapping[str, Any]) -> dict[str, Json]:
    """What became of a message. Its body stays inside: a list is for finding out, not for reading on."""
    facts = {name: row[name] for name in _DELIVERY}
    times = {name: _time(row[name]) for name in ("created_at", "due_at", "done_at")}
    return {**facts, **times}


def person(one: Sentinel) -> dict[str, Json]:
    """Number and name."""
    return {"number": one.id, "name": one.name}


def error(problem: Problem, request_id: str, now: datetime) -> Mapping[str, Json]:
    """`{"error": {"code", "message", "field"?, "fix"?, "details"?, "request_id"}}`."""
    blamed = problem.faults[0] if problem.faults else None
    said = {
        "code": problem.code,
        "message": problem.message,
        "field": blamed.field if blamed else None,
        "fix": blamed.fix if blamed else None,
        "details": dict(problem.facts) or None,
        "request_id": request_id,
    }
    return {"error": {name: value for name, value in said.items() if value is not None}}


def _asked(request: ApprovalRequest) -> dict[str, Json]:
    return {
        "agent_id": request.agent_id,
        "agent_name": request.agent_name,
        "request_type": request.request_type,
        "domain": request.domain,
        "jurisdiction": request.jurisdiction,
        "title": request.title,
        "summary": request.summary,
        "context": request.context,
        "action": request.action,
        "priority": request.priority.value,
        "risk": request.risk.value,
        "confidence": request.confidence,
        "external_id": request.external_id,
        "requested_by": request.requested_by,
        "content_version": request.content_version,
    }


def _standing(request: ApprovalRequest, roster: Roster) -> dict[str, Json]:
    holder = roster.sentinel(request.assigned_to)
    return {
        "assigned_to": person(holder) if holder else None,
        "min_tier": request.min_tier,
        "escalations": [step.as_json() for step in request.escalations],
        "created_at": milliseconds(request.created_at),
        "updated_at": milliseconds(request.updated_at),
        "started_at": _time(request.started_at),
        "expires_at": _time(request.expires_at),
        "ended_at": _time(request.ended_at),
    }


def _decided(request: ApprovalRequest) -> dict[str, Json]:
    decision = request.decision
    by = {"number": decision.by, "name": decision.by_name} if decision and decision.by else None
    return {
        "verdict": decision.verdict.value if decision else None,
        "reasoning": wording.reasoning(request),
        "decided_by": by,
        "modified_action": decision.modified if decision else None,
        "answers": decision.answers if decision else None,
        "evidence": decision.evidence if decision else None,
    }


def _links(request: ApprovalRequest) -> dict[str, str]:
    base = f"/desk/v1/requests/{request.id}"
    return {name: f"{base}/{name}" for name in ("timeline", "questions", "explain")}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else milliseconds(moment)
