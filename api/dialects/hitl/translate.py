"""HITL.sh <-> the core: a review in its words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api import intake
from api.dialects.hitl import fields
from api.dialects.hitl.assignees import named, resolved
from api.dialects.hitl.wire import CreateReview, UpdateReview
from api.instants import instant
from api.problems import fault
from api.titles import first_line
from api.wires import filled
from approvals import domains, ids, wording
from approvals.commands import Amend, Caller, Idempotency, Submit
from approvals.library import Template, snapshot
from approvals.model import ApprovalRequest, Dialect, Json, Priority, ProjectId, Roster, State
from approvals.times import seconds

PRIORITIES = {
    "low": Priority.LOW,
    "medium": Priority.NORMAL,
    "high": Priority.HIGH,
    "urgent": Priority.URGENT,
}
"""The reference's word for how urgent it is -> the core's."""

STATUSES: Mapping[str, frozenset[str]] = {
    "created": frozenset({"pending"}),
    "assigned": frozenset({"assigned"}),
    "in_progress": frozenset({"started"}),
    "completed": frozenset({"approved", "rejected", "modified", "escalated"}),
    "cancelled": frozenset({"cancelled"}),
    "expired": frozenset({"expired"}),
}
"""The reference's statuses, and `expired` -> the core's words for a listing."""

_URGENCIES = {priority: word for word, priority in PRIORITIES.items()}
_WORDS = {core: word for word, meant in STATUSES.items() for core in meant}
_APPROVING = frozenset({"approved", "modified"})


def submit(
    asked: CreateReview,
    content: dict[str, Json],
    template: Template | None,
    roster: Roster,
    caller: Caller,
    idempotency: Idempotency | None,
) -> Submit:
    """What the core is asked for; `content` is the object as it was sent. Raises Refused (400)."""
    kept = snapshot(template) if template else {}
    fields.check_text(asked.content.text, template.fields if template else ())
    assigned = asked.assignees or []
    return Submit(
        caller=caller,
        dialect=Dialect.HITL,
        agent_id=caller.name,
        request_type="judgment",
        domain=_domain(content, roster),
        jurisdiction=_jurisdiction(content, roster),
        title=template.name if template else first_line(asked.content.text),
        summary=asked.content.text,
        context=content,
        priority=PRIORITIES[asked.priority or "medium"],
        external_id=filled(asked.external_id),
        requested_by=filled(asked.requested_by),
        callback_url=filled(asked.callback_url),
        expires_at=None if asked.due_date is None else instant("due_date", asked.due_date),
        preferred=resolved(roster, assigned),
        wire={"assignees": assigned, **kept},
        idempotency=idempotency,
    )


def amend(
    asked: UpdateReview,
    content: dict[str, Json] | None,
    request: ApprovalRequest,
    roster: Roster,
    project: ProjectId,
    actor: str,
) -> Amend:
    """What the core is to change about `request`. Raises Refused (400)."""
    assigned = asked.assignees
    return Amend(
        project=project,
        request=request.id,
        actor=actor,
        priority=None if asked.priority is None else PRIORITIES[asked.priority],
        expires_at=None if asked.due_date is None else instant("due_date", asked.due_date),
        preferred=None if assigned is None else resolved(roster, assigned),
        content=None if asked.content is None else _amended(asked.content.text, content, request),
        wire=None if assigned is None else {"assignees": assigned},
    )


def stays(content: Mapping[str, Json] | None, request: ApprovalRequest) -> list[str]:
    """A warning where new content names another domain: that is read once, when a review is made."""
    word = _metadata(content or {}).get("domain")
    found = domains.slug(word) if isinstance(word, str) else None
    if found in {None, request.domain}:
        return []
    return [f"content.metadata.domain is read when a review is made; it stays {request.domain!r}."]


def created(request: ApprovalRequest, roster: Roster) -> dict[str, Json]:
    """The answer to a create, whatever has become of the review by then."""
    return {**_asked(request, roster), "status": "created"}


def shown(request: ApprovalRequest, roster: Roster) -> dict[str, Json]:
    """A request of any dialect as it stands, in the reference's words, then what is ours."""
    final = {"outcome": request.outcome} if request.outcome == "escalated" else {}
    return {
        **_asked(request, roster),
        "result": result(request),
        "completed_at": completed_at(request),
        "reviewer": reviewer(request, roster),
        **final,
    }


def status(request: ApprovalRequest) -> str:
    """One of STATUSES."""
    if request.state is State.ASSIGNED and request.started_at is not None:
        return "in_progress"
    return _WORDS[request.outcome or request.state.value]


