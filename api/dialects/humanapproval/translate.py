"""Human Approval <-> the core: its words, its answers, its webhooks, its errors. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

import orjson

from api import intake, strict
from api.dialects.humanapproval.wire import Create
from api.instants import RIGHT_FORM, read
from api.problems import Fault, Kind, Problem, fault
from api.titles import first_entries
from api.wires import filled
from approvals import ids, wording
from approvals.commands import Caller, Idempotency, Submit
from approvals.events import Event, EventKind
from approvals.model import ApprovalRequest, Dialect, Json, Roster, SentinelId
from approvals.times import seconds

STATUSES = {None: "pending", "approved": "approved", "expired": "expired"}
"""Outcomes that the reference has a word for; every other one is `rejected` to its clients."""

OUTCOMES = {
    "pending": frozenset({"pending", "assigned", "started"}),
    "approved": frozenset({"approved"}),
    "rejected": frozenset({"rejected", "modified", "escalated", "cancelled"}),
    "expired": frozenset({"expired"}),
}
"""The reference's statuses -> the core's words for a listing."""

_ENDS = {
    EventKind.DECIDED: "request.decided",
    EventKind.CANCELLED: "request.decided",
    EventKind.EXPIRED: "request.expired",
}
_OWN_WORDS = frozenset({None, "approved", "rejected", "expired"})
_ISSUES = frozenset({"must be in the future", "has already been taken"})


def submit(
    asked: Create,
    caller: Caller,
    rules: Mapping[str, Json],
    expires_at: datetime | None,
    idempotency: Idempotency | None,
) -> Submit:
    """What the core is asked for. `rules` is what the intake says of where requests go."""
    title, description = filled(asked.title), filled(asked.description)
    heading = title or first_entries(asked.payload)
    external_id = filled(asked.external_id)
    return Submit(
        caller=caller,
        dialect=Dialect.HUMANAPPROVAL,
        agent_id=caller.name,
        request_type="judgment",
        domain=_domain(asked, rules),
        jurisdiction=_jurisdiction(asked, rules),
        title=heading,
        summary=description or heading,
        context=asked.payload,
        external_id=external_id,
        unique_external_id=external_id is not None,
        fingerprint=_fingerprint(asked) if external_id else None,
        requested_by=filled(asked.requested_by),
        callback_url=filled(asked.callback_url),
        expires_at=expires_at,
        wire={n: v for n, v in (("title", title), ("description", description)) if v is not None},
        idempotency=idempotency,
    )


def deadline(text: str | None) -> tuple[datetime | None, list[str]]:
    """The deadline, and a warning where it names no zone: the reference's own examples do not."""
    if text is None:
        return None, []
    moment = read(text)
    if moment is None:
        raise fault("expires_at", "is not a date-time", f"send {RIGHT_FORM}")
    if moment.tzinfo is not None:
        return moment, []
    return moment.replace(tzinfo=UTC), [f"expires_at has no zone and was read as UTC; send {RIGHT_FORM}."]


def created(request: ApprovalRequest, warnings: list[str]) -> dict[str, Json]:
    """The answer to a create, without what was not given."""
    return _given(
        id=ids.humanapproval(request.id),
        status=status(request),
        title=_title(request),
        external_id=request.external_id,
        payload=_payload(request),
        inserted_at=seconds(request.created_at),
        expires_at=seconds(request.expires_at) if request.expires_at else None,
        warnings=warnings or None,
    )


def shown(request: ApprovalRequest) -> dict[str, Json]:
    """A request of any dialect in the reference's words, without what is not there."""
    return _given(
        id=ids.humanapproval(request.id),
        status=status(request),
        title=_title(request),
        description=_description(request),
        external_id=request.external_id,
        payload=_payload(request),
        **_decision(request),
        outcome=_outcome(request),
        inserted_at=seconds(request.created_at),
        expires_at=seconds(request.expires_at) if request.expires_at else None,
    )


def webhook(request: ApprovalRequest, event: Event, roster: Roster) -> list[tuple[str, bytes]]:
    """`request.decided` or `request.expired`, once a request has ended."""
    name = _ENDS.get(event.kind)
    if name is None:
        return []
    body: dict[str, Json] = {
        "event": name,
        "request_id": ids.humanapproval(request.id),
        "external_id": request.external_id,
        "status": status(request),
        "payload": _payload(request),
        "decision_note": wording.reasoning(request),
        "decided_at": None,
        "decided_by_id": None,
        **_decision(request),
        **_given(outcome=_outcome(request)),
    }
    return [(name, orjson.dumps(body))]


def status(request: ApprovalRequest) -> str:
    """`pending`, `approved`, `rejected` or `expired`."""
    return STATUSES.get(request.outcome, "rejected")


def person(sentinel_id: SentinelId) -> str:
    """`user_…`."""
    return f"user_{sentinel_id}"


def error(problem: Problem, request_id: str, now: datetime) -> Mapping[str, Json]:
    """`{"error": "…", "errors": {"field": ["…"]}}`; `errors` only where fields are to blame."""
    if problem.status == 401:
        return {"error": "Missing or invalid API key"}
    if problem.code == "request_not_found":
        return {"error": "Request not found"}
    errors: dict[str, list[str]] = {}
    for blamed in problem.faults:
        errors.setdefault(blamed.field, []).append(_issue(blamed))
    said: dict[str, Json] = {"error": problem.message}
    return {**said, "errors": errors} if errors else said


def _issue(blamed: Fault) -> str:
    if blamed.kind is Kind.MISSING:
        return "can't be blank"
    return blamed.issue if blamed.issue in _ISSUES else "is invalid"


def _domain(asked: Create, rules: Mapping[str, Json]) -> str:
    return intake.domain((asked.payload.get("domain"), rules.get("domain")))


def _jurisdiction(asked: Create, rules: Mapping[str, Json]) -> str | None:
    named = asked.payload.get("jurisdiction")
    return intake.jurisdiction("payload.jurisdiction", named, rules.get("jurisdiction"))


def _fingerprint(asked: Create) -> str:
    """The hash of what has to be the same under one external id."""
    content = [filled(asked.title), filled(asked.description), asked.payload]
    return hashlib.sha256(strict.canonical(content)).hexdigest()


def _title(request: ApprovalRequest) -> Json:
    own = request.dialect is Dialect.HUMANAPPROVAL
    return request.wire.get("title") if own else request.title


def _description(request: ApprovalRequest) -> Json:
    own = request.dialect is Dialect.HUMANAPPROVAL
    return request.wire.get("description") if own else request.summary


def _payload(request: ApprovalRequest) -> Json:
    return {} if request.context is None else request.context


def _decision(request: ApprovalRequest) -> dict[str, Json]:
    """The decision's fields; none where nobody decided and none was taken in anybody's stead."""
    if request.ended_at is None or request.outcome == "expired":
        return {}
    by = request.decision.by if request.decision else None
    return _given(
        decided_at=seconds(request.ended_at),
        decided_by_id=None if by is None else person(by),
        decision_note=wording.reasoning(request),
    )


def _outcome(request: ApprovalRequest) -> str | None:
    """How it ended where the reference has no word for it."""
    return None if request.outcome in _OWN_WORDS else request.outcome


def _given(**values: Json) -> dict[str, Json]:
    return {name: value for name, value in values.items() if value is not None}
