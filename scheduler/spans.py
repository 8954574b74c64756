"""OpenTelemetry: a span for each try to deliver a message, linked to the call that caused it.

A delivery may come hours after its cause and many times, so it is a trace of its own with a link, as
OpenTelemetry advises for messages. A span holds no address, body, words or id of a request: the
message's id leads to them in the log. Only with the extra `otel` is any of this called.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from approvals.outbox import TRACE, Attempt, Delivery, Fate
from scheduler.delivery import Sender

try:
    from opentelemetry import trace
    from opentelemetry.context import Context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
except ImportError:  # `api.tracing` says so to whoever asked for spans
    pass

_HEADER = "traceparent"


def current() -> str | None:
    """The `traceparent` of what is being done here and now; None outside every span."""
    return headers().get(_HEADER)


def headers() -> Mapping[str, str]:
    """What tells a receiver in which span it is called: ids alone, and nothing that a caller handed in."""
    found: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(found)
    return {name: value for name, value in found.items() if name == _HEADER}


class Spanning:
    """A sender whose every try is a span."""

    def __init__(self, sender: Sender, tracer: trace.Tracer) -> None:
        self._sender = sender
        self._tracer = tracer

    async def deliver(self, delivery: Delivery) -> Attempt:
        """As the sender does."""
        span = self._tracer.start_span(
            f"deliver {delivery.carrier.value} {delivery.topic}",
            context=Context(),
            kind=trace.SpanKind.PRODUCER,
            links=list(_cause(delivery)),
            attributes={"sentinel_desk.delivery": delivery.id, "sentinel_desk.attempt": delivery.attempt},
        )
        # What went wrong may quote what it went wrong on.
        with trace.use_span(span, record_exception=False, set_status_on_exception=False):
            try:
                attempt = await self._sender.deliver(delivery)
            except BaseException:
                span.set_status(trace.StatusCode.ERROR)
                span.end()
                raise
        if attempt.tried:
            _end(span, attempt)
        # Whose turn had not come was not tried: a span that is never ended is never sent.
        return attempt


def _end(span: trace.Span, attempt: Attempt) -> None:
    span.set_attribute("sentinel_desk.fate", attempt.fate.value)
    if attempt.status is not None:
        span.set_attribute("http.response.status_code", attempt.status)
    if attempt.fate is not Fate.DELIVERED:
        span.set_status(trace.StatusCode.ERROR)
    span.end()


def _cause(delivery: Delivery) -> Iterator[trace.Link]:
    told = {_HEADER: str(delivery.intent.get(TRACE, ""))}
    there = trace.get_current_span(TraceContextTextMapPropagator().extract(told, Context()))
    if there.get_span_context().is_valid:
        yield trace.Link(there.get_span_context())
