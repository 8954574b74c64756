"""The OpenAPI document: valid, complete, and true of the desk as it answers."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from api.app import MOUNTS, OPEN
from api.docs.prose import examples, prose
from api.docs.web import CHAPTERS, PATHS
from api.openapi import document
from tests.api.bench import Bench
from tests.api.docs.story import FOLDER, STORIES, told, written

DOCUMENT = document(MOUNTS, CHAPTERS)
OPS = [(mount.name, f"{op.method} {op.path}") for mount in MOUNTS for op in mount.ops]

# Answers whose further members are a template's own fields.
OPEN_ENDED = {"hitl.Result"}


def operation(route: str) -> Any:
    """One operation of the document."""
    method, path = route.split(" ")
    return DOCUMENT["paths"][path][method.lower()]


def closed() -> Any:
    """The document, its answers forbidden to hold anything that it does not name."""
    shut = copy.deepcopy(DOCUMENT)
    for name, schema in shut["components"]["schemas"].items():
        if name not in OPEN_ENDED and "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return shut


def errors(schema: Any, value: Any) -> list[str]:
    """What a value lacks of a schema."""
    whole = {**schema, "components": closed()["components"]}
    found = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).iter_errors(value)
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


def test_it_is_valid() -> None:
    validate(DOCUMENT)
    assert DOCUMENT["openapi"].startswith("3.1.")


def test_every_route_stands_in_it_and_no_other() -> None:
    stands = {f"{method.upper()} {path}" for path, methods in DOCUMENT["paths"].items() for method in methods}
    served = {route for _, route in OPS}
    pages = set(PATHS)
    health = {f"GET {path}" for path in OPEN if path not in pages}
    assert stands == served | health


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_no_chapter_tells_of_a_route_that_is_gone(chapter: Any) -> None:
    served = {route for mount, route in OPS if mount == chapter.name}
    assert {f"{method} {path}" for method, path in chapter.entries} == served
    assert set(prose(chapter.name).routes) == served
    assert set(examples(chapter.name)) <= served


@pytest.mark.parametrize(("mount", "route"), OPS, ids=[route for _, route in OPS])
def test_everything_that_can_be_sent_is_explained_in_both_languages(mount: str, route: str) -> None:
    words = prose(mount)
    shown = operation(route)
    assert words.titles[route]
    assert all(words.routes[route])
    named = [p["name"] for p in shown["parameters"] if p.get("in") in {"path", "query"}]
    body = shown.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body:
        name = body["$ref"].rpartition("/")[2]
        named += DOCUMENT["components"]["schemas"][name].get("properties", {})
    assert [name for name in named if not all(words.fields.get(name, ("", "")))] == []


@pytest.mark.parametrize(("mount", "route"), OPS, ids=[route for _, route in OPS])
def test_every_route_has_an_example(mount: str, route: str) -> None:
    assert route in examples(mount) or route == "GET /metrics"


def test_names_are_unique_and_plain() -> None:
    ids = [o["operationId"] for methods in DOCUMENT["paths"].values() for o in methods.values()]
    assert len(set(ids)) == len(ids)
    assert [name for name in DOCUMENT["components"]["schemas"] if "__" in name] == []


def test_patterns_are_what_every_reader_knows() -> None:
    patterns = set(re.findall(r'"pattern": ("(?:[^"\\]|\\.)*")', json.dumps(DOCUMENT)))
    assert patterns
    for pattern in map(json.loads, patterns):
        re.compile(pattern)
        assert r"\p" not in pattern


@pytest.mark.parametrize("name", STORIES)
async def test_the_examples_are_what_the_desk_answers(name: str) -> None:
    written_down = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    assert written(await told(name)) == written_down, "run: python -m tests.api.docs.story"


@pytest.mark.parametrize(("mount", "route"), OPS, ids=[route for _, route in OPS])
def test_the_examples_have_the_shape_that_is_promised(mount: str, route: str) -> None:
    example = examples(mount).get(route)
    if example is None:
        pytest.skip("no JSON to show")
    shown = operation(route)
    good = next(status for status in shown["responses"] if status in {"200", "201"})
    assert errors(shown["responses"][good]["content"]["application/json"]["schema"], example.reply) == []
    if example.request is not None:
        assert errors(shown["requestBody"]["content"]["application/json"]["schema"], example.request) == []


@pytest.mark.parametrize("name", DOCUMENT["webhooks"])
def test_what_receivers_hear_has_the_shape_that_is_promised(name: str) -> None:
    content = DOCUMENT["webhooks"][name]["post"]["requestBody"]["content"]["application/json"]
    assert "example" not in content or errors(content["schema"], content["example"]) == []


@pytest.mark.parametrize("name", DOCUMENT["components"]["responses"])
def test_errors_have_the_shape_that_is_promised(name: str) -> None:
    content = DOCUMENT["components"]["responses"][name]["content"]["application/json"]
    assert errors(content["schema"], content["example"]) == []


async def test_the_desk_serves_it(bench: Bench) -> None:
    answer = await bench.call("GET", "/openapi.json")
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert await answer.json() == json.loads(json.dumps(DOCUMENT))
    again = await bench.call("GET", "/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304
