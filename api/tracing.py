"""OpenTelemetry: one span for each call of the API, where the extra `otel` is installed and told where to.

Without the extra, or without an address in OpenTelemetry's own variables, nothing here runs. A span
holds the route as a pattern, the status and the id that the caller sees: never a body, a query or a key.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

try:
    from opentelemetry import propagate, trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
except ImportError:
    INSTALLED = False
else:
    INSTALLED = True

log = logging.getLogger(__name__)

ADDRESSES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""Where spans go, as OpenTelemetry names it; its other variables count as well."""

NAME = "sentinel-desk"


@dataclass(frozen=True, slots=True)
class Tracing:
    """Spans on their way: what makes those of calls, what makes others, and what sends the last of them."""

    middleware: Middleware
    tracer: trace.Tracer
    stop: Callable[[], None]


def start(environment: Mapping[str, str]) -> Tracing | None:
    """Begin to send spans; None where that is not asked for, or not installed."""
    asked = any(environment.get(name) for name in ADDRESSES)
    if not asked or environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    if not INSTALLED:
        log.warning("%s is set, but the extra `otel` is not installed: no spans are sent", ADDRESSES[0])
        return None
    name = environment.get("OTEL_SERVICE_NAME") or NAME
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = provider.get_tracer(NAME)
    return Tracing(spanning(tracer), tracer, provider.shutdown)


def spanning(tracer: trace.Tracer) -> Middleware:
    """The middleware that makes a span of each call, within the caller's own trace if it names one."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        route = {} if resource is None else {"http.route": resource.canonical}
        with tracer.start_as_current_span(
            " ".join((request.method, *route.values())),
            context=propagate.extract(request.headers),
            kind=trace.SpanKind.SERVER,
            attributes={"http.request.method": request.method, **route},
            # What went wrong may quote what it went wrong on.
            record_exception=False,
        ) as span:
            response = await handler(request)
            span.set_attribute("http.response.status_code", response.status)
            span.set_attribute("sentinel_desk.call", response.headers.get("X-Request-Id", ""))
            if response.status >= 500:
                span.set_status(trace.StatusCode.ERROR)
            return response

    return middleware
