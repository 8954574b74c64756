"""The contract of requests as they are read: whole, listed, paged, and their record."""

from datetime import timedelta
from typing import Any

import pytest

from approvals.events import Event, EventKind
from approvals.model import (
    ApprovalRequest,
    Decision,
    Dialect,
    Escalation,
    Priority,
    RequestId,
    Risk,
    SentinelId,
    State,
    Verdict,
)
from approvals.ports import Listing, Unit
from store import chain
from tests.builders import NOW, PROJECT, a_wanted, hours, wanting
from tests.fakes import Clock
from tests.store.contract import (
    OTHER,
    WholeStore,
    add,
    an_event,
    apply,
    change,
    clock,
    numbers,
    reading,
    sqlite_template,
    store,
    store_factory,
)

__all__ = ["clock", "sqlite_template", "store", "store_factory"]

FINE = NOW + timedelta(microseconds=123_456)
"""A time that a store must not round."""

EVERY_FIELD: dict[str, Any] = {
    "dialect": Dialect.HITL,
    "key_owner": "marie@example.com",
    "agent_id": "agent \u202e 1",
    "agent_name": "Agent",
    "request_type": "de\u0301cision",
    "domain": "legal",
    "jurisdiction": "Québec 🍁",
    "title": "A\ntitle",
    "summary": "'; DROP TABLE requests; --",
    "context": {"list": [1, 1.0, 1.5, None, True, ""], "nested": {"é": {"": []}}},
    "action": [{"pay": "10.00"}],
    "priority": Priority.URGENT,
    "risk": Risk.HIGH,
    "confidence": 0.1,
    "external_id": "order-7",
    "requested_by": "somebody@example.com",
    "callback_url": "https://example.com/callback?a=b",
    "wire": {"fingerprint": "f1", "template_id": "template_1", "fields": [{"name": "x"}]},
    "state": State.DECIDED,
    "assigned_to": SentinelId(1),
    "preferred": (SentinelId(2), SentinelId(1)),
    "recipients": (SentinelId(2), SentinelId(1)),
    "in_place_of": (SentinelId(3), SentinelId(2)),
    "min_tier": 3,
    "escalated_by": frozenset({SentinelId(2), SentinelId(3)}),
    "escalations": (
        Escalation(FINE, SentinelId(2), "Two", "Too big.", 2),
        Escalation(FINE + hours(1), None, None, None, 3),
    ),
    "started_at": FINE,
    "expires_at": FINE + hours(1),
    "escalate_at": FINE + hours(2),
    "alarm_at": FINE + hours(3),
    "ended_at": FINE + hours(4),
    "decision": Decision(
        Verdict.MODIFIED,
        FINE,
        SentinelId(1),
        "One",
        "one@example.com",
        "Less.",
        {"text": "Pay 5."},
        {"rating": 3, "tags": ["a"]},
        {"events": [{"n": 1}]},
    ),
    "content_version": 4,
    "version": 9,
    "created_at": FINE,
    "updated_at": FINE,
}


async def test_a_request_is_read_as_it_was_written_to_the_last_field(store: WholeStore) -> None:
    await apply(store, wanting(a_wanted(1)))
    assert EVERY_FIELD.keys() | {"id", "project", "number", "key_id"} == set(ApprovalRequest.__slots__)
    written = await add(store, **EVERY_FIELD)
    assert await store.request(PROJECT, written.id) == written
    assert await reading(store, lambda unit: unit.request(written.id)) == written


@pytest.mark.parametrize("value", [None, {}, [], "", "text", 0, False, 1.0, 2**53 - 1, -0.5, "\ud83c\udf41"])
async def test_content_of_any_kind_stays_what_it_is(store: WholeStore, value: Any) -> None:
    value = value.encode("utf-16", "surrogatepass").decode("utf-16") if isinstance(value, str) else value
    request = await add(store, context=value, action=value, wire={"value": value})
    read = await store.request(PROJECT, request.id)
    for kept in (read.context, read.action, read.wire["value"]):
        assert (kept, type(kept)) == (value, type(value))


async def test_the_next_version_replaces_the_one_before(store: WholeStore) -> None:
    await apply(store, wanting(a_wanted(1)))
    request = await add(store)
    changes = {name: value for name, value in EVERY_FIELD.items() if name != "version"}
    changed = await change(store, request, **changes)
    assert await store.request(PROJECT, request.id) == changed


