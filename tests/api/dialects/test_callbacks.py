"""What receivers hear: who, when, in which words, through which lane."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.dialects.callbacks import CallbackAnnouncer, lane
from approvals.applying import Wanted, WantedEndpoint
from approvals.events import Event, EventKind
from approvals.model import ApprovalRequest, Dialect, Domain, Endpoint, ProjectId, Roster
from approvals.outbox import Carrier, Delivery
from tests.api.bench import Bench
from tests.api.dialects.humanlayer.test_submit import SUBMIT
from tests.builders import NOW, a_request, a_roster, a_submit, a_wanted, hours

FIXTURES = Path(__file__).parent
HOOK = "https://Example.com/hook?token=x"


async def decided(bench: Bench, number: int, verdict: str, **more: Any) -> None:
    """Sentinel 1 decides."""
    key = await bench.key("decide", speaks_for=("*",))
    body = {"as": 1, "verdict": verdict, "reasoning": "Compliant.", **more}
    answer = await bench.call("POST", f"/desk/v1/requests/{number}/decide", key, json=body)
    assert answer.status == 200, await answer.text()


def sent(bench: Bench) -> list[Delivery]:
    """Everything that is on its way."""
    return [message.delivery for message in bench.store.outbox.messages]


def words(delivery: Delivery) -> Any:
    """The body of a delivery."""
    assert delivery.body is not None
    return json.loads(delivery.body)


async def test_a_decision_is_told_as_documented(bench: Bench) -> None:
    documented = json.loads((FIXTURES / "humanlayer/fixtures/callback.json").read_text())
    key = await bench.key()
    body = {**SUBMIT, "callback_url": HOOK}
    answer = await bench.call("POST", "/ai-request", key, json=body)
    assert sent(bench) == []
    await decided(bench, 1, "approved")
    (delivery,) = sent(bench)
    request = await bench.store.request(ProjectId("default"), 1)
    assert list(words(delivery)) == [*documented, "outcome"]
    assert words(delivery) == {
        "event": "decision.rendered",
        "request_id": (await answer.json())["request_id"],
        "verdict": "approved",
        "reasoning": "Compliant.",
        "signed_at": "2026-11-23T15:00:00.000Z",
        "sentinel_name": "Sentinel 1",
        "outcome": "approved",
    }
    assert (delivery.carrier, delivery.topic, delivery.url) == (Carrier.HTTP, "decision.rendered", HOOK)
    assert (delivery.lane, delivery.signer) == ("http:https://example.com:443", f"key:{request.key_id}")


@pytest.mark.parametrize(("end", "outcome"), [("cancel", "cancelled"), ("expire", "expired")])
async def test_ends_without_a_person_are_told_too(bench: Bench, end: str, outcome: str) -> None:
    request = (await bench.desk.approvals.submit(a_submit(callback_url=HOOK))).request
    if end == "cancel":
        await bench.call("DELETE", f"/ai-request?id={request.id}", await bench.key())
    else:
        bench.clock.advance(hours(48))
        await bench.desk.clockwork.sweep(request.project)
    (delivery,) = sent(bench)
    body = words(delivery)
    assert (body["verdict"], body["outcome"], body["sentinel_name"]) == ("rejected", outcome, None)
    assert body["reasoning"]
    assert body["signed_at"].startswith("2026-11-2")


async def test_a_final_escalation_is_a_verdict(bench: Bench) -> None:
    await bench.desk.approvals.submit(a_submit(callback_url=HOOK))
    key = await bench.key("decide", speaks_for=("*",))
    body = {"as": 1, "reasoning": "Ask the board."}
    await bench.call("POST", "/desk/v1/requests/1/escalate", key, json=body)
    (delivery,) = sent(bench)
    assert (words(delivery)["verdict"], words(delivery)["sentinel_name"]) == ("escalated", "Sentinel 1")


async def test_a_step_up_is_not_told(bench: Bench) -> None:
    await bench.people(a_wanted(1), a_wanted(2, tier=2))
    await bench.desk.approvals.submit(a_submit(callback_url=HOOK))
    key = await bench.key("decide", speaks_for=("*",))
    await bench.call("POST", "/desk/v1/requests/1/escalate", key, json={"as": 1, "reasoning": "Up."})
    assert sent(bench) == []


async def test_human_check_hears_humanlayer_s_words_and_its_own_number(bench: Bench) -> None:
    await bench.desk.approvals.submit(a_submit(callback_url=HOOK, dialect=Dialect.HUMANCHECK))
    await decided(bench, 1, "modified", modified_action="Pay $4,500")
    (delivery,) = sent(bench)
    body = words(delivery)
    assert (body["event"], body["review_id"]) == ("decision.rendered", 1)
    assert (body["verdict"], body["outcome"]) == ("rejected", "modified")


async def test_endpoints_hear_what_they_subscribed_to_in_their_own_dialect(bench: Bench) -> None:
    await subscribed(bench, "https://a.example/hook", "decision.rendered")
    await subscribed(bench, "https://a.example/hook", "decision.rendered", "*")
    await subscribed(bench, "https://b.example/hook", "something.else")
    await bench.desk.approvals.submit(a_submit())
    await decided(bench, 1, "approved")
    endpoints = (await bench.store.roster(ProjectId("default"))).endpoints
    told = [d for d in sent(bench) if d.lane.startswith("endpoint:")]
    ids = {f"endpoint:{e.id}" for e in endpoints if "a.example" in e.url}
    assert {d.lane for d in told} == {d.signer for d in told} == ids
    assert all(words(d)["event"] == "decision.rendered" for d in told)


async def subscribed(bench: Bench, url: str, *events: str) -> None:
    """One more endpoint in `desk.yml`."""
    before = (await bench.store.roster(ProjectId("default"))).endpoints
    known = {(e.url, e.dialect): WantedEndpoint(e.url, e.dialect, e.events) for e in before}
    known[url, Dialect.HUMANLAYER] = WantedEndpoint(url, Dialect.HUMANLAYER, events)
    people = (a_wanted(1),)
    await bench.desk.clockwork.apply(
        Wanted(
            ProjectId("default"),
            domains={"legal": Domain("legal")},
            sentinels=people,
            endpoints=tuple(known.values()),
        )
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com/a", "http:https://example.com:443"),
        ("HTTPS://EXAMPLE.com:8443/b?c", "http:https://example.com:8443"),
        ("http://127.0.0.1:9000/", "http:http://127.0.0.1:9000"),
        ("http://[::1]/", "http:http://::1:80"),
    ],
)
def test_one_receiver_one_lane(url: str, expected: str) -> None:
    assert lane(url) == expected


def every_event(request: ApprovalRequest, event: Event, roster: Roster) -> list[tuple[str, bytes]]:
    """A dialect that has a word for everything."""
    return [(event.kind.value, b"{}")]


def announced(request: ApprovalRequest, *endpoints: Endpoint) -> list[tuple[str, str]]:
    """Lane and topic of what is sent when a request is submitted, assigned and decided."""
    kinds = (EventKind.SUBMITTED, EventKind.ASSIGNED, EventKind.DECIDED)
    events = [Event(kind, request.id, NOW, "desk") for kind in kinds]
    announcer = CallbackAnnouncer({Dialect.HITL: every_event})
    messages = announcer.announce(request, events, a_roster(endpoints=endpoints))
    return [(message.lane, message.topic) for message in messages]


def test_a_callback_hears_only_of_the_end() -> None:
    request = a_request(dialect=Dialect.HITL, callback_url="https://example.com/")
    assert announced(request) == [("http:https://example.com:443", "decided")]
    assert announced(replace(request, callback_url=None)) == []
    assert announced(replace(request, dialect=Dialect.HUMANLAYER)) == []


def test_an_endpoint_hears_of_what_it_subscribed_to_while_it_is_active() -> None:
    endpoint = Endpoint("e1", "https://example.com/", Dialect.HITL, ("submitted", "decided"))
    assert announced(a_request(), endpoint) == [("endpoint:e1", "submitted"), ("endpoint:e1", "decided")]
    assert announced(a_request(), replace(endpoint, active=False)) == []
    assert announced(a_request(), replace(endpoint, dialect=Dialect.HUMANCHECK)) == []
