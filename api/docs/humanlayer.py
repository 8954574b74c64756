"""What API HumanLayer answers, as types."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from api.docs.entries import Chapter, Entry, Moment, Query, name

Status = Literal["pending", "assigned", "decided"]
Outcome = Literal["approved", "rejected", "modified", "escalated", "expired", "cancelled"]


class Error(TypedDict):
    """What went wrong, in one sentence."""

    error: str


class Created(TypedDict):
    """The answer to a create."""

    ok: Literal[True]
    request_id: str
    status: Status
    assigned_to: str | None
    warnings: NotRequired[list[str]]


class Escalation(TypedDict):
    """One step up; `by` is null where it was silence."""

    at: Moment
    by: int | None
    by_name: str | None
    reasoning: str | None
    min_tier: int


class EvidenceEvent(TypedDict):
    """What stood on the record when it was decided."""

    n: int
    kind: str
    at: Moment
    actor: str
    hash: str


class Evidence(TypedDict):
    """The record that is stored with a decision."""

    request_id: str
    payload_sha256: str
    verdict: str
    decided_by: str | None
    decided_at: Moment
    events: list[EvidenceEvent]


class Request(TypedDict):
    """A request; the verdict's fields are null until it is decided."""

    id: str
    status: Status
    agent_id: str
    agent_name: str | None
    request_type: str
    domain: str
    jurisdiction: str | None
    summary: str
    context_json: Any
    priority: Literal["normal", "urgent"]
    assigned_to: str | None
    created_at: Moment
    expires_at: Moment | None
    verdict: Literal["approved", "rejected", "escalated"] | None
    reasoning: str | None
    decision_signed_at: Moment | None
    outcome: Outcome | None
    escalations: list[Escalation]
    evidence: Evidence | None
    title: str
    external_id: str | None
    requested_by: str | None
    confidence: float | None
    action: Any
    template_id: NotRequired[str]
    answers: NotRequired[dict[str, Any] | None]


class One(TypedDict):
    """One request, by `id`."""

    request: Request


class Many(TypedDict):
    """The requests of an agent."""

    requests: list[Request]
    next_cursor: str | None
    warnings: NotRequired[list[str]]


class Cancelled(TypedDict):
    """The answer to a cancel."""

    ok: Literal[True]
    request_id: str
    status: Status
    request: Request


class DecisionRendered(TypedDict):
    """What a `callback_url` gets; `sentinel_name` is null where no person decided.

    A review of Humancheck's dialect has its number in `review_id`.
    """

    event: Literal["decision.rendered"]
    request_id: str
    verdict: Literal["approved", "rejected", "escalated"]
    reasoning: str
    signed_at: Moment
    sentinel_name: str | None
    outcome: Outcome
    review_id: NotRequired[int]


_PATH = "/ai-request"

HUMANLAYER = Chapter(
    "humanlayer",
    Error,
    {
        ("POST", _PATH): Entry(Created),
        ("GET", _PATH): Entry(
            One | Many,
            query=(Query("id", name()), Query("agent_id", name()), Query("cursor")),
            errors=(404,),
            held=True,
        ),
        ("DELETE", _PATH): Entry(Cancelled, query=(Query("id", name()),), errors=(404, 409)),
    },
    {"decision.rendered": DecisionRendered},
)
"""The dialect's chapter."""