LISTED: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [6, 5, 4, 3, 2, 1]),
    ({"limit": 2}, [6, 5]),
    ({"before": 4}, [3, 2, 1]),
    ({"before": 4, "limit": 2}, [3, 2]),
    ({"before": 1}, []),
    ({"offset": 4}, [2, 1]),
    ({"offset": 1, "limit": 2}, [5, 4]),
    ({"offset": 9}, []),
    ({"agent_id": "b"}, [4, 2]),
    ({"agent_id": "nobody"}, []),
    ({"external_id": "x"}, [3]),
    ({"request_type": "decision"}, [5]),
    ({"title": "Payment"}, [6]),
    ({"template_id": "template_1"}, [2]),
    ({"framework": "langgraph"}, [4]),
    ({"assignee": SentinelId(1)}, [4, 2]),
    ({"outcomes": frozenset({"pending"})}, [6, 1]),
    ({"outcomes": frozenset({"assigned"})}, [2]),
    ({"outcomes": frozenset({"started"})}, [3]),
    ({"outcomes": frozenset({"approved"})}, [4]),
    ({"outcomes": frozenset({"expired", "pending"})}, [6, 5, 1]),
    ({"outcomes": frozenset({"rejected"})}, []),
    ({"outcomes": frozenset()}, []),
    ({"outcomes": frozenset({"approved", "assigned"}), "assignee": SentinelId(1)}, [4, 2]),
    ({"agent_id": "b", "assignee": SentinelId(2)}, []),
]


async def a_shelf(store: WholeStore) -> None:
    """Six requests, each different in its own way."""
    await apply(store, wanting(a_wanted(1), a_wanted(2)))
    await add(store)
    held: dict[str, Any] = {"state": State.ASSIGNED, "assigned_to": SentinelId(1)}
    await add(store, **held, agent_id="b", wire={"template_id": "template_1"})
    held = {"state": State.ASSIGNED, "assigned_to": SentinelId(2)}
    await add(store, **held, external_id="x", started_at=NOW)
    ended: dict[str, Any] = {"state": State.DECIDED, "assigned_to": SentinelId(1), "ended_at": NOW}
    approved = Decision(Verdict.APPROVED, NOW, SentinelId(1))
    await add(store, **ended, decision=approved, agent_id="b", wire={"framework": "langgraph"})
    await add(store, state=State.EXPIRED, ended_at=NOW, request_type="decision")
    await add(store, title="Payment")
    await add(store, OTHER)


async def test_listings(store: WholeStore) -> None:
    await a_shelf(store)
    for asked, expected in LISTED:
        listing = Listing(**{"limit": 100, **asked})
        assert numbers(await store.listing(PROJECT, listing)) == expected, asked


async def test_a_listing_s_count_is_that_of_all_its_pages(store: WholeStore) -> None:
    await a_shelf(store)
    pages: list[dict[str, Any]] = [{}, {"before": 3}, {"offset": 2}]
    totals: list[tuple[dict[str, Any], int]] = [({}, 6), ({"agent_id": "b"}, 2), ({"assignee": 2}, 1)]
    for asked, expected in totals:
        for page in pages:
            listing = Listing(**{"limit": 1, **asked, **page})
            assert await store.count(PROJECT, listing) == expected
    assert await store.count(OTHER, Listing(1)) == 1


async def test_new_requests_move_no_page_of_a_listing(store: WholeStore) -> None:
    for _ in range(5):
        await add(store)
    seen: list[int] = []
    page = await store.listing(PROJECT, Listing(2))
    while page:
        seen.extend(numbers(page))
        await add(store)
        page = await store.listing(PROJECT, Listing(2, before=page[-1].number))
    assert seen == [5, 4, 3, 2, 1]


# The record


async def test_the_record_of_a_request_is_in_order_and_whole(store: WholeStore, clock: Clock) -> None:
    clock.now = FINE
    request = await add(store)
    facts = [
        Event(EventKind.ASKED, request.id, FINE, "Marie", {"number": 1, "question": "Où ? \u202e"}),
        Event(EventKind.ANSWERED, request.id, FINE, "Agent's key", {"nested": [1, 1.5, None, {"a": True}]}),
    ]

    async def note(unit: Unit) -> None:
        unit.note(facts)

    await store.write(PROJECT, note)
    timeline = await store.timeline(PROJECT, request.id)
    assert [r.event for r in timeline][1:] == facts
    assert await reading(store, lambda unit: unit.timeline(request.id)) == timeline
    assert await store.timeline(PROJECT, RequestId("nothing")) == []


async def test_every_event_of_a_project_seals_the_one_before_it(store: WholeStore) -> None:
    made = [await add(store) for _ in range(4)]
    await add(store, OTHER)
    for request in reversed(made):
        await change(store, request)

    async def two(unit: Unit) -> None:
        unit.note([an_event(made[0], unit, EventKind.RATED, rating=n) for n in (1, 2)])

    await store.write(PROJECT, two)
    links = [link for request in made for link in await store.timeline(PROJECT, request.id)]
    links.sort(key=lambda link: link.n)
    assert [link.n for link in links] == list(range(1, 11))
    previous = ""
    for link in links:
        assert link.hash == chain.seal(link.n, previous, link.event).hash
        previous = link.hash