def result(request: ApprovalRequest) -> dict[str, Json] | None:
    """What was answered: None while open, and where it was cancelled.

    `feedback` is the template's own field where that was filled in, else the reasoning; where
    both were given the reasoning stands beside it under its own name.
    """
    if request.outcome is None or request.state is State.CANCELLED:
        return None
    answers = _answers(request)
    reasoning = request.decision.reasoning if request.decision else None
    both = {"reasoning": reasoning} if answers.get("feedback") and reasoning else {}
    final = {"outcome": request.outcome} if request.outcome == "escalated" else {}
    return {
        "approved": request.outcome in _APPROVING,
        **_edited(request),
        **{name: value for name, value in answers.items() if name not in {"approved", "feedback"}},
        "feedback": answers.get("feedback") or wording.reasoning(request),
        **both,
        **final,
    }


def reviewer(request: ApprovalRequest, roster: Roster) -> str | None:
    """Who decided, or who has it now, by e-mail; by name where there is none."""
    if request.decision is not None:
        return request.decision.by_email or request.decision.by_name
    holder = None if request.state.terminal else roster.sentinel(request.assigned_to)
    return named(holder) if holder else None


def completed_at(request: ApprovalRequest) -> str | None:
    """When it was decided."""
    return seconds(request.decision.at) if request.decision else None


def template_id(request: ApprovalRequest) -> Json:
    """The template that it was made with, None where there was none."""
    return request.wire.get("template_id")


def due_date(request: ApprovalRequest) -> str | None:
    """When it expires."""
    return seconds(request.expires_at) if request.expires_at else None


def urgency(request: ApprovalRequest) -> str:
    """The priority in the reference's word."""
    return _URGENCIES[request.priority]


def assignees(request: ApprovalRequest, roster: Roster) -> list[str]:
    """Whom the client named; for a request of another dialect, who has it."""
    sent = request.wire.get("assignees")
    if isinstance(sent, list):
        return sent
    holder = roster.sentinel(request.assigned_to)
    return [named(holder)] if holder else []


def _asked(request: ApprovalRequest, roster: Roster) -> dict[str, Json]:
    """The fields of the reference's own answer, in its order."""
    return {
        "id": ids.hitl(request.id),
        "template_id": template_id(request),
        "content": _content(request),
        "assignees": assignees(request, roster),
        "priority": urgency(request),
        "due_date": due_date(request),
        "status": status(request),
        "created_at": seconds(request.created_at),
        "updated_at": seconds(request.updated_at),
    }


def _content(request: ApprovalRequest) -> Json:
    if request.dialect is Dialect.HITL:
        return request.context
    context = request.context if isinstance(request.context, dict) else {}
    return {**context, "text": request.summary}


def _form(request: ApprovalRequest) -> list[dict[str, Any]]:
    template = request.wire.get("template")
    return list(template["fields"]) if isinstance(template, dict) else []


def _answers(request: ApprovalRequest) -> dict[str, Json]:
    """The value of every field that asks for one; null where it was not given."""
    given = (request.decision.answers if request.decision else None) or {}
    asking = (field["name"] for field in _form(request) if field["type"] != fields.DISPLAY)
    return {name: given.get(name) for name in asking}


def _edited(request: ApprovalRequest) -> dict[str, Json]:
    """The edited text as `content`, and under its field's own name."""
    text = request.decision.modified if request.decision else None
    if text is None:
        return {}
    own = fields.editable(_form(request))
    return {"content": text} | ({own: text} if own else {})


def _amended(text: str, content: dict[str, Json] | None, request: ApprovalRequest) -> dict[str, Json]:
    if request.dialect is not Dialect.HITL:
        raise fault("content", "cannot be changed: the review was made through another API")
    fields.check_text(text, _form(request))
    template = request.wire.get("template")
    title = request.title if isinstance(template, dict) else first_line(text)
    return {"title": title, "summary": text, "context": content}


def _domain(content: Mapping[str, Json], roster: Roster) -> str:
    return intake.domain((_metadata(content).get("domain"), _intake(roster).get("domain")))


def _jurisdiction(content: Mapping[str, Json], roster: Roster) -> str | None:
    named, otherwise = _metadata(content).get("jurisdiction"), _intake(roster).get("jurisdiction")
    return intake.jurisdiction("content.metadata.jurisdiction", named, otherwise)


def _metadata(content: Mapping[str, Json]) -> Mapping[str, Json]:
    metadata = content.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def _intake(roster: Roster) -> Mapping[str, Json]:
    return intake.rules(roster, Dialect.HITL)
