"""OpenTelemetry: one span a call, within the caller's trace, without anybody's words; inert otherwise."""

import subprocess
import sys

import pytest
from aiohttp.test_utils import TestClient, TestServer
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api import tracing
from api.app import build
from tests.api.bench import Bench
from tests.api.dialects.humanlayer.test_submit import SUBMIT

CANARY = "canary-9c1e"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
async def traced(bench: Bench, spans: InMemorySpanExporter) -> Bench:
    """The same desk behind a door that makes spans."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    await bench.client.close()
    app = build(bench.desk, tracing.spanning(provider.get_tracer("test")))
    bench.client = TestClient(TestServer(app))
    await bench.client.start_server()
    return bench


def told(span: ReadableSpan) -> dict[str, object]:
    """The attributes of a span."""
    return dict(span.attributes or {})


async def test_a_call_is_a_span_with_route_status_and_id(traced: Bench, spans: InMemorySpanExporter) -> None:
    key = await traced.key()
    answer = await traced.call("POST", f"/ai-request?x={CANARY}", key, json={**SUBMIT, "summary": CANARY})
    (span,) = spans.get_finished_spans()
    assert span.name == "POST /ai-request"
    assert told(span) == {
        "http.request.method": "POST",
        "http.route": "/ai-request",
        "http.response.status_code": 200,
        "sentinel_desk.call": answer.headers["X-Request-Id"],
    }
    assert CANARY not in span.to_json()
    assert key not in span.to_json()


async def test_ids_stand_in_no_name(traced: Bench, spans: InMemorySpanExporter) -> None:
    await traced.call("GET", f"/desk/v1/requests/{CANARY}", await traced.key())
    await traced.call("GET", f"/{CANARY}")
    assert [span.name for span in spans.get_finished_spans()] == ["GET /desk/v1/requests/{id}", "GET"]
    assert not any(CANARY in span.to_json() for span in spans.get_finished_spans())


async def test_it_is_part_of_the_caller_s_trace(traced: Bench, spans: InMemorySpanExporter) -> None:
    await traced.call("GET", "/healthz", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
    (span,) = spans.get_finished_spans()
    assert span.parent is not None
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, PARENT)


async def test_what_nobody_foresaw_is_an_error_without_its_words(
    traced: Bench, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(command: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(traced.desk.approvals, "submit", broken)
    await traced.call("POST", "/ai-request", await traced.key(), json=SUBMIT)
    (span,) = spans.get_finished_spans()
    assert (span.status.is_ok, told(span)["http.response.status_code"]) == (False, 500)
    assert CANARY not in span.to_json()


@pytest.mark.parametrize(
    "environment", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"}]
)
def test_nothing_is_sent_unless_it_is_asked_for(environment: dict[str, str]) -> None:
    assert tracing.start(environment) is None


def test_with_an_address_spans_are_sent() -> None:
    found = tracing.start({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"})
    assert found is not None
    found.stop()


def test_without_the_extra_it_is_inert() -> None:
    told = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from api import app, tracing\n"
        "from scheduler import spans\n"
        "print(tracing.INSTALLED, tracing.start({'OTEL_EXPORTER_OTLP_ENDPOINT': 'http://127.0.0.1:9'}))"
    )
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "None"]
    assert "the extra `otel` is not installed" in ran.stderr
