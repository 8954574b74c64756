"""`/v1/templates`: what a form may hold, and its versions."""

import asyncio
from typing import Any

import pytest

from approvals.library import Template
from tests.api.bench import OTHER, Bench
from tests.api.dialects.hitl.reviewing import TEMPLATE, a_template, refused, said
from tests.builders import hours

TYPES = ["content_display", "boolean", "text", "textarea", "number", "date", "rating"]


def field(**changes: Any) -> dict[str, Any]:
    """A field of type text with these changes (`...` leaves one out)."""
    made = {"name": "notes", "type": "text", "label": "Notes", **changes}
    return {name: value for name, value in made.items() if value is not ...}


async def test_the_reference_s_own_template(bench: Bench) -> None:
    key = await bench.key()
    made = await a_template(bench, key)
    assert made["id"].startswith("template_")
    assert {name: made[name] for name in TEMPLATE} == TEMPLATE
    assert (made["version"], made["created_at"], made["updated_at"]) == (
        1,
        "2024-01-15T10:30:00Z",
        "2024-01-15T10:30:00Z",
    )
    assert (await said(bench, "GET", f"templates/{made['id']}", key))["data"] == made


@pytest.mark.parametrize("kind", TYPES)
async def test_every_type(bench: Bench, kind: str) -> None:
    fields = [field(type=kind, required=True)]
    assert (await a_template(bench, await bench.key(), fields=fields))["fields"] == fields


@pytest.mark.parametrize("kind", ["select", "multi_select"])
async def test_choices_have_options(bench: Bench, kind: str) -> None:
    fields = [field(type=kind, options=["One", "Two words", "<&>"])]
    assert (await a_template(bench, await bench.key(), fields=fields))["fields"] == fields


@pytest.mark.parametrize(
    ("changes", "where", "issue"),
    [
        ({"name": ...}, "fields[0].name", "is required"),
        ({"name": "two words"}, "fields[0].name", "must be a letter and up to 63"),
        ({"name": "1st"}, "fields[0].name", "must be a letter"),
        ({"name": "n" * 65}, "fields[0].name", "must be a letter"),
        ({"name": "é"}, "fields[0].name", "must be a letter"),
        ({"name": "outcome"}, "fields[0].name", "is a word of every result"),
        ({"name": "approved"}, "fields[0].name", "names a field of type boolean"),
        ({"name": "content"}, "fields[0].name", "names a field of type content_display"),
        ({"name": "feedback", "type": "rating"}, "fields[0].name", "names a field of type text or textarea"),
        ({"type": ...}, "fields[0].type", "is required"),
        ({"type": "file"}, "fields[0].type", "must be 'content_display', 'boolean'"),
        ({"label": ...}, "fields[0].label", "is required"),
        ({"label": " "}, "fields[0].label", "is required"),
        ({"label": "a\nb"}, "fields[0].label", "one line of at most 2000"),
        ({"label": "x" * 2001}, "fields[0].label", "at most 2000 characters"),
        ({"label": "&" * 401}, "fields[0].label", "at most 2000 characters"),
        ({"required": "yes"}, "fields[0].required", "must be true or false"),
        ({"editable": 1}, "fields[0].editable", "must be true or false"),
        ({"options": ["a"]}, "fields[0].options", "means nothing to a field of type text"),
        ({"type": "select"}, "fields[0].options", "1 to 100 texts"),
        ({"type": "select", "options": []}, "fields[0].options", "1 to 100 texts"),
        ({"type": "select", "options": "a"}, "fields[0].options", "must be a list"),
        ({"type": "select", "options": [1]}, "fields[0].options[0]", "must be a string"),
        ({"type": "select", "options": ["a", ""]}, "fields[0].options[1]", "1 to 75 characters"),
        ({"type": "select", "options": ["x" * 76]}, "fields[0].options[0]", "1 to 75 characters"),
        ({"type": "select", "options": ["a\u2028"]}, "fields[0].options[0]", "one line"),
        ({"type": "select", "options": ["a", "a"]}, "fields[0].options", "the same option twice"),
        (
            {"type": "multi_select", "options": [f"o{n}" for n in range(101)]},
            "fields[0].options",
            "1 to 100 texts; a Slack menu holds no more",
        ),
    ],
)
async def test_a_field_that_cannot_be(quick: Bench, changes: Any, where: str, issue: str) -> None:
    error = await refused(quick, "POST", "templates", {**TEMPLATE, "fields": [field(**changes)]})
    assert (error["code"], error["details"]["field"]) == ("validation_error", where)
    assert issue in error["details"]["issue"]


@pytest.mark.parametrize(
    ("changes", "where", "issue"),
    [
        ({"name": None}, "name", "is required"),
        ({"name": "a\nb"}, "name", "one line"),
        ({"name": "x" * 256}, "name", "at most 255"),
        ({"description": 5}, "description", "must be a string"),
        ({"description": "x" * 2001}, "description", "at most 2000"),
        ({"fields": None}, "fields", "is required"),
        ({"fields": {}}, "fields", "must be a list"),
        ({"fields": [5]}, "fields[0]", "must be an object"),
        ({"fields": []}, "fields", "1 to 50"),
        ({"fields": [field(name=f"f{n}") for n in range(51)]}, "fields", "1 to 50"),
        ({"fields": [field(), field()]}, "fields", "has the name 'notes' twice"),
        (
            {"fields": [field(name=n, type="content_display", editable=True) for n in ("a", "b")]},
            "fields",
            "a review has one text",
        ),
        (
            {"fields": [field(name=f"f{n}", label="x" * 2000) for n in range(20)]},
            "fields",
            "a Slack modal has room for 40000",
        ),
    ],
)
async def test_a_template_that_cannot_be(quick: Bench, changes: Any, where: str, issue: str) -> None:
    error = await refused(quick, "POST", "templates", {**TEMPLATE, **changes})
    assert (error["code"], error["details"]["field"]) == ("validation_error", where)
    assert issue in error["details"]["issue"]


