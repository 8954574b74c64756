"""What `/desk/v1` answers, as types."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from api.docs.entries import Chapter, Entry, Moment, Query, choice, count, name

Dialect = Literal["humanlayer", "humanapproval", "humancheck", "hitl"]
State = Literal["pending", "assigned", "decided", "expired", "cancelled"]


class Problem(TypedDict):
    """A stable code, a sentence, the field to blame and what would do, and what stands instead."""

    code: str
    message: str
    field: NotRequired[str]
    fix: NotRequired[str]
    details: NotRequired[dict[str, Any]]
    request_id: str


class Error(TypedDict):
    """What went wrong."""

    error: Problem


class Person(TypedDict):
    """A Sentinel by number and name."""

    number: int
    name: str


class Ids(TypedDict):
    """The request's id in every dialect."""

    humanlayer: str
    humanapproval: str
    humancheck: int
    hitl: str


class Question(TypedDict):
    """What was asked of the agent; `answer` is null while open."""

    number: int
    question: str
    asked_by: str
    asked_at: Moment
    answer: str | None
    answered_at: Moment | None


class Links(TypedDict):
    """Where there is more."""

    timeline: str
    questions: str
    explain: str


class Request(TypedDict):
    """A request in canonical form."""

    id: str
    ids: Ids
    number: int
    project: str
    dialect: Dialect
    state: State
    outcome: Literal["approved", "rejected", "modified", "escalated", "expired", "cancelled"] | None
    agent_id: str
    agent_name: str | None
    request_type: str
    domain: str
    jurisdiction: str | None
    title: str
    summary: str
    context: Any
    action: Any
    priority: Literal["low", "normal", "high", "urgent"]
    risk: Literal["low", "normal", "high"]
    confidence: float | None
    external_id: str | None
    requested_by: str | None
    content_version: int
    assigned_to: Person | None
    min_tier: int
    escalations: list[dict[str, Any]]
    created_at: Moment
    updated_at: Moment
    started_at: Moment | None
    expires_at: Moment | None
    ended_at: Moment | None
    verdict: Literal["approved", "rejected", "modified", "escalated"] | None
    reasoning: str | None
    decided_by: Person | None
    modified_action: Any
    answers: dict[str, Any] | None
    evidence: dict[str, Any] | None
    links: Links
    warnings: NotRequired[list[str]]


class RequestWithQuestions(Request):
    """A request, and what was asked of its agent."""

    questions: list[Question]


class Questions(TypedDict):
    """Questions and answers."""

    request_id: str
    state: State
    questions: list[Question]


class Considered(TypedDict):
    """Why or why not this Sentinel; `reason` is null for those who can receive it.

    `holds` marks who has the request, `chosen` to whom it would go were it routed now; neither is true
    once it has ended. `in_place_of` names those for whom they stand in, where it comes to them that way.
    """

    number: int
    name: str
    tier: int
    qualified: bool
    eligible: bool
    reason: str | None
    chosen: bool
    holds: bool
    in_place_of: list[str]


class Explained(TypedDict):
    """Why it goes where it goes, the best first."""

    request_id: str
    state: State
    domain: str
    jurisdiction: str | None
    min_tier: int
    assigned_to: Person | None
    sentinels: list[Considered]


class Event(TypedDict):
    """What happened; `n` is its place in the project's chain, `hash` what that sums up to there."""

    n: int
    kind: str
    at: Moment
    actor: str
    data: dict[str, Any]
    hash: str


class Timeline(TypedDict):
    """Everything that happened, oldest first."""

    request_id: str
    events: list[Event]


class Sentinel(TypedDict):
    """A person who decides, and how busy they are."""

    number: int
    name: str
    email: str | None
    domains: list[str]
    jurisdictions: list[str]
    tier: int
    active: bool
    away_until: Moment | None
    load: int
    capacity: int | None
    delegate: NotRequired[Person | None]
    warnings: NotRequired[list[str]]


class Sentinels(TypedDict):
    """Everybody, by number."""

    sentinels: list[Sentinel]


