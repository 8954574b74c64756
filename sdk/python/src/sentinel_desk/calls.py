"""A call of a guarded function, as the person who decides on it sees it."""

from __future__ import annotations

import inspect
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic_core import PydanticSerializationError, to_jsonable_python

from sentinel_desk.drafts import Wanted
from sentinel_desk.errors import ArgumentsChanged, Expired, Rejected
from sentinel_desk.models import Decision, Status

Summary = str | Callable[..., str]
"""A format string over a call's arguments, or a function that is called like the guarded one."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """A function that needs approval, and how its calls are put to a person."""

    name: str
    signature: inspect.Signature
    domain: str
    summary: Summary
    jurisdiction: str | None
    description: Summary | None
    payload: Callable[..., Mapping[str, Any]] | None
    expires_in: timedelta | None

    def __post_init__(self) -> None:
        for text in (self.summary, self.description):
            if isinstance(text, str):
                _placeholders_exist(text, self.signature)

    def call(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Call:
        """One call of it. Raises TypeError where it would fail, or cannot be shown as JSON."""
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return Call(self, args, kwargs, bound.arguments, _marks(bound.arguments))


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its arguments by name, and marks by which a change of them is noticed."""

    guarded: Guarded
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    arguments: Mapping[str, Any]
    marks: Mapping[str, Any]

    def wanted(self, now: datetime) -> Wanted:
        """The request that asks about this call."""
        of = self.guarded
        return Wanted(
            title=self._text(of.summary),
            description=self._text(of.description),
            payload=self._payload(),
            domain=of.domain,
            jurisdiction=of.jurisdiction,
            expires_at=now + of.expires_in if of.expires_in else None,
        )

    def check(self, decision: Decision) -> None:
        """Nothing where the call may run now. Raises Rejected, Expired or ArgumentsChanged."""
        if not decision.approved:
            raise (Expired if decision.status is Status.EXPIRED else Rejected)(decision)
        if _marks(self.arguments) != self.marks:
            raise ArgumentsChanged(f"{decision.request_id} was approved for other arguments")

    def _text(self, summary: Summary | None) -> str | None:
        if isinstance(summary, str):
            return summary.format_map(self.arguments)
        return summary(*self.args, **self.kwargs) if summary else None

    def _payload(self) -> Mapping[str, Any]:
        if self.guarded.payload is not None:
            return self.guarded.payload(*self.args, **self.kwargs)
        shown = {name: _plain(name, value) for name, value in self.arguments.items() if name not in _OWNERS}
        return {"function": self.guarded.name, "arguments": shown}


# What a method is called on is no argument of the action.
_OWNERS = frozenset({"self", "cls"})


def _placeholders_exist(text: str, signature: inspect.Signature) -> None:
    for _, name, _, _ in string.Formatter().parse(text):
        if name is not None and name.split(".")[0].split("[")[0] not in signature.parameters:
            raise TypeError(f"{{{name}}} in {text!r} is no parameter of the function")


def _plain(name: str, value: object) -> Any:
    try:
        if isinstance(value, Iterator):
            raise TypeError("looking at it would use it up")
        return to_jsonable_python(value)
    except (PydanticSerializationError, TypeError, ValueError) as error:
        raise TypeError(f"the argument {name} cannot be shown ({error}); pass payload=…") from error


def _marks(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _mark(value) for name, value in arguments.items() if name not in _OWNERS}


def _mark(value: object) -> Any:
    # Never shown: what is no JSON is marked by its repr.
    if isinstance(value, Iterator):
        return repr(value)
    try:
        return to_jsonable_python(value, fallback=repr)
    except (PydanticSerializationError, ValueError):
        return repr(value)
