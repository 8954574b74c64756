"""What a request is made of before it is sent."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from sentinel_desk import drafts


def body(**wanted: Any) -> Any:
    return json.loads(drafts.create(**wanted).body)


def test_what_is_not_given_is_left_out() -> None:
    assert body(payload={"a": 1}) == {"payload": {"a": 1}}


def test_every_field() -> None:
    assert body(
        title="Approve $500 refund",
        description="Arrived damaged",
        payload={"amount": 500},
        domain="finance",
        jurisdiction="Québec",
        external_id="refund-7",
        expires_at=datetime(2026, 1, 20, 7, 0, tzinfo=timezone(timedelta(hours=-5))),
        callback_url="https://agent.example.com/decided",
        requested_by="paul@example.com",
    ) == {
        "title": "Approve $500 refund",
        "description": "Arrived damaged",
        "external_id": "refund-7",
        "payload": {"amount": 500, "domain": "finance", "jurisdiction": "Québec"},
        "expires_at": "2026-01-20T07:00:00-05:00",
        "callback_url": "https://agent.example.com/decided",
        "requested_by": "paul@example.com",
    }


def test_the_callers_payload_is_left_alone() -> None:
    payload = {"amount": 500}
    drafts.create(payload=payload, domain="finance")
    assert payload == {"amount": 500}


def test_a_domain_twice_must_be_the_same() -> None:
    assert body(payload={"domain": "legal"}, domain="legal")["payload"] == {"domain": "legal"}
    with pytest.raises(ValueError, match="domain"):
        drafts.create(payload={"domain": "legal"}, domain="finance")


@dataclass
class Refund:
    amount: Decimal
    due: datetime


def test_values_that_pydantic_knows_are_json() -> None:
    refund = Refund(Decimal("9.90"), datetime(2026, 1, 20, tzinfo=UTC))
    assert body(payload={"refund": refund})["payload"] == {
        "refund": {"amount": "9.90", "due": "2026-01-20T00:00:00Z"}
    }


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        ({"x": object()}, TypeError),
        ({"x": float("nan")}, ValueError),
        ({"x": float("inf")}, ValueError),
        ({"x": "\ud800"}, ValueError),
        ([1], TypeError),
        ("text", TypeError),
    ],
)
def test_what_is_no_json_is_refused_here(payload: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        drafts.create(payload=payload)


def test_a_deadline_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        drafts.create(payload={}, expires_at=datetime(2026, 1, 20))
    assert body(payload={}, expires_at="2026-01-20T12:00:00Z")["expires_at"] == "2026-01-20T12:00:00Z"


def test_a_misspelt_field_is_refused() -> None:
    with pytest.raises(TypeError, match=r"create\(\) got an unexpected .* 'titel'"):
        drafts.create(payload={}, titel="x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"create\(\) missing .* 'payload'"):
        drafts.create(title="x")  # type: ignore[call-arg]


@pytest.mark.parametrize("key", ["", "a\nb", "é", "x" * 256])
def test_a_key_that_no_header_can_hold(key: str) -> None:
    with pytest.raises(ValueError, match="idempotency_key"):
        drafts.create(payload={}, idempotency_key=key)
