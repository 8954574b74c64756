"""API HumanLayer v1.0 <-> the core: its words, its answers, its callback, its errors. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime

import orjson

from api.dialects.humanlayer.wire import Create
from api.instants import instant
from api.problems import Fault, Kind, Problem, fault
from api.titles import first_line
from api.wires import filled
from approvals import domains, wording
from approvals.commands import Caller, Idempotency, Submit
from approvals.events import Event, EventKind
from approvals.library import Template, snapshot
from approvals.model import ApprovalRequest, Dialect, Json, Priority, Roster, Sentinel, State, Verdict
from approvals.times import milliseconds

REQUEST_TYPES = {
    "compliance": "compliance",
    "judgment": "judgment",
    "signature": "signature",
    "conformité": "compliance",
    "jugement": "judgment",
}
"""The five documented words -> the core's, one per thing, so that a rule for it holds in both languages."""

STATUSES = {State.PENDING: "pending", State.ASSIGNED: "assigned"}
"""States that the reference knows; everything that has ended is `decided` to its clients."""

VERDICTS = {"approved": "approved", "escalated": "escalated"}
"""Outcomes that are a verdict of the reference; every other one ends on the safe side."""

_URGENT = frozenset({Priority.HIGH, Priority.URGENT})
_ENDS = frozenset({EventKind.DECIDED, EventKind.EXPIRED, EventKind.CANCELLED})
DECISION_RENDERED = "decision.rendered"


def submit(
    asked: Create, template: Template | None, caller: Caller, idempotency: Idempotency | None
) -> Submit:
    """What the core is asked for. Raises Refused (400) for words that mean nothing."""
    request_type = _request_type(asked.request_type)
    domain = domains.slug(asked.domain)
    if domain is None:
        raise fault("domain", "has no letters or digits, or too many", "send a word like legal or finance")
    return Submit(
        caller=caller,
        dialect=Dialect.HUMANLAYER,
        agent_id=asked.agent_id,
        agent_name=filled(asked.agent_name),
        request_type=request_type,
        domain=domain,
        jurisdiction=filled(asked.jurisdiction),
        title=filled(asked.title) or first_line(asked.summary),
        summary=asked.summary,
        context=asked.context_json,
        action=asked.action,
        priority=Priority.URGENT if asked.priority == "urgent" else Priority.NORMAL,
        confidence=asked.confidence,
        external_id=filled(asked.external_id),
        requested_by=filled(asked.requested_by),
        callback_url=filled(asked.callback_url),
        expires_at=None if asked.expires_at is None else instant("expires_at", asked.expires_at),
        wire=_as_sent(asked, request_type, domain) | (snapshot(template) if template else {}),
        idempotency=idempotency,
    )


def created(request: ApprovalRequest, assignee: Sentinel | None, warnings: list[str]) -> dict[str, Json]:
    """The answer to a create."""
    answer: dict[str, Json] = {
        "ok": True,
        "request_id": request.id,
        "status": _status(request),
        "assigned_to": assignee.name if assignee else None,
    }
    return {**answer, "warnings": warnings} if warnings else answer


def shown(request: ApprovalRequest, assignee: Sentinel | None) -> dict[str, Json]:
    """A request of any dialect in the reference's words, then what is ours."""
    decision = request.decision
    return {
        "id": request.id,
        "status": _status(request),
        "agent_id": request.agent_id,
        "agent_name": request.agent_name,
        "request_type": request.wire.get("request_type", request.request_type),
        "domain": request.wire.get("domain", request.domain),
        "jurisdiction": request.jurisdiction,
        "summary": request.summary,
        "context_json": request.context,
        "priority": "urgent" if request.priority in _URGENT else "normal",
        "assigned_to": assignee.name if assignee else None,
        "created_at": milliseconds(request.created_at),
        "expires_at": milliseconds(request.expires_at) if request.expires_at else None,
        "verdict": _verdict(request),
        "reasoning": wording.reasoning(request),
        "decision_signed_at": milliseconds(request.ended_at) if request.ended_at else None,
        "outcome": request.outcome,
        "escalations": [step.as_json() for step in request.escalations],
        "evidence": decision.evidence if decision else None,
        "title": request.title,
        "external_id": request.external_id,
        "requested_by": request.requested_by,
        "confidence": request.confidence,
        "action": request.action,
        **_form(request),
    }


def cancelled(request: ApprovalRequest, assignee: Sentinel | None) -> dict[str, Json]:
    """The answer to a cancel."""
    return {
        "ok": True,
        "request_id": request.id,
        "status": _status(request),
        "request": shown(request, assignee),
    }


def callback(request: ApprovalRequest, event: Event, roster: Roster) -> list[tuple[str, bytes]]:
    """`decision.rendered`, once a request has ended in whatever way.

    `sentinel_name` is null where no person decided.
    """
    if event.kind not in _ENDS:
        return []
    decision = request.decision
    body: dict[str, Json] = {
        "event": DECISION_RENDERED,
        "request_id": request.id,
        "verdict": _verdict(request),
        "reasoning": wording.reasoning(request),
        "signed_at": milliseconds(request.ended_at or event.at),
        "sentinel_name": decision.by_name if decision else None,
        "outcome": request.outcome,
    }
    if request.dialect is Dialect.HUMANCHECK:
        # Its clients know requests by number only.
        body["review_id"] = request.number
    return [(DECISION_RENDERED, orjson.dumps(body))]


def error(problem: Problem, request_id: str, now: datetime) -> Mapping[str, Json]:
    """`{"error": "…"}`, in the reference's sentences where it has one."""
    return {"error": _sentence(problem)}


def _sentence(problem: Problem) -> str:
    if problem.status == 401:
        return "Invalid or missing API key"
    if problem.code == "request_not_found":
        return "Request not found"
    missing = [f.field for f in problem.faults if f.kind is Kind.MISSING]
    others = [_invalid(f) for f in problem.faults if f.kind is not Kind.MISSING]
    if problem.status != 400 or not (missing or others):
        return problem.message
    return "; ".join(([f"Missing fields: {', '.join(missing)}"] if missing else []) + others)


def _invalid(blamed: Fault) -> str:
    return f"Invalid {blamed.field}: {blamed.words}"


def _request_type(sent: str) -> str:
    known = REQUEST_TYPES.get(unicodedata.normalize("NFC", sent))
    if known is None:
        raise fault("request_type", f"{sent[:40]!r} is not known", f"send one of {', '.join(REQUEST_TYPES)}")
    return known


def _as_sent(asked: Create, request_type: str, domain: str) -> dict[str, Json]:
    """The words that the core keeps in another form, so that they are read back unchanged."""
    sent = {"request_type": asked.request_type, "domain": asked.domain}
    kept = {"request_type": request_type, "domain": domain}
    return {name: word for name, word in sent.items() if word != kept[name]}


def _form(request: ApprovalRequest) -> dict[str, Json]:
    """The template and what was answered in it, where there is one."""
    template_id = request.wire.get("template_id")
    answers = request.decision.answers if request.decision else None
    return {} if template_id is None else {"template_id": template_id, "answers": answers}


def _status(request: ApprovalRequest) -> str:
    return STATUSES.get(request.state, "decided")


def _verdict(request: ApprovalRequest) -> str | None:
    return VERDICTS.get(request.outcome, Verdict.REJECTED.value) if request.outcome else None
