"""What the desk says, read."""

from typing import Any

import pytest
from pydantic import ValidationError

from sentinel_desk import Page
from sentinel_desk.models import RequestFields
from tests.sdk.play import Play, reply, standing


@pytest.mark.parametrize(
    ("status", "outcome", "approved", "word"),
    [
        ("approved", None, True, "approved"),
        ("rejected", None, False, "rejected"),
        ("rejected", "modified", False, "modified"),
        ("rejected", "escalated", False, "escalated"),
        ("rejected", "cancelled", False, "cancelled"),
        ("expired", None, False, "expired"),
        # Two words that contradict each other are no approval.
        ("approved", "rejected", False, "rejected"),
        ("rejected", "approved", False, "approved"),
    ],
)
def test_only_an_approval_is_approved_and_true(
    status: str, outcome: str | None, approved: bool, word: str
) -> None:
    decision = RequestFields.model_validate(standing(status, outcome=outcome)).ended
    assert (decision.approved, bool(decision), decision.outcome) == (approved, approved, word)


def test_an_open_request_has_no_decision() -> None:
    request = RequestFields.model_validate(standing("pending"))
    assert request.decision is None
    with pytest.raises(LookupError):
        _ = request.ended


@pytest.mark.parametrize("payload", [{"amount": 500}, [1], "text", None, 7])
def test_what_came_through_another_door_can_be_read(payload: Any) -> None:
    shown = standing("approved") | {"payload": payload}
    assert RequestFields.model_validate(shown).ended.payload == payload


def test_values_do_not_change() -> None:
    request = RequestFields.model_validate(standing("pending"))
    with pytest.raises(ValidationError):
        request.status = "approved"  # type: ignore[assignment]


def test_a_page_says_where_the_next_begins() -> None:
    play = Play()
    answers = [reply(200, {"requests": [standing("pending")], "next_cursor": "abc"})]
    found = play.run(play.flows.listing(status="pending", cursor="xyz", external_id=None), answers)
    assert play.sent[0].params == {"status": "pending", "cursor": "xyz"}
    assert [request.id for request in Page(found.requests, found.next_cursor)] == ["req_1"]
    assert found.next_cursor == "abc"
