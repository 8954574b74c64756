"""What all wire models share: strict types, unknown fields kept apart, and faults in our words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from api.problems import Fault, Kind, invalid
from approvals.model import Json

_MOST_WARNINGS = 20
_LONGEST_NAME = 64
_LONGEST_WHO = 320


class WireModel(BaseModel):
    """A body of a dialect. Unknown fields are accepted, and reported by `unknown`."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, hide_input_in_errors=True)


_FILLED = r"^ *[^\s\p{Cc}][^\p{Cc}\u{2028}\u{2029}]*$"
_ONE_LINE = r"^[^\p{Cc}\u{2028}\u{2029}]*$"

Name = Annotated[str, StringConstraints(max_length=255, pattern=_FILLED)]
"""A required text of one line: not blank, no control characters."""

Line = Annotated[str, StringConstraints(max_length=500, pattern=_ONE_LINE)]
"""An optional text of one line; blank is as good as absent."""

Address = Annotated[str, StringConstraints(max_length=2048, pattern=_ONE_LINE)]
"""A URL as far as its characters go."""

Text = Annotated[str, StringConstraints(pattern=r"\S")]
"""A text that says something."""

Share = Annotated[float, Field(ge=0, le=1)]
"""A number from 0 to 1."""


def _who(value: object) -> str | int:
    number = isinstance(value, int) and not isinstance(value, bool)
    if number or (isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST_WHO):
        return value  # type: ignore[return-value]
    raise PydanticCustomError("who", "not a person")


Who = Annotated[str | int, PlainValidator(_who), WithJsonSchema({"type": ["string", "integer"]})]
"""A Sentinel by number, e-mail or name."""

Model = TypeVar("Model", bound=BaseModel)


def read(model: type[Model], value: Mapping[str, Json]) -> Model:
    """The body as its model. Raises Refused (400) with one fault per field, in the model's order."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise invalid(*(_fault(detail) for detail in details)) from None


def filled(text: str | None) -> str | None:
    """The text, None where it is blank."""
    return text if text and not text.isspace() else None


def unknown(body: BaseModel) -> list[str]:
    """A warning for each field that the model does not know."""
    extra = body.model_extra
    if not extra:
        return []
    warnings = [f"Unknown field {_short(name)!r} was ignored." for name in list(extra)[:_MOST_WARNINGS]]
    if len(extra) > _MOST_WARNINGS:
        warnings.append(f"{len(extra) - _MOST_WARNINGS} more unknown fields were ignored.")
    return warnings


def _fault(detail: Any) -> Fault:
    name = _path(detail["loc"])
    sent, kind, facts = detail.get("input"), detail["type"], detail.get("ctx", {})
    blank = kind == "string_pattern_mismatch" and not sent.strip()
    if kind == "missing" or sent is None or blank:
        return Fault(name, "is required", kind=Kind.MISSING)
    words = _ISSUES.get(kind)
    return Fault(name, words(facts) if words else "is invalid")


def _path(steps: tuple[str | int, ...]) -> str:
    text = "".join(f"[{s}]" if isinstance(s, int) else f".{_short(s)}" for s in steps)
    return text.removeprefix(".")


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"


_ISSUES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "string_type": lambda _: "must be a string",
    "dict_type": lambda _: "must be an object",
    "model_type": lambda _: "must be an object",
    "list_type": lambda _: "must be a list",
    "int_type": lambda _: "must be an integer",
    "float_type": lambda _: "must be a number",
    "bool_type": lambda _: "must be true or false",
    "string_pattern_mismatch": lambda _: "must be one line without control characters",
    "string_too_long": lambda facts: f"must have at most {facts['max_length']} characters",
    "too_long": lambda facts: f"must have at most {facts['max_length']} items",
    "who": lambda _: "must be the number, e-mail or name of a Sentinel",
    "literal_error": lambda facts: f"must be {facts['expected']}",
    "less_than_equal": lambda facts: f"must be at most {facts['le']}",
    "greater_than_equal": lambda facts: f"must be at least {facts['ge']}",
}
"""pydantic's kinds of errors -> what is wrong, said of the field."""
