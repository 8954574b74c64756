"""The words of the documentation, in English and in French, read from `words/` and `examples/`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from approvals.model import Json

_HERE = Path(__file__).parent


class Words(NamedTuple):
    """The same in both languages."""

    en: str
    fr: str


@dataclass(frozen=True, slots=True)
class Prose:
    """What is said of one dialect: of itself, its routes (`POST /ai-request`) and its fields.

    A route's French summary stands in `titles`; the English one is the route's own.
    """

    title: str
    about: Words
    titles: Mapping[str, str]
    routes: Mapping[str, Words]
    fields: Mapping[str, Words]


@dataclass(frozen=True, slots=True)
class Example:
    """A call as it was made and answered: its address with what was filled in, both bodies as JSON."""

    address: str
    request: Json
    reply: Json


@cache
def prose(name: str) -> Prose:
    """The words of one dialect."""
    raw = yaml.safe_load((_HERE / "words" / f"{name}.yml").read_text(encoding="utf-8"))
    return Prose(
        raw["title"],
        _words(raw["about"]),
        {route: words["title"] for route, words in raw["routes"].items()},
        {route: _words(words) for route, words in raw["routes"].items()},
        {field: _words(words) for field, words in raw["fields"].items()},
    )


def examples(name: str) -> Mapping[str, Example]:
    """The examples of one dialect by route."""
    return {route: Example(**example) for route, example in _told(name)["routes"].items()}


def heard(name: str) -> Mapping[str, Json]:
    """What a dialect's receivers are told, by event."""
    found: Mapping[str, Json] = _told(name)["webhooks"]
    return found


@cache
def _told(name: str) -> Mapping[str, Json]:
    found: Mapping[str, Json] = json.loads((_HERE / "examples" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _words(raw: Mapping[str, Any]) -> Words:
    return Words(raw["en"].strip(), raw["fr"].strip())
