"""OpenAPI 3.1 for every route, made of the models that validate and of what `api.docs` says besides.

Source: the OpenAPI Specification 3.1.0. Component names are `DIALECT.Model`, since dialects share words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from api.docs import curl, everywhere, problems
from api.docs.entries import Chapter, Entry
from api.docs.prose import Example, Prose, examples, heard, prose
from api.ops import Mount, Op
from approvals.model import Json

API_VERSION = "1.0.0"

_SCHEMAS = "#/components/schemas/"
_KEYS: list[dict[str, list[str]]] = [{"key": []}, {"bearer": []}]
_IN_PATH = re.compile(r"\{(\w+)\}")

# What pydantic's regular expressions can say and JSON Schema's cannot.
_PORTABLE = {r"\p{Cc}": r"\u0000-\u001f\u007f-\u009f", r"\u{2028}": r"\u2028", r"\u{2029}": r"\u2029"}

# Texts whose form is told by their name.
_FORMATS = {
    "expires_at": "date-time",
    "due_date": "date-time",
    "until": "date-time",
    "callback_url": "uri",
    "url": "uri",
}

_LIMITS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def document(mounts: Sequence[Mount], chapters: Sequence[Chapter]) -> dict[str, Json]:
    """The whole document."""
    told = {chapter.name: chapter for chapter in chapters}
    books = [_Book(mount, told[mount.name]) for mount in mounts]
    paths: dict[str, dict[str, Json]] = {}
    for book in books:
        for op in book.mount.ops:
            paths.setdefault(op.path, {})[op.method.lower()] = book.operation(op)
    schemas = [book.schemas for book in books]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sentinel Desk",
            "version": API_VERSION,
            "summary": "Human approval for AI agents, decided in chat.",
            "description": everywhere.ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [book.tag for book in books],
        "paths": {**paths, **everywhere.health(), **everywhere.webhook_keys()},
        "webhooks": _merged(book.webhooks for book in books),
        "components": {
            "securitySchemes": everywhere.SECURITY,
            "headers": everywhere.HEADERS,
            "parameters": everywhere.PARAMETERS,
            "responses": _merged(book.responses for book in books),
            "schemas": _merged(schemas),
        },
    }


class _Book:
    """One dialect's part of the document."""

    def __init__(self, mount: Mount, chapter: Chapter) -> None:
        self.mount = mount
        self._chapter = chapter
        self._prose: Prose = prose(mount.name)
        self._examples: Mapping[str, Example] = examples(mount.name)
        self._refs, self.schemas = self._generated()
        self.tag: dict[str, Json] = {
            "name": mount.name,
            "description": self._prose.about.en,
            "x-displayName": self._prose.title,
            "x-description-fr": self._prose.about.fr,
        }

    @property
    def responses(self) -> dict[str, Json]:
        """The errors, each once, worded by the dialect itself."""
        return {
            f"{self.mount.name}.{status}": {
                "description": words.en,
                "x-description-fr": words.fr,
                "headers": everywhere.headers(
                    "X-Request-Id", *(("Retry-After",) if status in {429, 503} else ())
                ),
                "content": everywhere.content(
                    self._refs[self._chapter.error], problems.example(self.mount, status)
                ),
            }
            for status, words in problems.WORDS.items()
        }

    @property
    def webhooks(self) -> dict[str, Json]:
        """What the dialect's receivers are told."""
        told = heard(self.mount.name)
        return {
            f"{self.mount.name}.{event}": {
                "post": {
                    "operationId": f"{self.mount.name}_hears_{_slug(event)}",
                    "summary": event,
                    "x-dialect": self.mount.name,
                    "security": [],
                    "parameters": [everywhere.reference(f"parameters/{name}") for name in everywhere.SIGNED],
                    "requestBody": {"content": everywhere.content(self._refs[kind], told.get(event))},
                    "responses": {"2XX": {"description": "Received; anything else is tried again."}},
                }
            }
            for event, kind in self._chapter.webhooks.items()
        }

    def operation(self, op: Op) -> dict[str, Json]:
        """One route."""
        route = f"{op.method} {op.path}"
        entry = self._chapter.entries[op.method, op.path]
        example = self._examples.get(route)
        body = {} if op.body is None else {"requestBody": self._body(op.body, example)}
        return {
            "operationId": f"{self.mount.name}_{_slug(op.summary)}",
            "tags": [self.mount.name],
            "summary": op.summary,
            "description": self._prose.routes[route].en,
            "x-summary-fr": self._prose.titles[route],
            "x-description-fr": self._prose.routes[route].fr,
            "x-scopes": sorted(scope.value for scope in op.scopes),
            "x-codeSamples": [{"lang": "Shell", "source": curl.line(op.method, example)}] if example else [],
            "security": _KEYS,
            "parameters": self._parameters(op, entry),
            **body,
            "responses": {
                **self._answers(op, entry, example),
                **{
                    str(status): everywhere.reference(f"responses/{self.mount.name}.{status}")
                    for status in _errors(op, entry)
                },
            },
        }

    def _parameters(self, op: Op, entry: Entry) -> list[dict[str, Json]]:
        named = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, **self._words(name)}
            for name in _IN_PATH.findall(op.path)
        ]
        asked = [
            {"name": query.name, "in": "query", "schema": dict(query.schema), **self._words(query.name)}
            for query in entry.query
        ]
        waiting = ("wait", "prefer", "questions") if entry.held else ()
        held = [everywhere.reference(f"parameters/{name}") for name in waiting]
        repeats = [everywhere.reference("parameters/idempotency")] if op.method != "GET" else []
        tagged = [everywhere.reference("parameters/tag")] if op.tagged else []
        return [*named, *asked, *held, *repeats, *tagged]

    def _body(self, body: type[BaseModel], example: Example | None) -> dict[str, Json]:
        shown = example.request if example else None
        return {"required": bool(body.model_fields), "content": everywhere.content(self._refs[body], shown)}

    def _answers(self, op: Op, entry: Entry, example: Example | None) -> dict[str, Json]:
        reply = example.reply if example else None
        good = {
            op.status: (entry.reply, reply),
            **{status: (kind, None) for status, kind in entry.also.items()},
        }
        answers = {str(status): self._answer(status, kind, shown) for status, (kind, shown) in good.items()}
        return {**answers, "304": everywhere.UNCHANGED} if op.tagged else answers

    def _answer(self, status: int, kind: Any, shown: Json) -> dict[str, Json]:
        content = everywhere.TEXT if kind is None else everywhere.content(self._refs[kind], shown)
        headers = everywhere.headers("X-Request-Id", *_LIMITS)
        return {"description": everywhere.STATUS[status], "headers": headers, "content": content}

    def _words(self, name: str) -> dict[str, Json]:
        words = self._prose.fields.get(name)
        return {"description": words.en, "x-description-fr": words.fr} if words else {}

    def _generated(self) -> tuple[dict[Any, Json], dict[str, Json]]:
        """A schema (mostly a reference) for each body and reply, and the components that they name."""
        bodies = [op.body for op in self.mount.ops if op.body is not None]
        entries = self._chapter.entries.values()
        replies = [
            kind for entry in entries for kind in (entry.reply, *entry.also.values()) if kind is not None
        ]
        heard_of = self._chapter.webhooks.values()
        kinds = list(dict.fromkeys([*bodies, *replies, *heard_of, self._chapter.error]))
        prefix = f"{self.mount.name}."
        found, definitions = TypeAdapter.json_schemas(
            [(number, "validation", TypeAdapter(kind)) for number, kind in enumerate(kinds)],
            ref_template=f"{_SCHEMAS}{prefix}{{model}}",
            schema_generator=_Untitled,
        )
        refs = {kind: _portable(found[number, "validation"]) for number, kind in enumerate(kinds)}
        schemas = {f"{prefix}{name}": schema for name, schema in definitions["$defs"].items()}
        for body in bodies:
            # Its docstring speaks to whoever works on the desk.
            schemas[f"{prefix}{body.__name__}"].pop("description", None)
        return refs, {name: self._described(_portable(schema)) for name, schema in schemas.items()}

    def _described(self, schema: dict[str, Json]) -> dict[str, Json]:
        for name, inner in schema.get("properties", {}).items():
            inner.update(self._words(name))
            if inner.get("type") == "string" or "anyOf" in inner:
                _form(inner, _FORMATS.get(name))
        return schema


