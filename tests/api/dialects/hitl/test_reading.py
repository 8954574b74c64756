"""`GET`, `PATCH` and `DELETE /v1/reviews`: how a review stands, and what its maker may still do."""

import asyncio
from typing import Any

import pytest

from approvals import ids
from approvals.model import Dialect, Priority, State
from tests.api.bench import DEFAULT, OTHER, Bench
from tests.api.dialects.hitl.reviewing import (
    REVIEW,
    a_review,
    a_template,
    decided,
    escalated,
    kept,
    refused,
    said,
    seen,
    started,
)
from tests.builders import a_caller, a_submit, a_wanted, hours

OPEN_FIELDS = [
    "id",
    "template_id",
    "content",
    "assignees",
    "priority",
    "due_date",
    "status",
    "created_at",
    "updated_at",
    "result",
    "completed_at",
    "reviewer",
]


# Status


async def test_a_review_is_read_back_with_how_it_stands(bench: Bench) -> None:
    key = await bench.key()
    made = await a_review(bench, key)
    found = await seen(bench, key, made)
    assert list(found) == OPEN_FIELDS
    expected = {
        "status": "assigned",
        "result": None,
        "completed_at": None,
        "reviewer": "reviewer@company.com",
    }
    assert found == {**made, **expected}


async def test_started_is_in_progress(bench: Bench) -> None:
    key = await bench.key()
    review = await a_review(bench, key)
    await started(bench, review)
    assert (await seen(bench, key, review))["status"] == "in_progress"


async def test_what_waits_again_is_created_again(bench: Bench) -> None:
    key = await bench.key()
    review = await a_review(bench, key)
    await started(bench, review)
    await bench.people(a_wanted(4, domains={"legal"}))
    found = await seen(bench, key, review)
    assert (found["status"], found["reviewer"]) == ("created", None)


async def test_any_form_of_the_id_finds_it(bench: Bench) -> None:
    key = await bench.key()
    request = await kept(bench, await a_review(bench, key))
    for form in [request.id, ids.humanapproval(request.id), ids.hitl(request.id), 1]:
        assert (await said(bench, "GET", f"reviews/{form}", key))["data"]["id"] == ids.hitl(request.id)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("review", ["rev_123", "rev_" + "0" * 32, "2", "0", "%00", "%F0%9F%98%80", "x" * 500])
async def test_no_such_review(quick: Bench, method: str, review: str) -> None:
    await a_review(quick, await quick.key())
    body = {"priority": "low"} if method == "PATCH" else None
    error = await refused(quick, method, f"reviews/{review}", body, status=404)
    assert error == {
        "code": "review_not_found",
        "message": "No request of that id exists here.",
        "details": {},
    }


@pytest.mark.parametrize(("query", "headers"), [("?wait=60", {}), ("", {"Prefer": "wait=60"})])
async def test_a_held_answer_comes_with_the_decision(
    bench: Bench, query: str, headers: dict[str, str]
) -> None:
    key = await bench.key()
    review = await a_review(bench, key)
    path = f"/v1/reviews/{review['id']}{query}"
    held = asyncio.ensure_future(bench.call("GET", path, key, headers=headers))
    await bench.waiting.until(1)
    await decided(bench, review, "approved")
    assert (await (await held).json())["data"]["result"]["approved"] is True
    await bench.waiting.until(0)


# Listing


async def listed(bench: Bench, key: str, query: str = "") -> Any:
    """A page of reviews and its pagination."""
    words = await said(bench, "GET", f"reviews{query}", key)
    assert list(words["data"]) == ["reviews"]
    return words["data"]["reviews"], words["meta"]["pagination"]


async def test_a_list_has_pages_newest_first(bench: Bench) -> None:
    key = await bench.key()
    made = [(await a_review(bench, key))["id"] for _ in range(5)]
    pages = [await listed(bench, key, f"?page={page}&per_page=2") for page in (1, 2, 3, 4)]
    assert [review["id"] for reviews, _ in pages for review in reviews] == made[::-1]
    assert [len(reviews) for reviews, _ in pages] == [2, 2, 1, 0]
    assert [p for _, p in pages] == [
        {"page": page, "per_page": 2, "total": 5, "total_pages": 3} for page in (1, 2, 3, 4)
    ]


async def test_an_empty_list(bench: Bench) -> None:
    reviews, pagination = await listed(bench, await bench.key())
    assert (reviews, pagination) == ([], {"page": 1, "per_page": 20, "total": 0, "total_pages": 0})


async def test_every_status_can_be_asked_for(bench: Bench) -> None:
    key = await bench.key()
    by_status = {}
    nobody = {"text": "X-ray", "metadata": {"domain": "medical"}}
    by_status["created"] = await a_review(bench, key, content=nobody)
    by_status["assigned"] = await a_review(bench, key)
    by_status["in_progress"] = await a_review(bench, key)
    await started(bench, by_status["in_progress"])
    by_status["completed"] = await a_review(bench, key)
    await decided(bench, by_status["completed"], "modified", modified="Better.")
    by_status["cancelled"] = await a_review(bench, key)
    await said(bench, "DELETE", f"reviews/{by_status['cancelled']['id']}", key)
    by_status["expired"] = await a_review(bench, key, due_date="2024-01-15T11:00:00Z")
    bench.clock.advance(hours(1))
    await bench.desk.clockwork.sweep(DEFAULT)
    for status, review in by_status.items():
        reviews, pagination = await listed(bench, key, f"?status={status}")
        assert [(one["id"], one["status"]) for one in reviews] == [(review["id"], status)]
        assert pagination["total"] == 1
    assert (await listed(bench, key))[1]["total"] == len(by_status)


