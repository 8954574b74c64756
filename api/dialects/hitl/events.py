"""What the webhooks of HITL.sh hear: an event on a review, a changed template. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import orjson

from api.dialects.callbacks import subscribed, webhook
from api.dialects.hitl import translate
from api.dialects.hitl.assignees import named
from approvals import ids
from approvals.events import Event, EventKind
from approvals.library import Template
from approvals.model import ApprovalRequest, Dialect, Json, Roster, Sentinel
from approvals.outbox import Outgoing
from approvals.times import seconds

TEMPLATE_UPDATED = "template.updated"

Told = Callable[[ApprovalRequest, Event, Roster], dict[str, Json]]


def review_event(request: ApprovalRequest, event: Event, roster: Roster) -> list[tuple[str, bytes]]:
    """`review.…` with what is new about the review; the request is as after all that happened at once."""
    told = _EVENTS.get(event.kind)
    if told is None:
        return []
    name, facts = told
    review = {
        "id": ids.hitl(request.id),
        "template_id": translate.template_id(request),
        **facts(request, event, roster),
    }
    return [(name, _body(name, "review", review, event.at))]


def template_updated(template: Template, roster: Roster) -> Iterable[Outgoing]:
    """The messages to whoever subscribed to changes of templates."""
    body = _body(TEMPLATE_UPDATED, "template", template_shown(template), template.updated_at)
    return [
        webhook(endpoint, TEMPLATE_UPDATED, body)
        for endpoint in roster.endpoints
        if endpoint.dialect is Dialect.HITL and subscribed(endpoint, TEMPLATE_UPDATED)
    ]


def template_shown(template: Template) -> dict[str, Json]:
    """A template in the reference's words, then its version and its dates."""
    return {
        "id": template.id,
        "name": template.name,
        "description": template.description,
        "fields": [dict(field) for field in template.fields],
        "version": template.version,
        "created_at": seconds(template.created_at),
        "updated_at": seconds(template.updated_at),
    }


def _body(name: str, kind: str, what: Mapping[str, Json], at: datetime) -> bytes:
    return orjson.dumps({"event": name, kind: what, "timestamp": seconds(at)})


def _created(request: ApprovalRequest, event: Event, roster: Roster) -> dict[str, Json]:
    return {
        "status": "created",
        "assignees": translate.assignees(request, roster),
        "priority": translate.urgency(request),
        "due_date": translate.due_date(request),
        "created_at": seconds(event.at),
    }


def _assigned(request: ApprovalRequest, event: Event, roster: Roster) -> dict[str, Json]:
    receiver = roster.sentinel(event.data.get("sentinel"))
    return {
        "status": "in_progress" if request.started_at else "assigned",
        "reviewer": named(receiver) if receiver else event.data.get("to"),
        "assigned_at": seconds(event.at),
    }


def _started(request: ApprovalRequest, event: Event, roster: Roster) -> dict[str, Json]:
    reader = _called(event.actor, request, roster)
    return {
        "status": "in_progress",
        "reviewer": named(reader) if reader else event.actor,
        "started_at": seconds(event.at),
    }


def _escalated(request: ApprovalRequest, event: Event, roster: Roster) -> dict[str, Json]:
    return {
        "status": translate.status(request),
        "reviewer": translate.reviewer(request, roster),
        "escalated_by": event.data.get("by_name"),
        "reason": event.data.get("reasoning"),
        "escalated_at": seconds(event.at),
    }


def _completed(request: ApprovalRequest, event: Event, roster: Roster) -> dict[str, Json]:
    return {
        "status": "completed",
        "result": translate.result(request),
        "completed_at": translate.completed_at(request),
        "reviewer": translate.reviewer(request, roster),
    }


def _cancelled(request: ApprovalRequest, event: Event, roster: Roster) -> dict[str, Json]:
    return {"status": "cancelled", "cancelled_at": seconds(event.at)}


def _expired(request: ApprovalRequest, event: Event, roster: Roster) -> dict[str, Json]:
    return {"status": "expired", "result": translate.result(request), "expired_at": seconds(event.at)}


def _called(name: str, request: ApprovalRequest, roster: Roster) -> Sentinel | None:
    """The Sentinel of that name: who has the request, where several have the name."""
    found = [s for s in roster.sentinels.values() if s.name == name]
    return next((s for s in found if s.id == request.assigned_to), found[0] if found else None)


_EVENTS: Mapping[EventKind, tuple[str, Told]] = {
    EventKind.SUBMITTED: ("review.created", _created),
    EventKind.ASSIGNED: ("review.assigned", _assigned),
    EventKind.STARTED: ("review.started", _started),
    EventKind.ESCALATED: ("review.escalated", _escalated),
    EventKind.DECIDED: ("review.completed", _completed),
    EventKind.CANCELLED: ("review.cancelled", _cancelled),
    EventKind.EXPIRED: ("review.expired", _expired),
}
"""What happened -> the event's name, and what is said of the review."""