async def test_the_largest_that_fit(bench: Bench) -> None:
    key = await bench.key()
    many = [field(name=f"f{n}", type="boolean") for n in range(50)]
    wide = [field(name="a", type="select", options=[f"{n:03}{'x' * 72}" for n in range(100)])]
    long = [field(name="a", label="x" * 2000)]
    for fields in (many, wide, long):
        assert len((await a_template(bench, key, fields=fields))["fields"]) == len(fields)


async def test_unknown_members_are_reported(bench: Bench) -> None:
    body = {**TEMPLATE, "colour": "red", "fields": [field(placeholder="…", help="?")]}
    words = await said(bench, "POST", "templates", await bench.key(), body, status=201)
    assert words["meta"]["warnings"] == [
        "Unknown field 'colour' was ignored.",
        "Unknown field 'fields[0].placeholder' was ignored.",
        "Unknown field 'fields[0].help' was ignored.",
    ]
    assert words["data"]["fields"] == [field()]


async def test_a_list_has_pages_oldest_first(bench: Bench) -> None:
    key = await bench.key()
    made = []
    for name in "abc":
        made.append(await a_template(bench, key, name=name))
        bench.clock.advance(hours(1))
    words = await said(bench, "GET", "templates?per_page=2", key)
    assert words["data"] == {"templates": made[:2]}
    assert words["meta"]["pagination"] == {"page": 1, "per_page": 2, "total": 3, "total_pages": 2}
    assert (await said(bench, "GET", "templates?per_page=2&page=2", key))["data"] == {"templates": made[2:]}


async def test_a_change_makes_the_next_version(bench: Bench) -> None:
    key = await bench.key()
    made = await a_template(bench, key)
    bench.clock.advance(hours(1))
    words = await said(bench, "PATCH", f"templates/{made['id']}", key, {"name": "Review", "colour": 1})
    expected = {**made, "name": "Review", "version": 2, "updated_at": "2024-01-15T11:30:00Z"}
    assert words["data"] == expected
    assert words["meta"]["warnings"] == ["Unknown field 'colour' was ignored."]
    assert (await said(bench, "GET", f"templates/{made['id']}", key))["data"] == expected


async def test_a_change_to_what_it_is_already_is_none(bench: Bench) -> None:
    key = await bench.key()
    made = await a_template(bench, key)
    same = {"name": made["name"], "fields": made["fields"]}
    assert (await said(bench, "PATCH", f"templates/{made['id']}", key, same))["data"] == made


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "body"), ({"colour": 1}, "body"), ({"name": " "}, "name"), ({"fields": []}, "fields")],
)
async def test_changes_that_cannot_be(quick: Bench, body: Any, field: str) -> None:
    made = await a_template(quick, await quick.key())
    error = await refused(quick, "PATCH", f"templates/{made['id']}", body)
    assert error["details"]["field"] == field


async def test_changes_at_once_all_count(bench: Bench) -> None:
    key = await bench.key()
    made = await a_template(bench, key)
    path = f"templates/{made['id']}"
    await asyncio.gather(
        said(bench, "PATCH", path, key, {"name": "Other"}),
        said(bench, "PATCH", path, key, {"description": "Other"}),
    )
    found = (await said(bench, "GET", path, key))["data"]
    assert (found["name"], found["description"], found["version"]) == ("Other", "Other", 3)


async def test_somebody_who_is_always_faster_is_a_conflict(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await a_template(bench, await bench.key())

    async def beaten(template: Template, messages: object) -> bool:
        return False

    monkeypatch.setattr(bench.desk.library, "put_template", beaten)
    error = await refused(bench, "PATCH", f"templates/{made['id']}", {"name": "Other"}, status=409)
    assert error["code"] == "conflict"


async def test_a_template_can_be_removed(bench: Bench) -> None:
    key = await bench.key()
    made = await a_template(bench, key)
    path = f"templates/{made['id']}"
    assert (await said(bench, "DELETE", path, key))["data"] == {"id": made["id"], "deleted": True}
    for method, body in [("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)]:
        error = await refused(bench, method, path, body, status=404, key=key)
        assert error["code"] == "template_not_found"


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_templates_of_nobody_and_of_others(bench: Bench, method: str) -> None:
    made = await a_template(bench, await bench.key())
    body = {"name": "Mine"} if method == "PATCH" else None
    theirs = await bench.key(project=OTHER)
    for named in [made["id"], "template_1", "%00", "%F0%9F%98%80"]:
        error = await refused(bench, method, f"templates/{named}", body, status=404, key=theirs)
        assert error["code"] == "template_not_found"
    assert (await said(bench, "GET", "templates", theirs))["data"] == {"templates": []}
    review = {"content": {"text": "a"}, "template_id": made["id"]}
    await refused(bench, "POST", "reviews", review, status=404, key=theirs)
