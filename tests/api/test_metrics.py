"""`/metrics`: who may read it, and that each figure moves with what it counts."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from api.connections import Gate, Limits
from api.metrics import MOST_ERRORS, Meter
from approvals.auditing import TRUTHS, Violation
from approvals.figures import Figures
from approvals.model import State
from approvals.outbox import Attempt, Carrier, Delivery, Fate
from approvals.waiting import Waiting
from tests.api.bench import Bench
from tests.api.dialects.humanlayer.test_submit import SUBMIT
from tests.builders import NOW, PROJECT, a_request, minutes

STANDING = Figures({"assigned": 3, "approved": 7}, 12.5, {"http": 2}, {"http": 1.5, "slack": 0.0})
CARD = Delivery("m", PROJECT, Carrier.SLACK, "l", "card", None, None, None, None, {}, 1, NOW, 1)


async def standing() -> Figures:
    """The figures of a store."""
    return STANDING


@pytest.fixture
def meter() -> Meter:
    return Meter(standing)


async def value(meter: Meter, line: str) -> float | None:
    """The value of one line; None where there is none."""
    lines = (await meter.text()).decode().splitlines()
    return next((float(one.rpartition(" ")[2]) for one in lines if one.startswith(f"{line} ")), None)


async def test_the_administrators_key_opens_it_and_no_other(bench: Bench) -> None:
    assert (await bench.call("GET", "/metrics")).status == 401
    assert (await bench.call("GET", "/metrics", await bench.key("requests"))).status == 403
    shown = await bench.call("GET", "/metrics", await bench.key("admin"))
    assert (shown.status, shown.content_type) == (200, "text/plain")


async def test_answers_are_counted_by_dialect_and_status(bench: Bench) -> None:
    key = await bench.key()
    await bench.call("POST", "/ai-request", key, json=SUBMIT)
    await bench.call("POST", "/ai-request", key, json={})
    text = await (await bench.call("GET", "/metrics", await bench.key("admin"))).text()
    assert 'sentinel_desk_answers_total{dialect="humanlayer",status="200"} 1.0' in text
    assert 'sentinel_desk_answers_total{dialect="humanlayer",status="400"} 1.0' in text
    assert key not in text


async def test_what_comes_as_if_from_slack_is_counted_by_why_it_is_refused(meter: Meter) -> None:
    for reason in ("app", "signature", "app"):
        meter.refused(reason)
    assert await value(meter, 'sentinel_desk_slack_refused_total{reason="app"}') == 2
    assert await value(meter, 'sentinel_desk_slack_refused_total{reason="signature"}') == 1


async def test_a_limited_create_is_counted(meter: Meter) -> None:
    meter.answered("hitl", 429)
    assert await value(meter, 'sentinel_desk_rate_limited_total{dialect="hitl"}') == 1


async def test_what_the_store_counts_is_shown_as_it_stands(meter: Meter) -> None:
    assert await value(meter, 'sentinel_desk_requests{status="assigned"}') == 3
    assert await value(meter, "sentinel_desk_oldest_waiting_seconds") == 12.5
    assert await value(meter, 'sentinel_desk_messages_queued{carrier="http"}') == 2
    assert await value(meter, 'sentinel_desk_messages_overdue_seconds{carrier="slack"}') == 0


async def test_a_request_counts_once_when_it_ends(meter: Meter) -> None:
    end = NOW + minutes(2)
    ended = a_request(created_at=NOW, state=State.EXPIRED, ended_at=end, updated_at=end)
    meter.committed([a_request(created_at=NOW), ended])
    meter.committed([replace(ended, updated_at=end + minutes(1))])
    assert await value(meter, 'sentinel_desk_request_seconds_count{outcome="expired"}') == 1
    assert await value(meter, 'sentinel_desk_request_seconds_sum{outcome="expired"}') == 120


async def test_tries_are_counted_and_arrivals_measured(meter: Meter) -> None:
    http = replace(CARD, carrier=Carrier.HTTP)
    meter.tried(http, Attempt(Fate.RETRY, 503), NOW)
    meter.tried(http, Attempt(Fate.DELIVERED, 200), NOW + timedelta(seconds=2))
    assert await value(meter, 'sentinel_desk_delivery_tries_total{carrier="http",fate="retry"}') == 1
    assert await value(meter, 'sentinel_desk_delivery_seconds_sum{carrier="http"}') == 2


async def test_slacks_errors_are_told_apart_within_bounds(meter: Meter) -> None:
    words = ["not_in_channel", None, "<html>\n", *(f"word_{n}" for n in range(MOST_ERRORS))]
    for word in words:
        meter.tried(CARD, Attempt(Fate.RETRY, 500, word), NOW)
    assert await value(meter, 'sentinel_desk_slack_errors_total{error="not_in_channel"}') == 1
    assert await value(meter, 'sentinel_desk_slack_errors_total{error="other"}') == 3


async def test_connections_are_shown(meter: Meter) -> None:
    gate, waiting = Gate(Limits(total=1)), Waiting()
    meter.watch(gate, waiting)
    gate.admit("a")
    gate.admit("b")
    waiting.expect(a_request().id)
    assert await value(meter, "sentinel_desk_waiters") == 1
    assert await value(meter, "sentinel_desk_connections") == 1
    assert await value(meter, "sentinel_desk_connections_refused") == 1
    before = await value(meter, "sentinel_desk_tasks")
    more = asyncio.create_task(asyncio.Event().wait())
    assert await value(meter, "sentinel_desk_tasks") == before + 1
    more.cancel()


async def test_what_the_auditor_found_is_counted_and_every_truth_is_shown_before(meter: Meter) -> None:
    told = 'sentinel_desk_invariant_violations_total{n="I-7",truth="told"}'
    assert await value(meter, told) == 0
    meter.audited([Violation("told", PROJECT, "some request")])
    assert await value(meter, told) == 1
    assert (await meter.text()).decode().count("violations_total{") == len(TRUTHS)


async def test_what_became_of_each_ping_is_counted(meter: Meter) -> None:
    for outcome in ("arrived", "arrived", "withheld"):
        meter.pinged(outcome)
    assert await value(meter, 'sentinel_desk_deadman_pings_total{outcome="arrived"}') == 2
    assert await value(meter, 'sentinel_desk_deadman_pings_total{outcome="withheld"}') == 1