async def test_lists_by_template_and_by_who_has_it(bench: Bench) -> None:
    key = await bench.key()
    template = await a_template(bench, key)
    mine = await a_review(bench, key, template_id=template["id"])
    theirs = await a_review(bench, key, assignees=["s2@example.com"])
    assert [r["id"] for r in (await listed(bench, key, f"?template_id={template['id']}"))[0]] == [mine["id"]]
    assert [r["id"] for r in (await listed(bench, key, "?assignee=S2@example.com"))[0]] == [theirs["id"]]
    both = f"?template_id={template['id']}&assignee=s2@example.com&status=assigned"
    assert await listed(bench, key, both) == ([], {"page": 1, "per_page": 20, "total": 0, "total_pages": 0})
    assert (await listed(bench, key, "?template_id=template_none"))[0] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=1.5", "page"),
        ("page=٣", "page"),
        ("page=9999999", "page"),
        (f"page={'9' * 40}", "page"),
        ("per_page=0", "per_page"),
        ("per_page=101", "per_page"),
        ("status=pending", "status"),
        ("status=%00", "status"),
        ("assignee=nobody@example.com", "assignee"),
        ("template_id=%0A", "template_id"),
    ],
)
async def test_lists_that_cannot_be(quick: Bench, query: str, field: str) -> None:
    error = await refused(quick, "GET", f"reviews?{query}")
    assert (error["code"], error["details"]["field"]) == ("validation_error", field)


# Changing


async def changed(bench: Bench, key: str, review: Any, **changes: Any) -> Any:
    """The whole answer to a PATCH."""
    return await said(bench, "PATCH", f"reviews/{review['id']}", key, changes)


async def test_priority_and_due_date(bench: Bench) -> None:
    key = await bench.key()
    review = await a_review(bench, key)
    bench.clock.advance(hours(1))
    words = await changed(bench, key, review, priority="urgent", due_date="2024-02-01T00:00:00Z")
    now = await seen(bench, key, review)
    assert words["data"] == now
    assert (now["priority"], now["due_date"]) == ("urgent", "2024-02-01T00:00:00Z")
    assert (now["created_at"], now["updated_at"]) == ("2024-01-15T10:30:00Z", "2024-01-15T11:30:00Z")
    assert (await kept(bench, review)).priority is Priority.URGENT


async def test_other_assignees_receive_it(bench: Bench) -> None:
    key = await bench.key()
    review = await a_review(bench, key)
    words = await changed(bench, key, review, assignees=["s3@example.com"])
    assert (words["data"]["assignees"], words["data"]["reviewer"]) == (["s3@example.com"], "s3@example.com")
    unfit = await changed(bench, key, review, assignees=["s4@example.com"])
    assert unfit["data"]["reviewer"] == "s3@example.com"
    assert "does not review 'general'" in unfit["meta"]["warnings"][0]


async def test_content_makes_another_version(bench: Bench) -> None:
    key = await bench.key()
    review = await a_review(bench, key)
    content = {"text": "Another text", "metadata": {"source": "human"}}
    words = await changed(bench, key, review, content=content)
    assert words["data"]["content"] == content
    request = await kept(bench, review)
    assert (request.title, request.summary, request.content_version) == ("Another text", "Another text", 2)


async def test_a_template_s_name_stays_the_title(bench: Bench) -> None:
    key = await bench.key()
    review = await a_review(bench, key, template_id=(await a_template(bench, key))["id"])
    await changed(bench, key, review, content={"text": "Another text"})
    assert (await kept(bench, review)).title == "Content Review"


async def test_content_stays_once_somebody_has_started(bench: Bench) -> None:
    key = await bench.key()
    review = await a_review(bench, key)
    await started(bench, review)
    body = {"content": {"text": "Another text"}}
    error = await refused(bench, "PATCH", f"reviews/{review['id']}", body, status=409, key=key)
    assert error["code"] == "conflict"
    assert error["details"]["review_id"] == review["id"]
    assert (await changed(bench, key, review, priority="low"))["data"]["status"] == "in_progress"


async def test_new_content_keeps_to_what_its_template_allows(bench: Bench) -> None:
    key = await bench.key()
    review = await a_review(bench, key, template_id=(await a_template(bench, key))["id"])
    body = {"content": {"text": "x" * 3001}}
    error = await refused(bench, "PATCH", f"reviews/{review['id']}", body, key=key)
    assert "at most 3000" in error["details"]["issue"]


