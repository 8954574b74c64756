"""A review template as the form in which a Sentinel decides. Pure.

The dialect that knows templates keeps one with the request, under `wire["template"]`: an object with
`fields`, each `{name, type, label, required, editable, options}`. It checked them when they were made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from approvals.model import ApprovalRequest, Dialect
from bot.text import weight

DISPLAY = "content_display"
APPROVED = "approved"
LONGEST_INPUT = 3000


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a template."""

    name: str
    type: str
    label: str
    required: bool = False
    editable: bool = False
    options: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether the Sentinel enters something here."""
        return self.type != DISPLAY


def fields(request: ApprovalRequest) -> tuple[Field, ...]:
    """The template's fields, none where the request has no template."""
    template = request.wire.get("template") or {}
    return tuple(_field(raw) for raw in template.get("fields", ()))


def asked(request: ApprovalRequest) -> Iterable[Field]:
    """The fields that the Sentinel fills in."""
    return (field for field in fields(request) if field.asks)


def needs_form(request: ApprovalRequest) -> bool:
    """Whether deciding means filling in a form."""
    return any(asked(request))


def modifiable(request: ApprovalRequest) -> bool:
    """Whether the client can hear of a change and there is a text that a person can change in Slack."""
    if not request.dialect.hears_modified or weight(request.summary) > LONGEST_INPUT:
        return False
    shown = [field for field in fields(request) if field.type == DISPLAY]
    return request.dialect is Dialect.HUMANCHECK or not shown or any(field.editable for field in shown)


def _field(raw: dict[str, object]) -> Field:
    options = raw.get("options")
    return Field(
        name=str(raw["name"]),
        type=str(raw["type"]),
        label=str(raw.get("label") or raw["name"]),
        required=bool(raw.get("required")),
        editable=bool(raw.get("editable")),
        options=tuple(map(str, options)) if isinstance(options, list) else (),
    )
