"""What the documentation has to know of a route beside what the route says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import WithJsonSchema

Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""A date-time with its zone."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parameter in the query. `schema` is JSON Schema."""

    name: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One route.

    `reply` is the type of a good answer, None where that is no JSON; `also` are other answers by
    status. `errors` are statuses beyond those that follow from the route itself: 401 and 403 of any,
    400 and 413 of a body, 404 of an address that names something, 409 and 422 of whatever can be
    repeated. `held` says that the answer can wait for the decision.
    """

    reply: Any
    query: tuple[Query, ...] = ()
    errors: tuple[int, ...] = ()
    also: Mapping[int, Any] = field(default_factory=dict)
    held: bool = False


@dataclass(frozen=True, slots=True)
class Chapter:
    """One dialect: the type of its errors, its routes by method and path, and what its receivers hear."""

    name: str
    error: Any
    entries: Mapping[tuple[str, str], Entry]
    webhooks: Mapping[str, Any] = field(default_factory=dict)


def choice(*words: str) -> dict[str, Any]:
    """The schema of one of some words."""
    return {"type": "string", "enum": list(words)}


def count(most: int, usual: int) -> dict[str, Any]:
    """The schema of a number from 1 to `most`."""
    return {"type": "integer", "minimum": 1, "maximum": most, "default": usual}


def name(longest: int = 255) -> dict[str, Any]:
    """The schema of a text that can be looked up."""
    return {"type": "string", "minLength": 1, "maxLength": longest, "pattern": r"^[^\u0000-\u001f\u007f]*$"}
