"""Humancheck: every sample of its reference, run against a desk. Some of them send no key."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.external.conftest import Stage, staged
from tests.external.programs import bash, python
from tests.external.samples import HUMANCHECK, mended, sample, within

pytestmark = [pytest.mark.external, pytest.mark.asyncio(loop_scope="module")]

PAYMENT = {"task_type": "payment", "proposed_action": "Process payment of $5,000"}


def code(name: str, after: str, before: str, stage: Stage, nth: int = 1) -> str:
    """A sample that can be run."""
    found = sample(HUMANCHECK, after, before, nth=nth)
    return mended(f"humancheck {name}", HUMANCHECK, found, stage.url, stage.key)


async def created(stage: Stage, **more: Any) -> int:
    """A review to do something with; its id."""
    status, review = await stage.call("POST", "/reviews", {**PAYMENT, **more})
    assert status == 201, review
    number: int = review["id"]
    return number


async def test_a_blocking_request(stage: Stage, tmp_path: Path) -> None:
    blocking = code("blocking", "Wait for the decision before proceeding:", "Review Fields", stage)
    names = "def process_payment(): print('paid')"
    running = asyncio.ensure_future(python(tmp_path, within(blocking, names)))
    await stage.decide("approved")
    assert await running == "paid\n"
    running = asyncio.ensure_future(python(tmp_path, within(blocking, names)))
    await stage.decide("rejected", "No.")
    assert await running == ""


async def test_details_and_lists(stage: Stage, tmp_path: Path) -> None:
    number = await created(stage)
    details = code("details", "Get Review Details", "List Reviews", stage)
    printed = await python(tmp_path, within(details, f"review_id = {number}"))
    assert printed.splitlines() == [
        "Status: pending ",
        "Task Type: payment ",
        "Proposed Action: Process payment of $5,000 ",
    ]
    listing = code("list", "List Reviews", "Getting Decisions", stage)
    tell = "print(json.dumps([reviews['total'], response.json()]))"
    total, page = json.loads(await python(tmp_path, within(listing, after=tell)))
    assert (page["page"], page["page_size"], page["total"]) == (1, 20, total)
    assert number in [review["id"] for review in page["reviews"]]
    await stage.told()


@pytest.mark.parametrize(
    ("verdict", "more", "says"),
    [
        ("approved", {}, "✅ Approved"),
        ("rejected", {"reasoning": "Vendor not verified"}, "❌ Rejected: Vendor not verified "),
        ("modified", {"modified_action": "Pay $4,500"}, "✏️ Modified: Pay $4,500 "),
    ],
)
async def test_asking_for_the_decision(
    stage: Stage, tmp_path: Path, verdict: str, more: dict[str, str], says: str
) -> None:
    number = await created(stage)
    asking = within(
        code("decision", "Check for Decision", "Polling for Decision", stage), f"review_id = {number}"
    )
    assert await python(tmp_path, asking) == "⏳ Still pending\n"
    await stage.decide(verdict, **more)
    assert (await python(tmp_path, asking)).splitlines()[1:] == [says]


async def test_polling(stage: Stage, tmp_path: Path) -> None:
    number = await created(stage)
    polling = code("polling", "Polling for Decision", "Making Decisions", stage)
    program = within(polling, f"review_id = {number}", "print(decision['decision_type'])")
    running = asyncio.ensure_future(python(tmp_path, program))
    await stage.decide("approved")
    assert await running == "approve\n"


@pytest.mark.parametrize(
    ("name", "after", "before", "status"),
    [
        ("approve", "Approve a Review", "Reject a Review", "approved"),
        ("reject", "Reject a Review", "Modify a Review", "rejected"),
        ("modify", "Modify a Review", "Submitting Feedback", "modified"),
    ],
)
async def test_deciding_and_feedback(
    stage: Stage, tmp_path: Path, name: str, after: str, before: str, status: str
) -> None:
    number = await created(stage)
    deciding = code(name, after, before, stage)
    tell = "print(response.status_code)"
    assert await python(tmp_path, within(deciding, f"review_id = {number}", tell)) == "200\n"
    await stage.told()
    _, review = await stage.call("GET", f"/reviews/{number}")
    assert (review["status"], review["decision"]["reviewer_name"]) == (status, "Marie Dupont")
    feedback = code("feedback", "Submitting Feedback", "Error Handling", stage)
    assert await python(tmp_path, within(feedback, f"review_id = {number}", tell)) == "201\n"


async def test_errors(tmp_path: Path) -> None:
    async with staged(tmp_path, DESK_BLOCKING_S="1") as stage:
        handling = code("errors", "Error Handling", "Complete Example", stage)
        for body, says in [
            ("{}", "Bad request: {'detail': 'task_type is required; proposed_action is required'}"),
            (str({**PAYMENT, "blocking": True}), "Request timed out waiting for decision"),
            (str(PAYMENT), ""),
        ]:
            assert (await python(tmp_path, within(handling, f"BODY = {body}"))).strip() == says


async def test_the_complete_example(stage: Stage, tmp_path: Path) -> None:
    workflow = code("complete", "Complete Example", "Using with cURL", stage)
    names = """
def process_payment(amount, vendor): print("paid", amount, vendor)
def process_payment_from_action(action): print("paid", action)
async def wait_for_decision(review_id): raise AssertionError("the decision should have come at once")
"""
    running = asyncio.ensure_future(python(tmp_path, names + workflow))
    await stage.decide("modified", modified_action="Pay $4,500 to ACME Corp")
    assert await running == "paid Pay $4,500 to ACME Corp\n"


async def test_curl(stage: Stage, tmp_path: Path) -> None:
    review = json.loads(await bash(tmp_path, code("curl create", "Create Review", "Get Review", stage)))
    assert (review["status"], review["confidence_score"]) == ("pending", 0.85)
    await stage.decide("approved")
    number = str(review["id"])
    getting = code("curl get", "Get Review", "Get Decision", stage)
    again = json.loads(await bash(tmp_path, getting, ID=number))
    getting = code("curl get", "Get Decision", "Next Steps", stage)
    decision = json.loads(await bash(tmp_path, getting, ID=number))
    assert (again["status"], again["decision"]) == ("approved", decision)
    assert decision["decision_type"] == "approve"
