"""What webhooks hear, in which words, and what is sent to a review's own `callback_url`."""

import json
from typing import Any

from approvals.commands import Cancel
from approvals.model import Dialect
from approvals.outbox import Carrier
from tests.api.bench import DEFAULT, OTHER, Bench
from tests.api.dialects.hitl.reviewing import (
    TEMPLATE,
    a_review,
    a_template,
    decided,
    escalated,
    fixture,
    kept,
    said,
    started,
)
from tests.builders import a_caller, a_submit, hours

ALL = {"url": "https://a.example/hook", "events": ["*"]}


async def a_webhook(bench: Bench, key: str, **changes: Any) -> Any:
    """A webhook that hears everything, with these changes."""
    return (await said(bench, "POST", "webhooks", key, {**ALL, **changes}, status=201))["data"]


async def sent(bench: Bench) -> list[Any]:
    """Everything on its way, as plain rows, oldest first."""
    return [*reversed(await bench.store.outbox.listing(DEFAULT))]


async def heard(bench: Bench) -> list[Any]:
    """The bodies of everything on its way."""
    return [json.loads(row["body"]) for row in await sent(bench)]


async def test_the_whole_life_of_a_review(bench: Bench) -> None:
    key = await bench.key()
    await a_webhook(bench, key)
    review = await a_review(bench, key)
    bench.clock.advance(hours(1))
    await started(bench, review)
    bench.clock.advance(hours(1))
    await escalated(bench, review, by=1, why="Above me.")
    bench.clock.advance(hours(1))
    await decided(bench, review, "rejected", reasoning="No.")
    bodies = await heard(bench)
    named = {"id": review["id"], "template_id": None}
    assert bodies == [
        {
            "event": "review.created",
            "review": {
                **named,
                "status": "created",
                "assignees": ["reviewer@company.com"],
                "priority": "medium",
                "due_date": "2024-01-20T18:00:00Z",
                "created_at": "2024-01-15T10:30:00Z",
            },
            "timestamp": "2024-01-15T10:30:00Z",
        },
        {
            "event": "review.assigned",
            "review": {
                **named,
                "status": "assigned",
                "reviewer": "reviewer@company.com",
                "assigned_at": "2024-01-15T10:30:00Z",
            },
            "timestamp": "2024-01-15T10:30:00Z",
        },
        {
            "event": "review.started",
            "review": {
                **named,
                "status": "in_progress",
                "reviewer": "reviewer@company.com",
                "started_at": "2024-01-15T11:30:00Z",
            },
            "timestamp": "2024-01-15T11:30:00Z",
        },
        {
            "event": "review.escalated",
            "review": {
                **named,
                "status": "in_progress",
                "reviewer": "s3@example.com",
                "escalated_by": "Robin Reviewer",
                "reason": "Above me.",
                "escalated_at": "2024-01-15T12:30:00Z",
            },
            "timestamp": "2024-01-15T12:30:00Z",
        },
        {
            "event": "review.assigned",
            "review": {
                **named,
                "status": "in_progress",
                "reviewer": "s3@example.com",
                "assigned_at": "2024-01-15T12:30:00Z",
            },
            "timestamp": "2024-01-15T12:30:00Z",
        },
        {
            "event": "review.completed",
            "review": {
                **named,
                "status": "completed",
                "result": {"approved": False, "feedback": "No."},
                "completed_at": "2024-01-15T13:30:00Z",
                "reviewer": "s3@example.com",
            },
            "timestamp": "2024-01-15T13:30:00Z",
        },
    ]
    assert [row["topic"] for row in await sent(bench)] == [body["event"] for body in bodies]


async def test_the_reference_s_own_payload(bench: Bench) -> None:
    documented = fixture("review_completed")
    key = await bench.key()
    await a_webhook(bench, key, events=["review.completed"])
    review = await a_review(bench, key, template_id=(await a_template(bench, key))["id"])
    bench.clock.advance(hours(2))
    answers = {"approved": True, "feedback": documented["review"]["result"]["feedback"]}
    text = documented["review"]["result"]["content"]
    await decided(bench, review, "modified", modified=text, answers=answers)
    (body,) = await heard(bench)
    names = {"id": review["id"], "template_id": review["template_id"]}
    assert body == {**documented, "review": {**documented["review"], **names}}
    assert list(body["review"]) == list(documented["review"])