class _Untitled(GenerateJsonSchema):
    """Fields have names; a title would only repeat them."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never."""
        return False


def _errors(op: Op, entry: Entry) -> list[int]:
    """The statuses of everything that can be refused here."""
    found = {401, 403, 503, *entry.errors}
    if op.body is not None:
        found |= {400, 413, 415}
    if entry.query or entry.held:
        found.add(400)
    if "{" in op.path:
        found.add(404)
    if op.creates:
        found.add(429)
    if op.method != "GET":
        found |= {400, 409, 422}
    return sorted(found)


def _form(schema: dict[str, Json], form: str | None) -> None:
    """Say the form of a text, in whichever of its alternatives is one."""
    for part in [schema, *schema.get("anyOf", [])]:
        if form is not None and part.get("type") == "string":
            part.setdefault("format", form)


def _portable(schema: Any) -> Any:
    """The schema without titles, its patterns in a form that every reader of JSON Schema knows."""
    if isinstance(schema, list):
        return [_portable(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: _portable(v) for name, v in schema.items() if name != "title" or not isinstance(v, str)}
    pattern = kept.get("pattern")
    if isinstance(pattern, str):
        for theirs, ours in _PORTABLE.items():
            pattern = pattern.replace(theirs, ours)
        kept["pattern"] = pattern
    return kept


def _merged(parts: Iterable[Mapping[str, Json]]) -> dict[str, Json]:
    return {name: value for part in parts for name, value in part.items()}


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
