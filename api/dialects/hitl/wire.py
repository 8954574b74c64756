"""HITL.sh, what a client sends, in the names and the order of its reference."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from api.wires import Address, Line, Name, Text, WireModel

MOST_ASSIGNEES = 50
MOST_EVENTS = 50

Urgency = Literal["low", "medium", "high", "urgent"]
Assignees = Annotated[list[Name], Field(max_length=MOST_ASSIGNEES)]
Events = Annotated[list[str], Field(max_length=MOST_EVENTS)]


class Content(WireModel):
    """What is to be reviewed. Whatever else it holds belongs to it and is read back."""

    text: Text
    metadata: dict[str, Any] | None = None


class CreateReview(WireModel):
    """`POST /v1/reviews`. The fields up to `due_date` are the reference's, in its order."""

    template_id: Line | None = None
    content: Content
    assignees: Assignees | None = None
    priority: Urgency | None = None
    due_date: str | None = None
    callback_url: Address | None = None
    external_id: Line | None = None
    requested_by: Line | None = None


class UpdateReview(WireModel):
    """`PATCH /v1/reviews/{id}`."""

    content: Content | None = None
    assignees: Assignees | None = None
    priority: Urgency | None = None
    due_date: str | None = None


class TemplateField(WireModel):
    """One field of a template; what else has to hold is for `fields` to say."""

    name: Name
    type: Literal[
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
    label: Text
    editable: bool | None = None
    required: bool | None = None
    options: list[str] | None = None


class CreateTemplate(WireModel):
    """`POST /v1/templates`."""

    name: Name
    description: str | None = None
    fields: list[TemplateField]


class UpdateTemplate(WireModel):
    """`PATCH /v1/templates/{id}`."""

    name: Name | None = None
    description: str | None = None
    fields: list[TemplateField] | None = None


class CreateWebhook(WireModel):
    """`POST /v1/webhooks`."""

    url: Address
    events: Events
    active: bool | None = None


class UpdateWebhook(WireModel):
    """`PATCH /v1/webhooks/{id}`."""

    url: Address | None = None
    events: Events | None = None
    active: bool | None = None


class CreateTeam(WireModel):
    """`POST /v1/teams`."""

    name: Name
    description: Line | None = None


class AddMember(WireModel):
    """`POST /v1/teams/{id}/members`: a Sentinel by e-mail."""

    email: Name


class Nothing(WireModel):
    """`POST /v1/webhooks/{id}/rotate`."""


def unknown_in(fields: Iterable[TemplateField]) -> list[str]:
    """A warning for each member of a field that no field has."""
    found = (
        f"Unknown field 'fields[{place}].{name[:64]}' was ignored."
        for place, field in enumerate(fields)
        for name in field.model_extra or ()
    )
    return list(found)[:20]