class Endpoint(TypedDict):
    """A webhook endpoint; `source` says who made it."""

    id: str
    url: str
    dialect: Dialect
    events: list[str]
    active: bool
    source: Literal["desk.yml", "desk", "hitl"]
    warnings: NotRequired[list[str]]


class EndpointWithSecret(Endpoint):
    """The only time that its secret is shown."""

    secret: str


class Endpoints(TypedDict):
    """Every endpoint of the project."""

    endpoints: list[Endpoint]


class Deleted(TypedDict):
    """What is gone."""

    id: str
    deleted: Literal[True]
    warnings: NotRequired[list[str]]


class Delivery(TypedDict):
    """What became of one message."""

    id: str
    carrier: Literal["http", "slack"]
    topic: str
    request_id: str | None
    url: str | None
    state: Literal["queued", "delivered", "dead"]
    attempt: int
    last_status: int | None
    last_error: str | None
    created_at: Moment | None
    due_at: Moment | None
    done_at: Moment | None


class Deliveries(TypedDict):
    """Messages, newest first."""

    deliveries: list[Delivery]


class Replayed(TypedDict):
    """A message that is on its way again."""

    id: str
    state: Literal["queued"]
    warnings: NotRequired[list[str]]


class ReplayedMany(TypedDict):
    """How many messages are on their way again."""

    replayed: int
    warnings: NotRequired[list[str]]


_ONE, _PERSON = "/desk/v1/requests/{id}", "/desk/v1/sentinels/{who}"
_ENDPOINT, _DELIVERIES = "/desk/v1/endpoints/{id}", "/desk/v1/deliveries"

DESK = Chapter(
    "desk",
    Error,
    {
        ("GET", _ONE): Entry(RequestWithQuestions, held=True),
        ("POST", f"{_ONE}/decide"): Entry(Request, errors=(409,)),
        ("POST", f"{_ONE}/escalate"): Entry(Request, errors=(409,)),
        ("POST", f"{_ONE}/cancel"): Entry(Request, errors=(409,)),
        ("POST", f"{_ONE}/ask"): Entry(Request, errors=(409,)),
        ("GET", f"{_ONE}/questions"): Entry(Questions, held=True),
        ("POST", f"{_ONE}/questions/{{number}}/answer"): Entry(Request, errors=(409,)),
        ("GET", f"{_ONE}/explain"): Entry(Explained),
        ("GET", f"{_ONE}/timeline"): Entry(Timeline),
        ("GET", "/desk/v1/sentinels"): Entry(Sentinels),
        ("POST", f"{_PERSON}/away"): Entry(Sentinel),
        ("POST", f"{_PERSON}/back"): Entry(Sentinel),
        ("POST", f"{_PERSON}/activate"): Entry(Sentinel),
        ("POST", f"{_PERSON}/deactivate"): Entry(Sentinel),
        ("POST", "/desk/v1/endpoints"): Entry(EndpointWithSecret),
        ("GET", "/desk/v1/endpoints"): Entry(Endpoints),
        ("DELETE", _ENDPOINT): Entry(Deleted),
        ("POST", f"{_ENDPOINT}/activate"): Entry(Endpoint),
        ("POST", f"{_ENDPOINT}/deactivate"): Entry(Endpoint),
        ("POST", f"{_ENDPOINT}/rotate"): Entry(EndpointWithSecret),
        ("GET", _DELIVERIES): Entry(
            Deliveries,
            query=(
                Query("state", choice("queued", "delivered", "dead")),
                Query("carrier", choice("http", "slack")),
                Query("url", name(2_048)),
                Query("endpoint", name()),
                Query("request", name()),
                Query("since", name()),
                Query("until", name()),
                Query("limit", count(1_000, 100)),
            ),
        ),
        ("POST", f"{_DELIVERIES}/replay"): Entry(ReplayedMany),
        ("POST", f"{_DELIVERIES}/{{id}}/replay"): Entry(Replayed),
        ("GET", "/metrics"): Entry(None),
    },
)
"""The chapter of our own routes."""