async def test_a_domain_is_read_once(bench: Bench) -> None:
    key = await bench.key()
    review = await a_review(bench, key)
    content = {"text": "A clause", "metadata": {"domain": "legal"}}
    words = await changed(bench, key, review, content=content, colour="red")
    assert words["meta"]["warnings"] == [
        "Unknown field 'colour' was ignored.",
        "content.metadata.domain is read when a review is made; it stays 'general'.",
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"template_id": "template_123"}, "body"),
        ({"priority": None}, "body"),
        ({"priority": "now"}, "priority"),
        ({"due_date": "2024-01-15T10:30:00Z"}, "due_date"),
        ({"due_date": "soon"}, "due_date"),
        ({"assignees": ["nobody@example.com"]}, "assignees"),
        ({"content": {"metadata": {}}}, "content.text"),
    ],
)
async def test_changes_that_cannot_be(bench: Bench, body: Any, field: str) -> None:
    review = await a_review(bench, await bench.key())
    error = await refused(bench, "PATCH", f"reviews/{review['id']}", body)
    assert (error["code"], error["details"]["field"]) == ("validation_error", field)
    assert (await kept(bench, review)).version == 2


async def test_what_has_ended_changes_no_more(bench: Bench) -> None:
    key = await bench.key()
    review = await a_review(bench, key)
    await decided(bench, review, "approved")
    for method, body in [("PATCH", {"priority": "low"}), ("DELETE", None)]:
        error = await refused(bench, method, f"reviews/{review['id']}", body, status=409, key=key)
        assert error["code"] == "conflict"
        assert "approved by Robin Reviewer at 2024-01-15T10:30:00Z" in error["message"]
        assert error["details"]["decided_by"] == "Robin Reviewer"
        assert error["details"]["ended_at"] == "2024-01-15T10:30:00Z"


async def test_a_cancel_ends_it(bench: Bench) -> None:
    key = await bench.key()
    review = await a_review(bench, key)
    words = await said(bench, "DELETE", f"reviews/{review['id']}", key)
    assert words["data"] == await seen(bench, key, review)
    assert (words["data"]["status"], words["data"]["result"]) == ("cancelled", None)
    assert (words["data"]["reviewer"], words["data"]["completed_at"]) == (None, None)


# Requests of other doors


async def asked_elsewhere(bench: Bench, **changes: Any) -> Any:
    """A request that came through another dialect, under this one's id."""
    asked = {
        "dialect": Dialect.HUMANCHECK,
        "caller": a_caller(project=DEFAULT),
        "domain": "general",
        "title": "payment",
        "summary": "Process payment of $5,000",
        "context": {"agent_reasoning": "High-value payment"},
    }
    done = await bench.desk.approvals.submit(a_submit(**{**asked, **changes}))
    return {"id": ids.hitl(done.request.id)}


async def test_requests_of_other_doors_are_read_in_its_words(bench: Bench) -> None:
    key = await bench.key()
    found = await seen(bench, key, await asked_elsewhere(bench))
    assert list(found) == OPEN_FIELDS
    assert found["content"] == {
        "agent_reasoning": "High-value payment",
        "text": "Process payment of $5,000",
    }
    assert (found["template_id"], found["priority"], found["status"]) == (None, "medium", "assigned")
    assert found["assignees"] == [found["reviewer"]] == ["reviewer@company.com"]


async def test_their_content_is_theirs_to_change(bench: Bench) -> None:
    key = await bench.key()
    theirs = await asked_elsewhere(bench)
    body = {"content": {"text": "Another text"}}
    error = await refused(bench, "PATCH", f"reviews/{theirs['id']}", body, key=key)
    assert error["details"]["field"] == "content"
    assert (await changed(bench, key, theirs, priority="high"))["data"]["priority"] == "high"
    assert (await said(bench, "DELETE", f"reviews/{theirs['id']}", key))["data"]["status"] == "cancelled"


async def test_a_final_escalation_ends_on_the_safe_side(bench: Bench) -> None:
    key = await bench.key()
    theirs = await asked_elsewhere(bench, dialect=Dialect.HUMANLAYER, domain="legal", jurisdiction=None)
    await escalated(bench, theirs, by=4, why="Ask the board.")
    found = await seen(bench, key, theirs)
    assert (found["status"], found["outcome"]) == ("completed", "escalated")
    assert found["result"] == {"approved": False, "feedback": "Ask the board.", "outcome": "escalated"}
    assert [one["id"] for one in (await listed(bench, key, "?status=completed"))[0]] == [theirs["id"]]


# Other projects


async def test_another_project_sees_nothing(bench: Bench) -> None:
    review = await a_review(bench, await bench.key())
    theirs = await bench.key(project=OTHER)
    for form in [review["id"], "1"]:
        for method, body in [("GET", None), ("PATCH", {"priority": "low"}), ("DELETE", None)]:
            await refused(bench, method, f"reviews/{form}", body, status=404, key=theirs)
    assert (await listed(bench, theirs))[0] == []
    assert (await kept(bench, review)).state is State.ASSIGNED
    error = await refused(bench, "POST", "reviews", REVIEW, key=theirs)
    assert error["details"]["field"] == "assignees"
