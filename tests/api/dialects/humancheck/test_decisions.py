"""Deciding a review, waiting for it, and saying how it was."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from approvals.commands import Escalate
from approvals.model import Dialect, Domain, Door, Reasoning, SentinelId
from tests.api.bench import DEFAULT, Bench, opened
from tests.api.dialects.humancheck.test_reviews import CREATE, created, fixture, found
from tests.builders import a_submit, a_wanted, hours

DECISION = [
    "id",
    "review_id",
    "reviewer_id",
    "reviewer_name",
    "decision_type",
    "modified_action",
    "notes",
    "created_at",
]


@pytest.fixture
async def staffed(bench: Bench) -> Bench:
    """A desk whose Sentinels 1 and 2 take everything, one after the other."""
    await staff(bench)
    return bench


@pytest.fixture
async def impatient() -> AsyncIterator[Bench]:
    """A desk that holds a blocking create for one second."""
    bench = await opened(blocking_s=1)
    await staff(bench)
    yield bench
    await bench.client.close()


async def staff(bench: Bench, **rules: Any) -> None:
    """Sentinel 1 takes everything; Sentinel 2 stands in where the domain lets backups decide."""
    people = [a_wanted(n, domains={"*"}, tier=n) for n in (1, 2)]
    await bench.people(*people, domains={"general": Domain("general", **rules)})


async def decide(bench: Bench, name: str, number: int = 1, **changes: Any) -> Any:
    """The answer to a decision as the reference sends it."""
    key = await bench.key("decide", speaks_for=("*",))
    body = {**fixture(name), **changes}
    return await bench.call("POST", f"/reviews/{number}/decide", key, json=body)


@pytest.mark.parametrize(
    ("name", "status"), [("approve", "approved"), ("reject", "rejected"), ("modify", "modified")]
)
async def test_a_decision_reads_as_documented(staffed: Bench, name: str, status: str) -> None:
    key = await staffed.key()
    review = await created(staffed, key)
    assert review["decision"] is None
    assert await found(staffed, key, "/1/decision") is None
    answer = await decide(staffed, name)
    assert answer.status == 200
    words = await answer.json()
    assert list(words) == DECISION
    assert words == {
        "modified_action": None,
        **fixture(name),
        "id": 1,
        "review_id": 1,
        "reviewer_name": "Sentinel 1",
        "created_at": "2026-11-23T15:00:00.000Z",
    }
    assert await found(staffed, key, "/1/decision") == words
    seen = await found(staffed, key, "/1")
    assert (seen["status"], seen["decision"]) == (status, words)
    assert "outcome" not in seen


async def test_words_may_be_left_out(staffed: Bench) -> None:
    key = await staffed.key()
    await created(staffed, key)
    answer = await decide(staffed, "reject", notes=None)
    assert (answer.status, (await answer.json())["notes"]) == (200, "Rejected by Sentinel 1.")


async def test_unless_the_domain_requires_them(bench: Bench) -> None:
    await staff(bench, reasoning=Reasoning.REQUIRED)
    await created(bench, await bench.key())
    answer = await decide(bench, "approve", notes=" ")
    assert answer.status == 400
    assert "notes" in (await answer.json())["detail"]


@pytest.mark.parametrize(
    ("name", "changes", "word"),
    [
        ("approve", {"reviewer_id": None}, "reviewer_id"),
        ("approve", {"reviewer_id": "1"}, "reviewer_id"),
        ("approve", {"reviewer_id": True}, "reviewer_id"),
        ("approve", {"reviewer_id": 99}, "reviewer_id"),
        ("approve", {"reviewer_id": -1}, "reviewer_id"),
        ("approve", {"decision_type": "approved"}, "decision_type"),
        ("approve", {"modified_action": "x"}, "modified_action"),
        ("modify", {"modified_action": None}, "modified_action"),
        ("modify", {"modified_action": " "}, "modified_action"),
        ("approve", {"notes": 5}, "notes"),
    ],
)
async def test_what_is_wrong_is_named(staffed: Bench, name: str, changes: Any, word: str) -> None:
    key = await staffed.key()
    await created(staffed, key)
    answer = await decide(staffed, name, **changes)
    assert answer.status == 400
    assert word in (await answer.json())["detail"]
    assert await found(staffed, key, "/1/decision") is None


async def test_unknown_fields_are_warned_of(staffed: Bench) -> None:
    await created(staffed, await staffed.key())
    words = await (await decide(staffed, "approve", color="red")).json()
    assert "'color'" in words["warnings"][0]


async def test_a_second_decision_names_the_first(staffed: Bench) -> None:
    await created(staffed, await staffed.key())
    await decide(staffed, "approve")
    second = await decide(staffed, "reject", reviewer_id=2)
    assert second.status == 409
    detail = (await second.json())["detail"]
    assert "approved by Sentinel 1 at 2026-11-23T15:00:00.000Z" in detail


async def test_a_repeat_under_one_idempotency_key_gets_the_first_answer(staffed: Bench) -> None:
    await created(staffed, await staffed.key())
    key = await staffed.key("decide", speaks_for=("*",))

    async def say(name: str) -> Any:
        headers = {"Idempotency-Key": "one"}
        return await staffed.call("POST", "/reviews/1/decide", key, json=fixture(name), headers=headers)

    first, again, other = await say("approve"), await say("approve"), await say("reject")
    assert (first.status, again.status, other.status) == (200, 200, 422)
    assert await first.read() == await again.read()
    assert again.headers["Idempotent-Replayed"] == "true"


async def test_who_may_decide(staffed: Bench) -> None:
    await created(staffed, await staffed.key())
    bound = await staffed.key("decide", speaks_for=("s2@example.com",))
    answer = await staffed.call("POST", "/reviews/1/decide", bound, json=fixture("approve"))
    assert answer.status == 403
    answer = await decide(staffed, "approve", reviewer_id=2)
    assert answer.status == 403
    assert "Sentinel 2" in (await answer.json())["detail"]
    answer = await staffed.call("POST", "/reviews/1/decide", await staffed.key(), json=fixture("approve"))
    assert answer.status == 403


async def test_a_client_that_cannot_hear_modify_is_not_told_so(staffed: Bench) -> None:
    await staffed.desk.approvals.submit(a_submit())
    answer = await decide(staffed, "modify")
    assert answer.status == 409
    assert "modified" in (await answer.json())["detail"]
    assert (await decide(staffed, "approve")).status == 200


async def test_what_has_no_word_of_its_own_ends_on_the_safe_side(staffed: Bench) -> None:
    key = await staffed.key()
    await created(staffed, key, expires_at="2026-11-23T16:00:00Z")
    await created(staffed, key)
    await staffed.call("DELETE", "/ai-request?id=2", key)
    done = await staffed.desk.approvals.submit(a_submit(dialect=Dialect.HUMANLAYER))
    for number in (1, 2):
        command = Escalate(DEFAULT, done.request.id, SentinelId(number), Door.API, "Too big for me.")
        await staffed.desk.approvals.escalate(command)
    staffed.clock.advance(hours(1))
    await staffed.desk.clockwork.sweep(DEFAULT)
    ends = [(1, "expired", "expired"), (2, "cancelled", "cancelled"), (3, "rejected", "escalated")]
    for number, status, outcome in ends:
        review = await found(staffed, key, f"/{number}")
        assert (review["status"], review["outcome"]) == (status, outcome)
        decision = await found(staffed, key, f"/{number}/decision")
        assert decision == review["decision"]
        assert (decision["decision_type"], decision["outcome"]) == ("reject", outcome)
        assert decision["notes"]
    assert (await found(staffed, key, "/1/decision"))["reviewer_id"] is None
    late = await decide(staffed, "approve")
    assert late.status == 409


async def test_a_modified_review_of_another_dialect(staffed: Bench) -> None:
    await staffed.desk.approvals.submit(a_submit(dialect=Dialect.HITL))
    assert (await decide(staffed, "modify")).status == 200
    key = await staffed.key()
    assert (await found(staffed, key, "/1"))["status"] == "modified"
    content = (await (await staffed.call("GET", "/v1/reviews/1", key)).json())["data"]["result"]["content"]
    assert content == fixture("modify")["modified_action"]


async def test_a_blocking_create_answers_with_the_decision(staffed: Bench) -> None:
    key = await staffed.key()
    held = asyncio.ensure_future(staffed.call("POST", "/reviews", key, json=fixture("blocking")))
    await staffed.waiting.until(1)
    await decide(staffed, "modify")
    answer = await held
    review = await answer.json()
    assert (answer.status, review["status"], review["blocking"]) == (201, "modified", True)
    assert review["decision"]["modified_action"] == fixture("modify")["modified_action"]
    assert review == await found(staffed, key, "/1")
    await staffed.waiting.until(0)


async def test_a_blocking_create_hears_of_an_expiry(staffed: Bench) -> None:
    body = {**fixture("blocking"), "expires_at": "2026-11-23T16:00:00Z"}
    held = asyncio.ensure_future(staffed.call("POST", "/reviews", await staffed.key(), json=body))
    await staffed.waiting.until(1)
    staffed.clock.advance(hours(1))
    await staffed.desk.clockwork.sweep(DEFAULT)
    review = await (await held).json()
    assert (review["status"], review["decision"]["decision_type"]) == ("expired", "reject")


async def test_a_blocking_create_that_nobody_decides_is_a_408(impatient: Bench) -> None:
    key = await impatient.key()
    answer = await impatient.call("POST", "/reviews", key, json=fixture("blocking"))
    words = await answer.json()
    assert (answer.status, words["id"], words["status"]) == (408, 1, "pending")
    assert answer.headers["Location"] == "/reviews/1"
    assert "1 s" in words["detail"]
    assert len(impatient.waiting) == 0
    await decide(impatient, "approve")
    later = await impatient.call("GET", answer.headers["Location"], key)
    assert (await later.json())["status"] == "approved"


async def test_a_repeated_blocking_create_waits_on_for_the_same_review(impatient: Bench) -> None:
    key = await impatient.key()

    async def ask() -> Any:
        headers = {"Idempotency-Key": "one"}
        return await impatient.call("POST", "/reviews", key, json=fixture("blocking"), headers=headers)

    assert (await ask()).status == 408
    held = asyncio.ensure_future(ask())
    await impatient.waiting.until(1)
    await decide(impatient, "approve")
    first = await held
    again = await ask()
    assert (first.status, again.status) == (201, 201)
    assert await first.read() == await again.read()
    assert json.loads(await again.read())["id"] == 1
    assert (await found(impatient, key, ""))["total"] == 1


async def test_a_repeated_create_gets_the_first_answer(staffed: Bench) -> None:
    key = await staffed.key()
    headers = {"Idempotency-Key": "one"}
    first = await staffed.call("POST", "/reviews", key, json=CREATE, headers=headers)
    await decide(staffed, "approve")
    again = await staffed.call("POST", "/reviews", key, json=CREATE, headers=headers)
    other = await staffed.call("POST", "/reviews", key, json={**CREATE, "agent_id": 1}, headers=headers)
    assert (first.status, again.status, other.status) == (201, 201, 422)
    assert await first.read() == await again.read()
    assert list(await other.json()) == ["detail"]


async def test_a_client_that_goes_away_leaves_no_waiter(staffed: Bench) -> None:
    key = await staffed.key()
    held = asyncio.ensure_future(staffed.call("POST", "/reviews", key, json=fixture("blocking")))
    await staffed.waiting.until(1)
    held.cancel()
    await staffed.waiting.until(0)
    assert (await found(staffed, key, "/1"))["status"] == "pending"


async def test_whoever_waits_when_the_desk_stops_gets_the_review_as_it_is(staffed: Bench) -> None:
    key = await staffed.key()
    held = asyncio.ensure_future(staffed.call("POST", "/reviews", key, json=fixture("blocking")))
    await staffed.waiting.until(1)
    staffed.waiting.close()
    answer = await held
    review = await answer.json()
    assert (answer.status, review["status"], review["decision"]) == (201, "pending", None)


@pytest.mark.parametrize("path", ["/reviews/1", "/reviews/1/decision"])
async def test_a_held_get_comes_with_the_decision(staffed: Bench, path: str) -> None:
    key = await staffed.key()
    await created(staffed, key)
    held = asyncio.ensure_future(staffed.call("GET", f"{path}?wait=60", key))
    await staffed.waiting.until(1)
    await decide(staffed, "approve")
    words = await (await held).json()
    assert (words.get("decision") or words)["decision_type"] == "approve"


async def test_feedback(staffed: Bench) -> None:
    key = await staffed.key()
    await created(staffed, key)
    await decide(staffed, "approve")
    answer = await staffed.call("POST", "/reviews/1/feedback", key, json=fixture("feedback"))
    assert answer.status == 201
    created_at = "2026-11-23T15:00:00.000Z"
    assert await answer.json() == {"review_id": 1, **fixture("feedback"), "created_at": created_at}
    warned = await staffed.call("POST", "/reviews/1/feedback", key, json={"rating": 5, "color": "red"})
    assert "'color'" in (await warned.json())["warnings"][0]
    assert staffed.store.tenants[DEFAULT].ratings[0][1:] == (5, fixture("feedback")["comment"])


@pytest.mark.parametrize("body", [{}, *({"rating": rating} for rating in [0, 6, 4.5, "5", True, None])])
async def test_ratings_that_are_none(staffed: Bench, body: Any) -> None:
    key = await staffed.key()
    await created(staffed, key)
    answer = await staffed.call("POST", "/reviews/1/feedback", key, json=body)
    assert answer.status == 400
    assert "rating" in (await answer.json())["detail"]


async def test_callbacks_are_humanlayer_s_with_the_review_s_number(staffed: Bench) -> None:
    await created(staffed, await staffed.key(), callback_url="https://example.com/hook")
    await decide(staffed, "reject")
    (told,) = [json.loads(m.delivery.body or b"") for m in staffed.store.outbox.messages]
    assert (told["event"], told["verdict"], told["review_id"]) == ("decision.rendered", "rejected", 1)
    assert told["reasoning"] == "Vendor not verified"
