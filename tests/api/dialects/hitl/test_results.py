"""What a decision is to a client of this dialect: `result`, who, when."""

from typing import Any

import pytest

from approvals.model import ApprovalRequest
from tests.api.bench import DEFAULT, Bench
from tests.api.dialects.hitl.reviewing import a_review, a_template, decided, fixture, kept, said, seen
from tests.builders import hours

FORM = [
    {"name": "draft", "type": "content_display", "label": "The draft", "editable": True},
    {"name": "tone", "type": "select", "label": "Tone", "options": ["warm", "cold"], "required": True},
    {"name": "channels", "type": "multi_select", "label": "Where", "options": ["web", "mail"]},
    {"name": "words", "type": "number", "label": "How many words"},
    {"name": "score", "type": "rating", "label": "How good"},
    {"name": "publish_on", "type": "date", "label": "When"},
    {"name": "legal_ok", "type": "boolean", "label": "Seen by the lawyers"},
    {"name": "notes", "type": "textarea", "label": "Notes"},
]
ANSWERS: dict[str, Any] = {
    "tone": "warm",
    "channels": ["web"],
    "words": 120,
    "score": 4,
    "publish_on": "2024-02-01",
    "legal_ok": False,
    "notes": None,
}


async def ended(bench: Bench, verdict: str, *, template: Any = None, **more: Any) -> Any:
    """A review after its decision."""
    key = await bench.key()
    made = None if template is None else (await a_template(bench, key, fields=template))["id"]
    review = await a_review(bench, key, template_id=made)
    await decided(bench, review, verdict, **more)
    return await seen(bench, key, review)


async def test_the_reference_s_own_result(bench: Bench) -> None:
    documented = fixture("review_completed")["review"]
    key = await bench.key()
    review = await a_review(bench, key, template_id=(await a_template(bench, key))["id"])
    bench.clock.advance(hours(2))
    answers = {"approved": True, "feedback": documented["result"]["feedback"]}
    await decided(bench, review, "modified", modified=documented["result"]["content"], answers=answers)
    found = await seen(bench, key, review)
    expected = {**documented, "id": review["id"], "template_id": review["template_id"]}
    assert {name: found[name] for name in expected} == expected
    assert list(found["result"]) == list(documented["result"])


async def test_an_approval_without_words_says_who(bench: Bench) -> None:
    found = await ended(bench, "approved")
    assert found["result"] == {"approved": True, "feedback": "Approved by Robin Reviewer."}
    assert (found["status"], found["reviewer"]) == ("completed", "reviewer@company.com")
    assert found["completed_at"] == "2024-01-15T10:30:00Z"


async def test_a_rejection_says_why(bench: Bench) -> None:
    found = await ended(bench, "rejected", reasoning="Not our tone.")
    assert found["result"] == {"approved": False, "feedback": "Not our tone."}


async def test_every_field_has_its_value(bench: Bench) -> None:
    found = await ended(bench, "approved", template=FORM, answers=ANSWERS)
    assert found["result"] == {"approved": True, **ANSWERS, "feedback": "Approved by Robin Reviewer."}


async def test_fields_that_nobody_was_asked_are_null(bench: Bench) -> None:
    found = await ended(bench, "approved", template=FORM)
    assert found["result"] == {
        "approved": True,
        **dict.fromkeys(ANSWERS),
        "feedback": "Approved by Robin Reviewer.",
    }


async def test_an_edited_text_is_the_content_and_its_field(bench: Bench) -> None:
    found = await ended(bench, "modified", template=FORM, modified="Warmer.", answers=ANSWERS)
    assert (found["result"]["approved"], found["result"]["content"]) == (True, "Warmer.")
    assert found["result"]["draft"] == "Warmer."
    assert found["content"]["text"] == "AI-generated content to review"


async def test_without_a_template_a_text_can_be_edited_too(bench: Bench) -> None:
    found = await ended(bench, "modified", modified="Warmer.")
    assert found["result"] == {
        "approved": True,
        "content": "Warmer.",
        "feedback": "Approved with changes by Robin Reviewer.",
    }


@pytest.mark.parametrize(
    ("field", "reasoning", "expected"),
    [
        ("Nice.", None, {"feedback": "Nice."}),
        ("Nice.", "See the guide.", {"feedback": "Nice.", "reasoning": "See the guide."}),
        (None, "See the guide.", {"feedback": "See the guide."}),
        ("", None, {"feedback": "Rejected by Robin Reviewer."}),
    ],
)
async def test_feedback_is_the_field_s_else_the_reasoning(
    bench: Bench, field: str | None, reasoning: str | None, expected: dict[str, str]
) -> None:
    form = [{"name": "feedback", "type": "text", "label": "Feedback"}]
    key = await bench.key()
    review = await a_review(bench, key, template_id=(await a_template(bench, key, fields=form))["id"])
    await decided(bench, review, "rejected", lenient=True, reasoning=reasoning, answers={"feedback": field})
    assert (await seen(bench, key, review))["result"] == {"approved": False, **expected}


async def test_an_answer_never_overrides_the_verdict(bench: Bench) -> None:
    form = [{"name": "approved", "type": "boolean", "label": "Approve"}]
    found = await ended(bench, "rejected", template=form, reasoning="No.", answers={"approved": True})
    assert found["result"] == {"approved": False, "feedback": "No."}


async def test_an_expired_review_is_not_approved(bench: Bench) -> None:
    key = await bench.key()
    review = await a_review(bench, key)
    bench.clock.advance(hours(200))
    await bench.desk.clockwork.sweep(DEFAULT)
    found = await seen(bench, key, review)
    assert (found["status"], found["completed_at"], found["reviewer"]) == ("expired", None, None)
    assert found["result"]["approved"] is False
    assert found["result"]["feedback"].startswith("Expired")


async def test_a_decision_through_our_own_door_counts_the_same(bench: Bench) -> None:
    key = await bench.key()
    review = await a_review(bench, key)
    body = {"as": "reviewer@company.com", "verdict": "modified", "modified_action": "Warmer."}
    deciding = await bench.key("decide", speaks_for=("*",))
    answer = await bench.call("POST", f"/desk/v1/requests/{review['id']}/decide", deciding, json=body)
    assert answer.status == 200
    assert (await seen(bench, key, review))["result"]["content"] == "Warmer."


async def test_reviews_keep_the_template_that_they_were_made_with(bench: Bench) -> None:
    key = await bench.key()
    template = await a_template(bench, key, fields=FORM)
    review = await a_review(bench, key, template_id=template["id"])
    other = [{"name": "else", "type": "text", "label": "Something else"}]
    await said(bench, "PATCH", f"templates/{template['id']}", key, {"fields": other, "name": "Other"})
    await said(bench, "DELETE", f"templates/{template['id']}", key)
    request: ApprovalRequest = await kept(bench, review)
    assert (request.wire["template"]["version"], request.title) == (1, "Content Review")
    await decided(bench, review, "approved", answers=ANSWERS)
    assert set((await seen(bench, key, review))["result"]) == {"approved", *ANSWERS, "feedback"}
