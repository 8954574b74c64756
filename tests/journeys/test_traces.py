"""A trace leads from an agent's call to what was delivered because of it, over a real OTLP collector."""

from __future__ import annotations

from pathlib import Path

import aiohttp
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.faults.fleet import asked
from tests.journeys.process import desk_process
from tests.scheduler.receivers import Receiver

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


async def test_a_trace_leads_from_the_call_to_the_delivery(tmp_path: Path) -> None:
    async with Receiver() as collector, Receiver() as agent, aiohttp.ClientSession() as http:
        endpoint = f"http://127.0.0.1:{collector.port}"
        async with desk_process(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint) as desk:
            headers = {"x-api-key": await desk.key("requests")}
            await desk.start()
            address = f"{desk.url}/ai-request"
            async with http.post(address, json=asked("x", callback_url=agent.url), headers=headers) as answer:
                request_id = (await answer.json())["request_id"]
            headers["traceparent"] = f"00-{TRACE}-00f067aa0ba902b7-01"
            async with http.delete(address, params={"id": request_id}, headers=headers) as answer:
                assert answer.status == 200
            (called,) = await agent.wait_for(1)
            assert await desk.stop() == 0
        exported = [ExportTraceServiceRequest.FromString(one.body) for one in collector.seen]
    spans = [
        span
        for request in exported
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    (cause,) = [span for span in spans if span.trace_id.hex() == TRACE]
    (delivery,) = [span for span in spans if span.name.startswith("deliver http ")]
    assert cause.name == "DELETE /ai-request"
    (link,) = delivery.links
    assert (link.trace_id, link.span_id) == (cause.trace_id, cause.span_id)
    told = called.headers["traceparent"].split("-")
    assert (told[1], told[2]) == (delivery.trace_id.hex(), delivery.span_id.hex())
