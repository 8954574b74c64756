"""Spans of deliveries: one a try, linked to what caused it, told to the receiver, without anybody's words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from approvals.outbox import TRACE, Attempt, Carrier, Delivery, Fate
from scheduler import spans
from scheduler.callback import CallbackSender
from scheduler.guard import Guard
from scheduler.spans import Spanning
from store.engine import Store, open_store
from store.migrations import migrate
from tests.builders import PROJECT
from tests.scheduler.mail import DELIVERED, REFUSED, Told
from tests.scheduler.receivers import Receiver, delivery, secrets, wall
from tests.store.contract import a_message, add, sends

CANARY = "canary-11fe"
CAUSE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def seen() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(seen: InMemorySpanExporter) -> trace.Tracer:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(seen))
    return provider.get_tracer("test")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A SQLite store that asks in which trace it is written."""
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    await migrate(url)
    async with open_store(url, secret="s" * 32) as opened:
        opened.writer.trace = spans.current
        yield opened


def a_try(**more: object) -> Delivery:
    """A message that a call of that trace has caused."""
    return delivery(f"http://127.0.0.1:9/{CANARY}", intent={TRACE: CAUSE, "text": CANARY}, **more)


def named(span: trace.Span) -> str:
    """The `traceparent` of a span, but for its flags."""
    where = span.get_span_context()
    return f"00-{where.trace_id:032x}-{where.span_id:016x}"


async def test_a_try_is_a_span_that_leads_to_its_cause(
    tracer: trace.Tracer, seen: InMemorySpanExporter
) -> None:
    await Spanning(Told(REFUSED), tracer).deliver(a_try(attempt=3))
    (span,) = seen.get_finished_spans()
    assert span.name == "deliver http request.decided"
    assert span.parent is None
    ((link,), (trace_id, parent)) = span.links, CAUSE.split("-")[1:3]
    assert (f"{link.context.trace_id:032x}", f"{link.context.span_id:016x}") == (trace_id, parent)
    assert f"{span.context.trace_id:032x}" != trace_id
    assert dict(span.attributes or {}) == {
        "sentinel_desk.delivery": "msg_1",
        "sentinel_desk.attempt": 3,
        "sentinel_desk.fate": "retry",
        "http.response.status_code": 500,
    }
    assert not span.status.is_ok
    assert CANARY not in span.to_json()


@pytest.mark.parametrize("cause", [None, "", "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
async def test_a_message_of_unknown_cause_has_no_link(
    cause: str | None, tracer: trace.Tracer, seen: InMemorySpanExporter
) -> None:
    told = {} if cause is None else {TRACE: cause}
    await Spanning(Told(), tracer).deliver(delivery("http://127.0.0.1:9/", intent=told))
    (span,) = seen.get_finished_spans()
    assert (list(span.links), span.status.status_code) == ([], trace.StatusCode.UNSET)


async def test_what_was_not_tried_is_no_span(tracer: trace.Tracer, seen: InMemorySpanExporter) -> None:
    not_yet = Attempt(Fate.RETRY, retry_after=timedelta(seconds=1), tried=False)
    await Spanning(Told(not_yet), tracer).deliver(a_try(carrier=Carrier.SLACK))
    assert seen.get_finished_spans() == ()


async def test_a_crash_is_an_error_without_its_words(
    tracer: trace.Tracer, seen: InMemorySpanExporter
) -> None:
    with pytest.raises(KeyError):
        await Spanning(Told(KeyError(CANARY)), tracer).deliver(a_try())
    (span,) = seen.get_finished_spans()
    assert not span.status.is_ok
    assert CANARY not in span.to_json()


async def test_a_receiver_hears_in_which_span_it_is_called(
    tracer: trace.Tracer, seen: InMemorySpanExporter
) -> None:
    async with (
        Receiver() as receiver,
        CallbackSender(secrets, Guard(["127.0.0.0/8"]), wall, trace=spans.headers) as sender,
    ):
        attempt = await Spanning(sender, tracer).deliver(delivery(receiver.url, intent={TRACE: CAUSE}))
        assert attempt.fate is Fate.DELIVERED
        await sender.deliver(delivery(receiver.url))
    (span,), (within, outside) = seen.get_finished_spans(), receiver.seen
    assert within.headers["traceparent"].split("-")[1] == f"{span.context.trace_id:032x}"
    assert within.headers["traceparent"].split("-")[2] == f"{span.context.span_id:016x}"
    assert "tracestate" not in within.headers
    assert "traceparent" not in outside.headers


async def test_each_message_knows_the_call_that_caused_it(store: Store, tracer: trace.Tracer) -> None:
    """Several callers share one commit, and each of their messages knows its own."""
    causes: dict[str, str] = {}

    async def call(topic: str) -> None:
        with tracer.start_as_current_span(topic) as span:
            causes[topic] = named(span)
            await sends(store, a_message(topic, lane=topic))

    await asyncio.gather(*map(call, "abc"), sends(store, a_message("nobody", lane="nobody")))
    await add(store)
    claimed = await store.outbox.claim(10, timedelta(seconds=30))
    known = {one.topic: str(one.intent.get(TRACE, "unknown")).rpartition("-")[0] for one in claimed}
    assert known == {**causes, "nobody": ""}
    assert {one.project for one in claimed} == {PROJECT}


async def test_without_spans_nothing_is_kept_of_them(store: Store) -> None:
    store.writer.trace = lambda: None
    await sends(store, a_message("end"))
    (one,) = await store.outbox.claim(1, timedelta(seconds=30))
    assert TRACE not in one.intent
    assert await Told().deliver(one) == DELIVERED
