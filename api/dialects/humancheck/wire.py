"""Humancheck, what a client sends, in the names and the order of its reference."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from api.wires import Address, Line, Name, Share, Text, WireModel

Stars = Annotated[int, Field(ge=1, le=5)]


class CreateReview(WireModel):
    """`POST /reviews`. The fields up to `blocking` are the reference's, in its order."""

    task_type: Name
    proposed_action: Text
    agent_reasoning: str | None = None
    confidence_score: Share | None = None
    urgency: Literal["low", "medium", "high", "critical"] | None = None
    framework: Line | None = None
    metadata: dict[str, Any] | None = None
    organization_id: int | None = None
    agent_id: int | None = None
    blocking: bool | None = None
    callback_url: Address | None = None
    expires_at: str | None = None
    external_id: Line | None = None
    requested_by: Line | None = None


class Decide(WireModel):
    """`POST /reviews/{id}/decide`. `reviewer_id` is the number of a Sentinel."""

    reviewer_id: int
    decision_type: Literal["approve", "reject", "modify"]
    modified_action: Text | None = None
    notes: str | None = None


class Feedback(WireModel):
    """`POST /reviews/{id}/feedback`: how good the decision was, from 1 to 5."""

    rating: Stars
    comment: str | None = None
