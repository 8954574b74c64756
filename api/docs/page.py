"""The OpenAPI document as a page: plain HTML without a script, the same words in either language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Literal

import yaml

from api.docs.prose import Words
from approvals.model import Json

Language = Literal["en", "fr"]

STYLE = Path(__file__).parent / "style.css"

_CODE = re.compile(r"`([^`]*)`")
_BEFORE_A_SIGN = re.compile(r" (?=[:;?!»…](?:\s|$))")
_ANSWERS = {"200": "done", "201": "made", "304": "unchanged", "408": "late"}


def render(document: Mapping[str, Any], language: Language) -> str:
    """The whole page."""
    return _Page(document, language).html()


class _Page:
    def __init__(self, document: Mapping[str, Any], language: Language) -> None:
        self._document = document
        self._language: Language = language
        self._operations: dict[str, list[tuple[str, str, Mapping[str, Any]]]] = {}
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                for tag in operation.get("tags", []):
                    self._operations.setdefault(tag, []).append((method.upper(), path, operation))
        self._webhooks: dict[str, list[Mapping[str, Any]]] = {}
        for hook in document["webhooks"].values():
            self._webhooks.setdefault(hook["post"]["x-dialect"], []).append(hook["post"])

    def html(self) -> str:
        other = "fr" if self._language == "en" else "en"
        say = self._say
        return f"""<!doctype html>
<html lang="{self._language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sentinel Desk: {say("title")}</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<header>
<p class="brand"><a href="#top">Sentinel Desk</a> <span>{say("title")}</span></p>
<p class="links"><a href="/openapi.json">openapi.json</a> <a href="/llms.txt">llms.txt</a>
<a href="/docs/{other}" hreflang="{other}" lang="{other}">{say("other")}</a></p>
</header>
<nav aria-label="{say("contents")}">{self._contents()}</nav>
<main id="top">
{self._begin()}
{"".join(self._chapter(tag) for tag in self._document["tags"])}
</main>
</body>
</html>
"""

    def _contents(self) -> str:
        chapters = [
            f'<h2><a href="#{tag["name"]}">{escape(tag["x-displayName"])}</a></h2>'
            + _list(
                f'<a href="#{operation["operationId"]}">{_verb(method)} {self._summary(operation)}</a>'
                for method, _, operation in self._operations[tag["name"]]
            )
            + self._link_to_hooks(tag["name"])
            for tag in self._document["tags"]
        ]
        return f'<h2><a href="#begin">{self._say("begin")}</a></h2>' + "".join(chapters)

    def _link_to_hooks(self, dialect: str) -> str:
        link = f'<a href="#{dialect}_webhooks">{_verb("POST")} {self._say("webhooks")}</a>'
        return _list([link]) if dialect in self._webhooks else ""

    def _begin(self) -> str:
        paragraphs = "".join(
            f"<h3>{_inline(part['title'][self._language])}</h3><p>{_inline(part[self._language])}</p>"
            for part in _page_words()["begin"]
        )
        return (
            f'<section id="begin"><h1>{self._say("title")}</h1>'
            f'<p class="lead">{self._say("tagline")}</p>{paragraphs}</section>'
        )

    def _chapter(self, tag: Mapping[str, Any]) -> str:
        operations = "".join(self._operation(*one) for one in self._operations[tag["name"]])
        return (
            f'<section id="{tag["name"]}"><h2 class="chapter">{escape(tag["x-displayName"])}</h2>'
            f'<p class="lead">{self._described(tag)}</p>{operations}{self._hooks(tag["name"])}</section>'
        )

    def _hooks(self, dialect: str) -> str:
        """What the dialect's receivers are told, if it has any."""
        told = self._webhooks.get(dialect, [])
        shown = [(hook["summary"], hook["requestBody"]["content"]["application/json"]) for hook in told]
        bodies = "".join(
            f"<h4><code>{escape(event)}</code></h4>{_json(body['example'])}"
            for event, body in shown
            if "example" in body
        )
        if not told:
            return ""
        events = _list(f"<code>{escape(event)}</code>" for event, _ in shown)
        return (
            f'<article id="{dialect}_webhooks"><div class="told"><h3><a href="#{dialect}_webhooks">'
            f"{self._say('webhooks')}</a></h3><p>{self._say('signed')}</p>{events}</div>"
            f'<div class="shown">{bodies}</div></article>'
        )

    def _operation(self, method: str, path: str, operation: Mapping[str, Any]) -> str:
        return f"""
<article id="{operation["operationId"]}">
<div class="told">
<h3><a href="#{operation["operationId"]}">{self._summary(operation)}</a></h3>
<p class="route">{_verb(method)} <code>{escape(path)}</code></p>
<p>{self._described(operation)}</p>
<p class="scope">{self._say("scopes")} {self._scopes(operation["x-scopes"])}</p>
{self._parameters(operation, "parameters", "path", "query")}
{self._body(operation)}
{self._parameters(operation, "headers", "header")}
{self._answers(operation)}
</div>
<div class="shown">{self._example(operation)}</div>
</article>"""

    def _parameters(self, operation: Mapping[str, Any], title: str, *places: str) -> str:
        found = [self._resolved(parameter) for parameter in operation["parameters"]]
        rows = [
            (
                p["name"],
                _kind(p["schema"]),
                self._say(f"in_{p['in']}"),
                p.get("required", False),
                self._described(p),
            )
            for p in found
            if p["in"] in places
        ]
        return self._table(title, rows)

    def _body(self, operation: Mapping[str, Any]) -> str:
        if "requestBody" not in operation:
            return ""
        schema = self._resolved(operation["requestBody"]["content"]["application/json"]["schema"])
        return self._table("body", self._fields(schema))

    def _fields(self, schema: Mapping[str, Any], under: str = "") -> list[tuple[str, str, str, bool, str]]:
        """A row for each field, those of an object inside after it."""
        rows = []
        for name, inner in schema.get("properties", {}).items():
            required = name in schema.get("required", [])
            rows.append((f"{under}{name}", self._kind(inner), "", required, self._described(inner)))
            rows += self._fields(*self._inside(inner, f"{under}{name}"))
        return rows

    def _inside(self, schema: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], str]:
        """The object that a field holds, or a list of them, and how its fields are called."""
        for part in (schema, *schema.get("anyOf", [])):
            if "$ref" in part:
                return self._resolved(part), f"{name}."
            if "$ref" in part.get("items", {}):
                return self._resolved(part["items"]), f"{name}[]."
        return {}, ""

    def _kind(self, schema: Mapping[str, Any]) -> str:
        if "$ref" in schema:
            return "object"
        inner = schema.get("anyOf")
        return f" {self._say('or')} ".join(map(self._kind, inner)) if inner else _kind(schema)

    def _table(self, title: str, rows: Iterable[tuple[str, str, str, bool, str]]) -> str:
        lines = "".join(
            f'<tr><th scope="row"><code>{escape(name)}</code></th><td><span class="kind">{kind}</span>'
            f"{' <b>' + self._say('required') + '</b>' if required else ''} "
            f'<span class="where">{where}</span><br>{words}</td></tr>'
            for name, kind, where, required, words in rows
        )
        return f"<h4>{self._say(title)}</h4><table>{lines}</table>" if lines else ""

    def _answers(self, operation: Mapping[str, Any]) -> str:
        good = [s for s in operation["responses"] if s in _ANSWERS]
        bad = [s for s in operation["responses"] if s not in _ANSWERS]
        told = _list(f"<b>{status}</b> {self._say(_ANSWERS[status])}" for status in good)
        errors = _list(
            f"<b>{status}</b> {self._described(self._resolved(operation['responses'][status]))}"
            for status in bad
        )
        return (
            f'<h4>{self._say("answers")}</h4><div class="statuses">{told}</div>'
            f'<h4>{self._say("errors")}</h4><div class="statuses">{errors}</div>'
        )

    def _example(self, operation: Mapping[str, Any]) -> str:
        parts = [
            f"<h4>{self._say('example')}</h4>{_pre(s['source'])}" for s in operation.get("x-codeSamples", [])
        ]
        for status, answer in operation["responses"].items():
            shown = answer.get("content", {}).get("application/json", {}).get("example", ...)
            if shown is not ...:
                parts.append(f"<h4>{self._say('reply')} {status}</h4>{_json(shown)}")
        return "".join(parts)

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Any = schema
        if "$ref" in schema:
            found = self._document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step]
        return found  # type: ignore[no-any-return]

    def _scopes(self, scopes: list[str]) -> str:
        every = len(scopes) == len(_ALL_SCOPES)
        return (
            self._say("any_scope")
            if every
            else f" {self._say('or')} ".join(f"<code>{s}</code>" for s in scopes)
        )

    def _summary(self, operation: Mapping[str, Any]) -> str:
        return _plain(operation["summary" if self._language == "en" else "x-summary-fr"])

    def _described(self, thing: Mapping[str, Any]) -> str:
        return _inline(thing.get("description" if self._language == "en" else "x-description-fr", ""))

    def _say(self, label: str) -> str:
        return _plain(_labels()[label][0 if self._language == "en" else 1])


