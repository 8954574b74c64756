"""Parameters in the query: text of bounded length that a database can hold."""

from __future__ import annotations

from api.ops import Call
from api.problems import fault
from approvals.errors import RequestNotFound
from approvals.ids import RequestRef, parse

_LONGEST = 255
_LONGEST_NAME = 64
_MOST_WARNINGS = 20


def parameter(call: Call, name: str, longest: int = _LONGEST) -> str | None:
    """A parameter's value, None where it is absent or empty. Raises Refused (400)."""
    text = call.request.query.get(name)
    if not text:
        return None
    if len(text) > longest or not _storable(text):
        raise fault(name, "cannot be looked up", f"at most {longest} characters, no control characters")
    return text


def unread(call: Call, *known: str) -> list[str]:
    """A warning for each parameter that this route does not read: a misspelt filter filters nothing."""
    strange = [name for name in dict.fromkeys(call.request.query) if name not in known]
    warnings = [
        f"Unknown parameter {name[:_LONGEST_NAME]!r} was ignored." for name in strange[:_MOST_WARNINGS]
    ]
    if len(strange) > _MOST_WARNINGS:
        warnings.append(f"{len(strange) - _MOST_WARNINGS} more unknown parameters were ignored.")
    return warnings


def number(call: Call, name: str, usual: int, most: int) -> int:
    """A parameter that counts from 1 to `most`; `usual` where it is absent. Raises Refused (400)."""
    text = parameter(call, name)
    if text is None:
        return usual
    found = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= found <= most:
        raise fault(name, f"must be a whole number from 1 to {most}")
    return found


def reference(text: str) -> RequestRef:
    """The request that an id in any form means. What is no id at all is not found either."""
    ref = parse(text)
    if ref is None:
        raise RequestNotFound(text[:_LONGEST])
    return ref


def _storable(text: str) -> bool:
    return not any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 or ord(c) == 127 for c in text)
