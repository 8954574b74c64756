"""What HITL.sh answers, as types: everything in its envelope."""

from __future__ import annotations

from typing import Any, Generic, Literal, NotRequired, TypeVar, get_args

from typing_extensions import TypedDict

from api.docs.entries import Chapter, Entry, Moment, Query, choice, count, name
from approvals.model import Dialect
from approvals.subscriptions import EVENTS

T = TypeVar("T")

Status = Literal["created", "assigned", "in_progress", "completed", "cancelled", "expired"]
FieldType = Literal[
    "content_display",
    "boolean",
    "text",
    "textarea",
    "number",
    "select",
    "multi_select",
    "date",
    "rating",
]


class Pagination(TypedDict):
    """Where a page stands in its listing."""

    page: int
    per_page: int
    total: int
    total_pages: int


class Meta(TypedDict):
    """The call's own id and time, and what was accepted but not understood."""

    request_id: str
    timestamp: Moment
    pagination: NotRequired[Pagination]
    warnings: NotRequired[list[str]]


class Envelope(TypedDict, Generic[T]):
    """What every good answer comes in."""

    success: Literal[True]
    data: T
    meta: Meta


class Problem(TypedDict):
    """A stable code, a sentence, and the field or the facts."""

    code: str
    message: str
    details: dict[str, Any]


class Error(TypedDict):
    """What every error comes in."""

    success: Literal[False]
    error: Problem
    meta: Meta


class CreatedReview(TypedDict):
    """A review as it was just made."""

    id: str
    template_id: str | None
    content: Any
    assignees: list[str]
    priority: Literal["low", "medium", "high", "urgent"]
    due_date: Moment | None
    status: Status
    created_at: Moment
    updated_at: Moment


class Result(TypedDict):
    """What was answered, every field of the template under its own name besides."""

    approved: bool
    feedback: str | None


class Review(CreatedReview):
    """A review as it stands."""

    result: Result | None
    completed_at: Moment | None
    reviewer: str | None
    outcome: NotRequired[Literal["escalated"]]


class Reviews(TypedDict):
    """A page of reviews."""

    reviews: list[Review]


class Field(TypedDict):
    """A field of a template, as it was sent."""

    name: str
    type: FieldType
    label: str
    editable: NotRequired[bool]
    required: NotRequired[bool]
    options: NotRequired[list[str]]


class Template(TypedDict):
    """A form in which reviews are answered."""

    id: str
    name: str
    description: str | None
    fields: list[Field]
    version: int
    created_at: Moment
    updated_at: Moment


class Templates(TypedDict):
    """A page of templates."""

    templates: list[Template]


class Webhook(TypedDict):
    """Who hears of reviews."""

    id: str
    url: str
    events: list[str]
    active: bool
    created_at: Moment | None
    updated_at: Moment | None


class WebhookWithSecret(Webhook):
    """The only time that its secret is shown."""

    secret: str


class Webhooks(TypedDict):
    """A page of webhooks."""

    webhooks: list[Webhook]


class Team(TypedDict):
    """Sentinels under one name."""

    id: str
    name: str
    description: str | None
    member_count: int


class Teams(TypedDict):
    """A page of teams."""

    teams: list[Team]


class Member(TypedDict):
    """A Sentinel in a team."""

    email: str | None
    name: str
    active: bool


class JoinedMember(Member):
    """A Sentinel who has just joined."""

    team_id: str


class Members(TypedDict):
    """A page of a team's members."""

    members: list[Member]


class Deleted(TypedDict):
    """What is gone."""

    id: str
    deleted: Literal[True]


class ReviewEvent(TypedDict):
    """What a webhook hears of a review: `id`, `template_id`, and what is new about it."""

    event: str
    review: dict[str, Any]
    timestamp: Moment


class TemplateEvent(TypedDict):
    """What a webhook hears of a template."""

    event: Literal["template.updated"]
    template: Template
    timestamp: Moment


_REVIEWS = tuple(name for name in EVENTS[Dialect.HITL] if name.startswith("review."))
_PAGES = (Query("page", count(1_000_000, 1)), Query("per_page", count(100, 20)))
_STATUSES = choice(*get_args(Status))

HITL = Chapter(
    "hitl",
    Error,
    {
        ("POST", "/v1/reviews"): Entry(Envelope[CreatedReview], errors=(404,)),
        ("GET", "/v1/reviews"): Entry(
            Envelope[Reviews],
            query=(
                *_PAGES,
                Query("status", _STATUSES),
                Query("template_id", name()),
                Query("assignee", name()),
            ),
        ),
        ("GET", "/v1/reviews/{id}"): Entry(Envelope[Review], held=True),
        ("PATCH", "/v1/reviews/{id}"): Entry(Envelope[Review], errors=(409,)),
        ("DELETE", "/v1/reviews/{id}"): Entry(Envelope[Review], errors=(409,)),
        ("POST", "/v1/templates"): Entry(Envelope[Template]),
        ("GET", "/v1/templates"): Entry(Envelope[Templates], query=_PAGES),
        ("GET", "/v1/templates/{id}"): Entry(Envelope[Template]),
        ("PATCH", "/v1/templates/{id}"): Entry(Envelope[Template], errors=(409,)),
        ("DELETE", "/v1/templates/{id}"): Entry(Envelope[Deleted]),
        ("POST", "/v1/webhooks"): Entry(Envelope[WebhookWithSecret], errors=(409,)),
        ("GET", "/v1/webhooks"): Entry(Envelope[Webhooks], query=_PAGES),
        ("GET", "/v1/webhooks/{id}"): Entry(Envelope[Webhook]),
        ("PATCH", "/v1/webhooks/{id}"): Entry(Envelope[Webhook]),
        ("DELETE", "/v1/webhooks/{id}"): Entry(Envelope[Deleted]),
        ("POST", "/v1/webhooks/{id}/rotate"): Entry(Envelope[WebhookWithSecret]),
        ("POST", "/v1/teams"): Entry(Envelope[Team], errors=(409,)),
        ("GET", "/v1/teams"): Entry(Envelope[Teams], query=_PAGES),
        ("GET", "/v1/teams/{id}/members"): Entry(Envelope[Members], query=_PAGES),
        ("POST", "/v1/teams/{id}/members"): Entry(Envelope[JoinedMember]),
    },
    {**dict.fromkeys(_REVIEWS, ReviewEvent), "template.updated": TemplateEvent},
)
"""The dialect's chapter."""
