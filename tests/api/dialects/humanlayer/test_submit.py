"""`POST /ai-request` as its reference shows it, and what it refuses."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from tests.api.bench import Bench
from tests.builders import a_wanted, hours

FIXTURES = Path(__file__).parent / "fixtures"
SUBMIT: dict[str, Any] = json.loads((FIXTURES / "submit.json").read_text())


async def submitted(bench: Bench, key: str, **changes: Any) -> dict[str, Any]:
    """The request as it can be read after a submit with these changes."""
    answer = await bench.call("POST", "/ai-request", key, json={**SUBMIT, **changes})
    assert answer.status == 200, await answer.text()
    request_id = (await answer.json())["request_id"]
    found = await bench.call("GET", f"/ai-request?id={request_id}", key)
    request: dict[str, Any] = (await found.json())["request"]
    return request


async def refusal(bench: Bench, **changes: Any) -> str:
    """The error that a submit with these changes gets."""
    body = {name: value for name, value in {**SUBMIT, **changes}.items() if value is not ...}
    answer = await bench.call("POST", "/ai-request", await bench.key(), json=body)
    assert answer.status == 400, await answer.text()
    words = await answer.json()
    assert list(words) == ["error"]
    return str(words["error"])


@pytest.mark.parametrize("name", ["submit.json", "submit_javascript.json"])
async def test_the_reference_s_own_examples(bench: Bench, name: str) -> None:
    await bench.people(a_wanted(1, name="Marie Dupont"))
    body = (FIXTURES / name).read_bytes()
    answer = await bench.call(
        "POST", "/ai-request", await bench.key(), data=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status == 200
    words = await answer.json()
    assert list(words) == ["ok", "request_id", "status", "assigned_to"]
    assert {**words, "request_id": None} == {
        "ok": True,
        "request_id": None,
        "status": "assigned",
        "assigned_to": "Marie Dupont",
    }


async def test_it_is_read_back_as_it_was_sent(bench: Bench) -> None:
    request = await submitted(bench, await bench.key())
    assert {name: request[name] for name in SUBMIT} == SUBMIT
    assert request["title"] == SUBMIT["summary"]
    assert request["verdict"] is request["reasoning"] is request["decision_signed_at"] is None


async def test_additional_fields_are_read_back(bench: Bench) -> None:
    ours = {
        "title": "Contract",
        "external_id": "CTR-1",
        "requested_by": "someone@example.com",
        "confidence": 0.85,
        "action": {"tool": "sign", "arguments": ["CTR-1"]},
    }
    request = await submitted(bench, await bench.key(), **ours)
    assert {name: request[name] for name in ours} == ours


async def test_without_a_sentinel_it_is_pending_and_says_so(bench: Bench) -> None:
    answer = await bench.call("POST", "/ai-request", await bench.key(), json={**SUBMIT, "domain": "medical"})
    words = await answer.json()
    assert (words["status"], words["assigned_to"]) == ("pending", None)
    assert len(words["warnings"]) == 1
    assert "'medical'" in words["warnings"][0]


@pytest.mark.parametrize("word", ["compliance", "judgment", "signature", "conformité", "jugement"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
async def test_request_types_are_echoed_as_sent(bench: Bench, word: str, form: Any) -> None:
    sent = unicodedata.normalize(form, word)
    assert (await submitted(bench, await bench.key(), request_type=sent))["request_type"] == sent


async def test_both_languages_mean_one_request_type(bench: Bench) -> None:
    request = await submitted(bench, await bench.key(), request_type="conformité")
    kept = await bench.call("GET", f"/desk/v1/requests/{request['id']}", await bench.key())
    assert (await kept.json())["request_type"] == "compliance"


@pytest.mark.parametrize("domain", ["legal", "Legal", "LÉGAL", " légal "])
async def test_domains_are_matched_by_their_slug_and_echoed(bench: Bench, domain: str) -> None:
    request = await submitted(bench, await bench.key(), domain=domain)
    assert (request["status"], request["domain"]) == ("assigned", domain)


@pytest.mark.parametrize("blank", [..., None, "", "  "])
async def test_missing_fields_are_named_in_the_documented_order(bench: Bench, blank: Any) -> None:
    assert await refusal(bench, summary=blank, agent_id=blank) == "Missing fields: agent_id, summary"


async def test_everything_missing(bench: Bench) -> None:
    answer = await bench.call("POST", "/ai-request", await bench.key(), json={})
    assert await answer.json() == {"error": "Missing fields: agent_id, request_type, domain, summary"}


@pytest.mark.parametrize(
    ("field", "value", "issue"),
    [
        ("request_type", "payment", "'payment' is not known"),
        ("request_type", "Compliance", "'Compliance' is not known"),
        ("request_type", 5, "must be a string"),
        ("agent_id", 5, "must be a string"),
        ("agent_id", "a\nb", "must be one line"),
        ("agent_id", "a\u2028b", "must be one line"),
        ("agent_id", "a" * 256, "at most 255 characters"),
        ("agent_name", ["QuoteBot"], "must be a string"),
        ("domain", "*", "has no letters or digits"),
        ("domain", "x" * 65, "or too many"),
        ("summary", {"text": "…"}, "must be a string"),
        ("context_json", "a text", "must be an object"),
        ("context_json", [1], "must be an object"),
        ("priority", "high", "must be 'normal' or 'urgent'"),
        ("priority", "", "must be 'normal' or 'urgent'"),
        ("expires_at", "soon", "is not a date-time"),
        ("expires_at", "", "is not a date-time"),
        ("expires_at", "2026-02-14", "has no zone"),
        ("expires_at", "2027-02-14T16:30:00", "has no zone"),
        ("expires_at", "2026-02-14T16:30:00Z", "must be in the future"),
        ("expires_at", "2026-11-23T15:00:00Z", "must be in the future"),
        ("expires_at", "0001-01-01T00:00:00+14:00", "is not a date-time"),
        ("expires_at", "9999-12-31T23:59:59-14:00", "is not a date-time"),
        ("expires_at", "2026-13-40T00:00:00Z", "is not a date-time"),
        ("expires_at", 1771086600, "must be a string"),
        ("callback_url", "http://example.com/hook", "must be an https address"),
        ("callback_url", "https://example.com/" + "x" * 2048, "at most 2048 characters"),
        ("confidence", False, "must be a number"),
        ("confidence", 1.5, "must be at most 1"),
        ("confidence", -0.1, "must be at least 0"),
        ("template_id", "template_123", "names no template"),
    ],
)
async def test_what_is_wrong_is_named(bench: Bench, field: str, value: Any, issue: str) -> None:
    error = await refusal(bench, **{field: value})
    assert error.startswith(f"Invalid {field}: ")
    assert issue in error


async def test_missing_and_invalid_fields_are_named_together(bench: Bench) -> None:
    error = await refusal(bench, agent_id=..., priority="later")
    assert error == "Missing fields: agent_id; Invalid priority: must be 'normal' or 'urgent'"


@pytest.mark.parametrize("field", ["agent_name", "jurisdiction", "context_json", "priority", "expires_at"])
async def test_null_is_as_good_as_absent(bench: Bench, field: str) -> None:
    assert (await submitted(bench, await bench.key(), **{field: None}))["status"] == "assigned"


async def test_unknown_fields_are_reported(bench: Bench) -> None:
    extra = {"colour": "red", "deadline": 5}
    answer = await bench.call("POST", "/ai-request", await bench.key(), json={**SUBMIT, **extra})
    assert (await answer.json())["warnings"] == [
        "Unknown field 'colour' was ignored.",
        "Unknown field 'deadline' was ignored.",
    ]


async def test_a_flood_of_unknown_fields_is_reported_briefly(bench: Bench) -> None:
    extra = {f"{'x' * 500}{n}": n for n in range(200)}
    answer = await bench.call("POST", "/ai-request", await bench.key(), json={**SUBMIT, **extra})
    warnings = (await answer.json())["warnings"]
    assert len(warnings) == 21
    assert warnings[-1] == "180 more unknown fields were ignored."
    assert max(map(len, warnings)) < 120


async def test_it_expires_after_48_hours_by_default(bench: Bench) -> None:
    request = await submitted(bench, await bench.key())
    assert request["expires_at"] == "2026-11-25T15:00:00.000Z"
    bench.clock.advance(hours(48))
    await bench.desk.clockwork.sweep(bench.store.rosters()[0].project)
    gone = await bench.call("GET", f"/ai-request?id={request['id']}", await bench.key())
    words = (await gone.json())["request"]
    assert (words["status"], words["verdict"], words["outcome"]) == ("decided", "rejected", "expired")
    assert words["decision_signed_at"] == "2026-11-25T15:00:00.000Z"
    assert words["reasoning"].startswith("Expired")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2026-12-01T12:00:00Z", "2026-12-01T12:00:00.000Z"),
        ("2026-12-01T12:00:00.123456+02:00", "2026-12-01T10:00:00.123Z"),
        ("2026-12-01t12:00:00z", "2026-12-01T12:00:00.000Z"),
    ],
)
async def test_a_deadline_is_kept_in_utc(bench: Bench, sent: str, read: str) -> None:
    assert (await submitted(bench, await bench.key(), expires_at=sent))["expires_at"] == read