_ALL_SCOPES = ("admin", "consume", "decide", "requests")


@cache
def _page_words() -> Json:
    return yaml.safe_load((Path(__file__).parent / "words" / "page.yml").read_text(encoding="utf-8"))


@cache
def _labels() -> Mapping[str, Words]:
    return {name: Words(words["en"], words["fr"]) for name, words in _page_words()["labels"].items()}


def _kind(schema: Mapping[str, Any]) -> str:
    """A schema in a few words."""
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(word))}</code>" for word in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(json.dumps(schema['const']))}</code>"
    kind = schema.get("type", "any")
    if kind == "array":
        return f"array of {_kind(schema['items'])}"
    form = schema.get("format")
    name = " | ".join(kind) if isinstance(kind, list) else str(kind)
    return escape(f"{name} ({form})" if form else name)


def _inline(text: str) -> str:
    """A line of words with `code` in it."""
    return _CODE.sub(r"<code>\1</code>", _plain(text.strip()))


def _plain(text: str) -> str:
    """Words without `code`; where French has a space before a sign, no line breaks there."""
    return escape(_BEFORE_A_SIGN.sub("\N{NO-BREAK SPACE}", text))


def _verb(method: str) -> str:
    return f'<span class="verb {method.lower()}">{method}</span>'


def _list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def _json(value: Json) -> str:
    return _pre(json.dumps(value, indent=2, ensure_ascii=False))


def _pre(text: str) -> str:
    return f'<pre tabindex="0"><code>{escape(text)}</code></pre>'
