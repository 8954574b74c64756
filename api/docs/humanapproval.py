"""What Human Approval answers, as types. What was not given is left out."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, get_args

from typing_extensions import TypedDict

from api.docs.entries import Chapter, Entry, Moment, Query, choice, name

Status = Literal["pending", "approved", "rejected", "expired"]


class Error(TypedDict):
    """What went wrong; `errors` where fields are to blame."""

    error: str
    errors: NotRequired[dict[str, list[str]]]


class Created(TypedDict):
    """The answer to a create."""

    id: str
    status: Status
    title: NotRequired[str]
    external_id: NotRequired[str]
    payload: Any
    inserted_at: Moment
    expires_at: NotRequired[Moment]
    warnings: NotRequired[list[str]]


class Request(TypedDict):
    """A request; the decision's fields are left out before a decision."""

    id: str
    status: Status
    title: NotRequired[str]
    description: NotRequired[str]
    external_id: NotRequired[str]
    payload: Any
    decided_at: NotRequired[Moment]
    decided_by_id: NotRequired[str]
    decision_note: NotRequired[str]
    outcome: NotRequired[Literal["modified", "escalated", "cancelled"]]
    inserted_at: Moment
    expires_at: NotRequired[Moment]
    warnings: NotRequired[list[str]]


class Many(TypedDict):
    """A page of requests."""

    requests: list[Request]
    next_cursor: str | None
    warnings: NotRequired[list[str]]


class Ended(TypedDict):
    """What a `callback_url` or an endpoint gets; the last fields are null where nobody decided."""

    event: Literal["request.decided", "request.expired"]
    request_id: str
    external_id: str | None
    status: Status
    payload: Any
    decision_note: str
    decided_at: Moment | None
    decided_by_id: str | None
    outcome: NotRequired[Literal["modified", "escalated", "cancelled"]]


_ALL = "/api/v1/requests"

HUMANAPPROVAL = Chapter(
    "humanapproval",
    Error,
    {
        ("POST", _ALL): Entry(Created, also={200: Request}, errors=(409,)),
        ("GET", _ALL): Entry(
            Many,
            query=(
                Query("external_id", name()),
                Query("status", choice(*get_args(Status))),
                Query("cursor"),
            ),
        ),
        ("GET", f"{_ALL}/{{id}}"): Entry(Request, held=True),
    },
    {"request.decided": Ended, "request.expired": Ended},
)
"""The dialect's chapter."""
