"""What Humancheck answers, as types."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from api.docs.entries import Chapter, Entry, Moment, Query, choice, count, name

Status = Literal["pending", "approved", "rejected", "modified", "expired", "cancelled"]
Outcome = Literal["escalated", "expired", "cancelled"]


class Error(TypedDict):
    """What went wrong, in one sentence."""

    detail: str


class Decision(TypedDict):
    """How a review ended; `outcome` where that was without an approval, a rejection or a change."""

    id: int
    review_id: int
    reviewer_id: int | None
    reviewer_name: str | None
    decision_type: Literal["approve", "reject", "modify"]
    modified_action: str | None
    notes: str | None
    created_at: Moment
    outcome: NotRequired[Outcome]
    warnings: NotRequired[list[str]]


class Review(TypedDict):
    """A review; `decision` is null until there is one."""

    id: int
    task_type: str
    proposed_action: str
    agent_reasoning: str | None
    confidence_score: float | None
    urgency: Literal["low", "medium", "high", "critical"]
    framework: str | None
    metadata: Any
    organization_id: int | None
    agent_id: int | None
    blocking: bool
    status: Status
    decision: Decision | None
    outcome: NotRequired[Outcome]
    created_at: Moment
    updated_at: Moment
    warnings: NotRequired[list[str]]


class TimedOut(TypedDict):
    """Nobody decided while a blocking create was held; the review lives on."""

    detail: str
    id: int
    status: Status
    warnings: NotRequired[list[str]]


class Page(TypedDict):
    """A page of reviews."""

    reviews: list[Review]
    total: int
    page: int
    page_size: int
    warnings: NotRequired[list[str]]


class Rated(TypedDict):
    """The answer to a feedback."""

    review_id: int
    rating: int
    comment: str | None
    created_at: Moment
    warnings: NotRequired[list[str]]


class Ratings(TypedDict):
    """What the agents' side thought of the decisions."""

    count: int
    average_rating: float | None


class Totals(TypedDict):
    """Reviews by status."""

    total: int
    pending: int
    approved: int
    rejected: int
    modified: int
    expired: int
    cancelled: int
    feedback: Ratings


_ALL, _ONE = "/reviews", "/reviews/{id}"

HUMANCHECK = Chapter(
    "humancheck",
    Error,
    {
        ("POST", _ALL): Entry(Review, also={408: TimedOut}),
        ("GET", _ALL): Entry(
            Page,
            query=(
                Query(
                    "status", choice("pending", "approved", "rejected", "modified", "expired", "cancelled")
                ),
                Query("task_type", name()),
                Query("framework", name()),
                Query("page", count(1_000_000, 1)),
                Query("page_size", count(100, 20)),
            ),
        ),
        ("GET", _ONE): Entry(Review, held=True),
        ("GET", f"{_ONE}/decision"): Entry(Decision | None, held=True),
        ("POST", f"{_ONE}/decide"): Entry(Decision, errors=(409,)),
        ("POST", f"{_ONE}/feedback"): Entry(Rated),
        ("GET", "/stats"): Entry(Totals),
    },
)
"""The dialect's chapter."""
