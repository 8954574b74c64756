"""`POST /v1/reviews` as its reference shows it, and what it refuses."""

from typing import Any

import pytest

from approvals.applying import Wanted
from approvals.model import Dialect, Priority, State
from tests.api.bench import DEFAULT, Bench
from tests.api.dialects.hitl.conftest import GENERAL, people
from tests.api.dialects.hitl.reviewing import (
    REVIEW,
    a_review,
    a_template,
    fixture,
    kept,
    refused,
    said,
    seen,
)
from tests.api.garbage import GARBAGE
from tests.builders import a_wanted


async def test_the_reference_s_own_example(bench: Bench) -> None:
    key = await bench.key()
    documented = fixture("review_created")
    template = await a_template(bench, key)
    body = {**fixture("create_review"), "template_id": template["id"]}
    words = await said(bench, "POST", "reviews", key, body, status=201)
    data = words["data"]
    assert list(data) == list(documented["data"])
    assert data["id"].startswith("rev_")
    assert data["template_id"].startswith("template_")
    invented = {"id": "rev_123", "template_id": "template_123"}
    assert {**words, "data": {**data, **invented}, "meta": None} == {**documented, "meta": None}
    assert list(words["meta"]) == ["request_id", "timestamp"]


async def test_a_bearer_is_what_its_clients_send(bench: Bench) -> None:
    headers = {"Authorization": f"Bearer {await bench.key()}"}
    answer = await bench.call("POST", "/v1/reviews", headers=headers, json=REVIEW)
    assert answer.status == 201
    assert (answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Remaining"]) == ("1000", "999")


async def test_what_the_core_is_told(bench: Bench) -> None:
    key = await bench.key(name="Writer")
    template = await a_template(bench, key)
    review = await a_review(bench, key, template_id=template["id"], priority="high")
    request = await kept(bench, review)
    assert (request.dialect, request.request_type, request.domain) == (Dialect.HITL, "judgment", "general")
    assert (request.title, request.summary) == ("Content Review", REVIEW["content"]["text"])
    assert (request.context, request.priority) == (REVIEW["content"], Priority.HIGH)
    assert (request.agent_id, request.state) == ("Writer", State.ASSIGNED)
    assert request.wire["template"] == {
        "id": template["id"],
        "version": 1,
        "name": "Content Review",
        "fields": template["fields"],
    }
    assert request.wire["template_id"] == template["id"]


async def test_without_a_template_the_text_s_first_line_is_the_title(bench: Bench) -> None:
    review = await a_review(bench, await bench.key(), content={"text": "\n  First. \nSecond.", "html": 1})
    request = await kept(bench, review)
    assert (review["template_id"], request.title) == (None, "First.")
    assert review["content"] == {"text": "\n  First. \nSecond.", "html": 1}


async def test_what_was_not_sent(bench: Bench) -> None:
    nothing = {"assignees": ..., "priority": ..., "due_date": ...}
    review = await a_review(bench, await bench.key(), **nothing)
    assert (review["assignees"], review["priority"], review["due_date"]) == ([], "medium", None)


@pytest.mark.parametrize("name", ["template_id", "assignees", "priority", "due_date", "callback_url"])
async def test_null_is_as_good_as_absent(quick: Bench, name: str) -> None:
    assert (await a_review(quick, await quick.key(), **{name: None}))["status"] == "created"


@pytest.mark.parametrize(
    ("sent", "core"),
    [
        ("low", Priority.LOW),
        ("medium", Priority.NORMAL),
        ("high", Priority.HIGH),
        ("urgent", Priority.URGENT),
    ],
)
async def test_priorities(bench: Bench, sent: str, core: Priority) -> None:
    review = await a_review(bench, await bench.key(), priority=sent)
    assert (review["priority"], (await kept(bench, review)).priority) == (sent, core)


async def test_a_due_date_is_kept_in_whole_seconds_of_utc(bench: Bench) -> None:
    review = await a_review(bench, await bench.key(), due_date="2024-01-20T19:00:00.75+01:00")
    assert review["due_date"] == "2024-01-20T18:00:00Z"


# Where it goes


@pytest.mark.parametrize("word", ["legal", "Legal", "LÉGAL"])
async def test_the_content_s_metadata_may_name_a_domain(bench: Bench, word: str) -> None:
    content = {"text": "A clause", "metadata": {"domain": word, "jurisdiction": "Québec"}}
    review = await a_review(bench, await bench.key(), content=content, assignees=...)
    request = await kept(bench, review)
    assert (request.domain, request.jurisdiction, request.assigned_to) == ("legal", "Québec", 4)


@pytest.mark.parametrize("metadata", [None, {}, {"domain": 5}, {"domain": "*"}, {"domain": ["legal"]}])
async def test_content_that_names_no_domain_is_general(bench: Bench, metadata: Any) -> None:
    content = {"text": "A clause", "metadata": metadata}
    assert (await kept(bench, await a_review(bench, await bench.key(), content=content))).domain == "general"


async def test_the_intake_says_where_the_others_go(bench: Bench) -> None:
    intake = {"hitl": {"domain": "legal", "jurisdiction": "FR"}}
    wanted = Wanted(DEFAULT, domains=GENERAL, sentinels=people(), intake=intake)
    await bench.desk.clockwork.apply(wanted)
    request = await kept(bench, await a_review(bench, await bench.key()))
    assert (request.domain, request.jurisdiction) == ("legal", "FR")


async def test_assignees_come_before_routing(bench: Bench) -> None:
    for email, number in [("s2@example.com", 2), ("S2@Example.com", 2), ("s3@example.com", 3)]:
        review = await a_review(bench, await bench.key(), assignees=[email])
        assert review["assignees"] == [email]
        assert (await kept(bench, review)).assigned_to == number


async def test_an_assignment_goes_never_past_authority(bench: Bench) -> None:
    body = {**REVIEW, "assignees": ["s4@example.com"]}
    words = await said(bench, "POST", "reviews", await bench.key(), body, status=201)
    assert words["meta"]["warnings"] == ["s4@example.com does not review 'general' and will not receive it."]
    assert (await kept(bench, words["data"])).assigned_to in {1, 2}


async def test_whom_it_was_made_for_never_receives_it(bench: Bench) -> None:
    body = {**REVIEW, "requested_by": "reviewer@company.com"}
    words = await said(bench, "POST", "reviews", await bench.key(), body, status=201)
    assert "is the person for whom it was made" in words["meta"]["warnings"][0]
    assert (await kept(bench, words["data"])).assigned_to == 2


async def test_a_team_can_be_an_assignee(bench: Bench) -> None:
    key = await bench.key()
    team = (await said(bench, "POST", "teams", key, {"name": "Copy desk"}, status=201))["data"]
    await said(bench, "POST", f"teams/{team['id']}/members", key, {"email": "s3@example.com"}, status=201)
    for named in ["Copy desk", "copy DESK", team["id"]]:
        review = await a_review(bench, key, assignees=[named])
        assert (review["assignees"], (await kept(bench, review)).assigned_to) == ([named], 3)


async def test_unknown_assignees_are_named(bench: Bench) -> None:
    body = {**REVIEW, "assignees": ["reviewer@company.com", "who@x.example", "No team", "s9@example.com"]}
    error = await refused(bench, "POST", "reviews", body)
    assert error["code"] == "validation_error"
    assert error["details"]["field"] == "assignees"
    for unknown in ["who@x.example", "No team", "s9@example.com"]:
        assert unknown in error["message"]
    assert "reviewer@company.com" not in error["message"]


async def test_nobody_who_has_left_the_file_is_an_assignee(bench: Bench) -> None:
    await bench.people(a_wanted(2, domains={"general"}))
    error = await refused(bench, "POST", "reviews", REVIEW)
    assert "reviewer@company.com" in error["details"]["issue"]


async def test_without_a_sentinel_it_waits_and_says_so(bench: Bench) -> None:
    content = {"text": "X-ray", "metadata": {"domain": "medical"}}
    body = {"content": content}
    words = await said(bench, "POST", "reviews", await bench.key(), body, status=201)
    assert words["data"]["status"] == "created"
    assert "'medical'" in words["meta"]["warnings"][0]
    assert (await seen(bench, await bench.key(), words["data"]))["status"] == "created"


async def test_unknown_fields_are_reported(bench: Bench) -> None:
    body = {**REVIEW, "colour": "red", "tags": ["x"]}
    words = await said(bench, "POST", "reviews", await bench.key(), body, status=201)
    assert words["meta"]["warnings"] == [
        "Unknown field 'colour' was ignored.",
        "Unknown field 'tags' was ignored.",
    ]


# What is refused


@pytest.mark.parametrize(
    ("changes", "field", "issue"),
    [
        ({"content": ...}, "content", "is required"),
        ({"content": None}, "content", "is required"),
        ({"content": "text"}, "content", "must be an object"),
        ({"content": []}, "content", "must be an object"),
        ({"content": {}}, "content.text", "is required"),
        ({"content": {"text": " \n"}}, "content.text", "is required"),
        ({"content": {"text": 5}}, "content.text", "must be a string"),
        ({"content": {"text": "a", "metadata": "b"}}, "content.metadata", "must be an object"),
        (
            {"content": {"text": "a", "metadata": {"jurisdiction": "x" * 501}}},
            "content.metadata.jurisdiction",
            "is no place",
        ),
        ({"assignees": "reviewer@company.com"}, "assignees", "must be a list"),
        ({"assignees": [5]}, "assignees[0]", "must be a string"),
        ({"assignees": ["reviewer@company.com"] * 51}, "assignees", "at most 50 items"),
        ({"priority": "normal"}, "priority", "must be 'low', 'medium', 'high' or 'urgent'"),
        ({"priority": ""}, "priority", "must be"),
        ({"due_date": "tomorrow"}, "due_date", "is not a date-time"),
        ({"due_date": "2024-01-20T18:00:00"}, "due_date", "has no zone"),
        ({"due_date": "2024-01-15T10:30:00Z"}, "due_date", "must be in the future"),
        ({"due_date": 1705773600}, "due_date", "must be a string"),
        ({"callback_url": "http://example.com"}, "callback_url", "must be an https address"),
        ({"template_id": 5}, "template_id", "must be a string"),
    ],
)
async def test_what_is_wrong_is_named(quick: Bench, changes: dict[str, Any], field: str, issue: str) -> None:
    body = {name: value for name, value in {**REVIEW, **changes}.items() if value is not ...}
    error = await refused(quick, "POST", "reviews", body)
    assert (error["code"], error["details"]["field"]) == ("validation_error", field)
    assert issue in error["details"]["issue"]
    assert field in error["message"]


async def test_several_faults_are_told_at_once(quick: Bench) -> None:
    error = await refused(quick, "POST", "reviews", {"priority": "now"})
    assert [one["field"] for one in error["details"]["errors"]] == ["content", "priority"]


@pytest.mark.parametrize("template_id", ["template_123", "template_" + "0" * 32, "x" * 200, "tëmplate"])
async def test_an_unknown_template(quick: Bench, template_id: str) -> None:
    error = await refused(quick, "POST", "reviews", {**REVIEW, "template_id": template_id}, status=404)
    assert error["code"] == "template_not_found"


async def test_a_text_that_slack_cannot_edit_is_refused(bench: Bench) -> None:
    key = await bench.key()
    template = await a_template(bench, key)
    for text, length in [("x" * 3001, 3001), ("&" * 601, 3005), ("😀" * 1501, 3002)]:
        body = {**REVIEW, "template_id": template["id"], "content": {"text": text}}
        error = await refused(bench, "POST", "reviews", body)
        assert error["details"]["field"] == "content.text"
        assert f"has {length} characters" in error["message"]
        assert "at most 3000" in error["message"]
    await a_review(bench, key, template_id=template["id"], content={"text": "x" * 3000})


async def test_a_long_text_that_nobody_edits_is_fine(bench: Bench) -> None:
    key = await bench.key()
    fields = [{"name": "content", "type": "content_display", "label": "Text"}]
    template = await a_template(bench, key, fields=fields)
    for template_id in [template["id"], None]:
        await a_review(bench, key, template_id=template_id, content={"text": "x" * 60_000})


@pytest.mark.parametrize("path", ["reviews", "templates", "webhooks", "teams"])
async def test_bodies_that_no_route_stumbles_over(quick: Bench, path: str) -> None:
    key = await quick.key()
    for name, (body, words) in GARBAGE.items():
        answer = await quick.call("POST", f"/v1/{path}", key, data=body)
        error = (await answer.json())["error"]
        assert (name, answer.status, error["code"]) == (name, 400, "validation_error")
        assert words in error["message"]


# Once


async def test_a_repeat_gets_the_first_answer_byte_for_byte(bench: Bench) -> None:
    key, headers = await bench.key(), {"Idempotency-Key": "k1"}
    body = {**REVIEW, "colour": "red"}
    first = await bench.call("POST", "/v1/reviews", key, headers=headers, json=body)
    again = await bench.call("POST", "/v1/reviews", key, headers=headers, json=body)
    assert (first.status, again.status, again.headers["Idempotent-Replayed"]) == (201, 201, "true")
    assert await first.read() == await again.read()
    assert (await again.json())["meta"]["request_id"] == again.headers["X-Request-Id"]
    assert len((await said(bench, "GET", "reviews", key))["data"]["reviews"]) == 1


async def test_another_body_under_the_same_key_is_a_conflict(bench: Bench) -> None:
    key, headers = await bench.key(), {"Idempotency-Key": "k1"}
    await bench.call("POST", "/v1/reviews", key, headers=headers, json=REVIEW)
    other = {**REVIEW, "priority": "high"}
    answer = await bench.call("POST", "/v1/reviews", key, headers=headers, json=other)
    words = await answer.json()
    assert (answer.status, words["error"]["code"]) == (422, "conflict")
    assert set(words["error"]["details"]) == {"first_sha256", "this_sha256"}
