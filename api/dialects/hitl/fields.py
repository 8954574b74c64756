"""The fields of a template, so that they fit the Slack modal in which they are answered. Pure.

What a modal cannot hold is refused when the template or the review is made, with the limit named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from api.dialects.hitl.wire import TemplateField
from api.problems import Fault, fault, invalid
from approvals.model import Json

DISPLAY = "content_display"

CHOICES = frozenset({"select", "multi_select"})

MOST_FIELDS = 50
"""A modal has 100 blocks; the request itself and the reasoning take the others."""

HEAVIEST_FORM = 40_000
"""Bytes of labels and options as Slack is sent them. A modal has 250 KB, most of it for the content."""

LONGEST_LABEL = 2_000
MOST_OPTIONS = 100
LONGEST_OPTION = 75

LONGEST_EDITED = 3_000
"""Characters of a text that a person can edit in a modal."""

_BROKEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")

_TYPED: Mapping[str, frozenset[str]] = {
    "approved": frozenset({"boolean"}),
    "content": frozenset({DISPLAY}),
    "feedback": frozenset({"text", "textarea"}),
}
"""Names that a result gives a meaning of its own -> the types in which that meaning fits."""

_RESERVED = frozenset({"outcome", "reasoning"})
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_OVERHEAD = 400
_PER_OPTION = 80


def checked(fields: Sequence[TemplateField]) -> tuple[dict[str, Json], ...]:
    """The fields as they are kept: what was sent, unknown members left out. Raises Refused (400)."""
    if not 0 < len(fields) <= MOST_FIELDS:
        raise fault("fields", f"must be 1 to {MOST_FIELDS}", "a Slack modal holds no more")
    found = [*_of_all(fields), *(f for place, field in enumerate(fields) for f in _of_one(place, field))]
    if found:
        raise invalid(*found)
    return tuple(_kept(field) for field in fields)


def editable(fields: Iterable[Mapping[str, Any]]) -> str | None:
    """The name of the field whose text a person may edit, None where there is none."""
    return next((f["name"] for f in fields if f["type"] == DISPLAY and f.get("editable")), None)


def check_text(text: str, fields: Iterable[Mapping[str, Any]]) -> None:
    """Raise Refused (400) where a person is to edit a text that no input of Slack's can hold."""
    length = slack_length(text)
    if length > LONGEST_EDITED and editable(fields) is not None:
        issue = f"has {length} characters, and Slack lets people edit at most {LONGEST_EDITED}"
        raise fault("content.text", issue, "shorten it, or take a template that is not editable")


def slack_length(text: str) -> int:
    """The characters of a text as Slack may count them: escaped, and in UTF-16."""
    escaped = len(text) + sum(text.count(letter) * (len(to) - 1) for letter, to in _ENTITIES.items())
    return escaped if text.isascii() else escaped + sum(letter > "\uffff" for letter in text)


def _kept(field: TemplateField) -> dict[str, Json]:
    known = {name: getattr(field, name) for name in TemplateField.model_fields}
    return {name: value for name, value in known.items() if value is not None}


def _of_all(fields: Sequence[TemplateField]) -> Iterator[Fault]:
    names = [field.name for field in fields]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Fault("fields", f"has the name {name[:64]!r} twice", "give each field a name of its own")
    if sum(field.type == DISPLAY and bool(field.editable) for field in fields) > 1:
        yield Fault("fields", "has several editable content_display fields; a review has one text")
    weight = sum(map(_weight, fields))
    if weight > HEAVIEST_FORM:
        issue = f"come to {weight} bytes of labels and options; a Slack modal has room for {HEAVIEST_FORM}"
        yield Fault("fields", issue, "shorten them, or leave some out")


def _of_one(place: int, field: TemplateField) -> Iterator[Fault]:
    where = f"fields[{place}]"
    yield from _of_name(f"{where}.name", field)
    if slack_length(field.label) > LONGEST_LABEL or _BROKEN.search(field.label):
        yield Fault(f"{where}.label", f"must be one line of at most {LONGEST_LABEL} characters")
    if field.type in CHOICES:
        yield from _of_options(f"{where}.options", field.options or [])
    elif field.options:
        yield Fault(f"{where}.options", f"means nothing to a field of type {field.type}", "leave it out")


def _of_name(where: str, field: TemplateField) -> Iterator[Fault]:
    if not _NAME.fullmatch(field.name):
        yield Fault(where, "must be a letter and up to 63 letters, digits, - or _")
    elif field.name in _RESERVED:
        yield Fault(where, f"{field.name!r} is a word of every result", "take another name")
    elif field.type not in _TYPED.get(field.name, {field.type}):
        fitting = " or ".join(sorted(_TYPED[field.name]))
        yield Fault(where, f"{field.name!r} names a field of type {fitting}", "take another name")


def _of_options(where: str, options: list[str]) -> Iterator[Fault]:
    if not 0 < len(options) <= MOST_OPTIONS:
        yield Fault(where, f"must be 1 to {MOST_OPTIONS} texts; a Slack menu holds no more")
    if len(set(options)) < len(options):
        yield Fault(where, "has the same option twice")
    for place, option in enumerate(options[:MOST_OPTIONS]):
        if not option.strip() or slack_length(option) > LONGEST_OPTION or _BROKEN.search(option):
            yield Fault(f"{where}[{place}]", f"must be one line of 1 to {LONGEST_OPTION} characters")


def _weight(field: TemplateField) -> int:
    options = sum(_PER_OPTION + len(json.dumps(option)) for option in field.options or ())
    return _OVERHEAD + len(json.dumps(field.label)) + len(field.name) + options