async def test_the_other_ends(bench: Bench) -> None:
    key = await bench.key()
    await a_webhook(bench, key, events=["review.cancelled", "review.expired"])
    gone, late = await a_review(bench, key), await a_review(bench, key)
    await said(bench, "DELETE", f"reviews/{gone['id']}", key)
    bench.clock.advance(hours(200))
    await bench.desk.clockwork.sweep(DEFAULT)
    cancelled, expired = await heard(bench)
    assert cancelled == {
        "event": "review.cancelled",
        "review": {
            "id": gone["id"],
            "template_id": None,
            "status": "cancelled",
            "cancelled_at": "2024-01-15T10:30:00Z",
        },
        "timestamp": "2024-01-15T10:30:00Z",
    }
    assert expired["event"] == "review.expired"
    assert (expired["review"]["id"], expired["review"]["status"]) == (late["id"], "expired")
    assert expired["review"]["result"]["approved"] is False


async def test_each_webhook_hears_what_it_asked_for(bench: Bench) -> None:
    key = await bench.key()
    one = await a_webhook(bench, key, events=["review.created"])
    await a_webhook(bench, key, events=["review.completed"])
    await a_webhook(bench, key, active=False)
    theirs = await bench.key(project=OTHER)
    await a_webhook(bench, theirs)
    await a_review(bench, key)
    (row,) = await sent(bench)
    assert (row["topic"], row["signer"], row["lane"]) == (
        "review.created",
        f"endpoint:{one['id']}",
        f"endpoint:{one['id']}",
    )
    assert row["intent"] == {"signature_header": "X-HITL-Signature"}
    assert await bench.store.outbox.listing(OTHER) == []


async def test_requests_of_other_doors_are_told_in_its_words(bench: Bench) -> None:
    await a_webhook(bench, await bench.key(), events=["review.created", "review.completed"])
    caller = a_caller(project=DEFAULT)
    done = await bench.desk.approvals.submit(a_submit(caller=caller, dialect=Dialect.HUMANLAYER))
    await bench.desk.approvals.cancel(Cancel(DEFAULT, done.request.id, "key"))
    (body,) = await heard(bench)
    assert (body["event"], body["review"]["template_id"]) == ("review.created", None)


async def test_a_review_s_own_callback(bench: Bench) -> None:
    key = await bench.key()
    review = await a_review(bench, key, callback_url="https://b.example/done")
    assert await sent(bench) == []
    await decided(bench, review, "approved")
    (row,) = await sent(bench)
    request = await kept(bench, review)
    assert (row["carrier"], row["topic"], row["url"]) == (
        Carrier.HTTP.value,
        "review.completed",
        "https://b.example/done",
    )
    assert (row["signer"], row["intent"]) == (
        f"key:{request.key_id}",
        {"signature_header": "X-HITL-Signature"},
    )
    assert json.loads(row["body"])["review"]["result"]["approved"] is True


async def test_a_changed_template_is_told(bench: Bench) -> None:
    key = await bench.key()
    await a_webhook(bench, key, events=["template.updated"])
    await a_webhook(bench, key, events=["review.created"])
    await a_webhook(bench, key, active=False)
    elsewhere = {"url": "https://a.example", "dialect": "humanlayer", "events": ["*"]}
    made = await bench.call("POST", "/desk/v1/endpoints", await bench.key("admin"), json=elsewhere)
    assert made.status == 201
    template = await a_template(bench, key)
    assert await sent(bench) == []
    bench.clock.advance(hours(1))
    changed = (await said(bench, "PATCH", f"templates/{template['id']}", key, {"name": "Review"}))["data"]
    await said(bench, "PATCH", f"templates/{template['id']}", key, {"name": "Review"})
    (row,) = await sent(bench)
    assert json.loads(row["body"]) == {
        "event": "template.updated",
        "template": changed,
        "timestamp": "2024-01-15T11:30:00Z",
    }
    assert (changed["version"], changed["fields"]) == (2, TEMPLATE["fields"])
    assert (row["request_id"], row["intent"]) == (None, {"signature_header": "X-HITL-Signature"})
