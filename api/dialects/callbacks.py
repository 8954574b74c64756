"""What receivers hear: the end of a request at its own `callback_url`, and what endpoints subscribed to.

Pure: it runs inside the transaction that changes the request, and the bytes that it makes are
those of every later try.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from approvals.events import Event, EventKind
from approvals.model import ApprovalRequest, Dialect, Endpoint, Json, RequestId, Roster
from approvals.outbox import Carrier, Outgoing, endpoint_signer

Encoder = Callable[[ApprovalRequest, Event, Roster], list[tuple[str, bytes]]]
"""What an event on a request is in a dialect: `(event's name, exact body)`, or nothing."""

EVERYTHING = "*"
"""In an endpoint's events: all of its dialect."""

_ENDS = frozenset({EventKind.DECIDED, EventKind.EXPIRED, EventKind.CANCELLED})
_SIGNATURE_HEADERS = {Dialect.HITL: "X-HITL-Signature"}
_PORTS = {"https": 443, "http": 80}


class CallbackAnnouncer:
    """Writes callbacks and webhooks, each in the words of its receiver's dialect."""

    def __init__(self, encoders: Mapping[Dialect, Encoder]) -> None:
        self._encoders = encoders

    def announce(
        self, request: ApprovalRequest, events: Sequence[Event], roster: Roster
    ) -> Iterable[Outgoing]:
        """The messages that these events cause."""
        if request.callback_url is None and not roster.endpoints:
            return ()
        return [message for event in events for message in self._of(request, event, roster)]

    def _of(self, request: ApprovalRequest, event: Event, roster: Roster) -> Iterator[Outgoing]:
        if request.callback_url is not None and event.kind in _ENDS:
            for topic, body in self._encoded(request.dialect, request, event, roster):
                yield _callback(request, request.callback_url, topic, body)
        for endpoint in roster.endpoints:
            if endpoint.active:
                for topic, body in self._encoded(endpoint.dialect, request, event, roster):
                    if subscribed(endpoint, topic):
                        yield webhook(endpoint, topic, body, request.id)

    def _encoded(
        self, dialect: Dialect, request: ApprovalRequest, event: Event, roster: Roster
    ) -> list[tuple[str, bytes]]:
        encoder = self._encoders.get(dialect)
        return encoder(request, event, roster) if encoder else []


def subscribed(endpoint: Endpoint, topic: str) -> bool:
    """Whether an endpoint wants to hear of this."""
    return endpoint.active and (topic in endpoint.events or EVERYTHING in endpoint.events)


def webhook(endpoint: Endpoint, topic: str, body: bytes, request_id: RequestId | None = None) -> Outgoing:
    """The message to an endpoint."""
    return Outgoing(
        carrier=Carrier.HTTP,
        lane=endpoint_signer(endpoint.id),
        topic=topic,
        request_id=request_id,
        url=endpoint.url,
        signer=endpoint_signer(endpoint.id),
        body=body,
        intent=_signed(endpoint.dialect),
    )


def _callback(request: ApprovalRequest, url: str, topic: str, body: bytes) -> Outgoing:
    return Outgoing(
        carrier=Carrier.HTTP,
        lane=lane(url),
        topic=topic,
        request_id=request.id,
        url=url,
        signer=f"key:{request.key_id}",
        body=body,
        intent=_signed(request.dialect),
    )


def _signed(dialect: Dialect) -> dict[str, Json]:
    """What the sender is told of signing, beside the headers that every receiver gets."""
    header = _SIGNATURE_HEADERS.get(dialect)
    return {} if header is None else {"signature_header": header}


def lane(url: str) -> str:
    """What callbacks to one receiver share a queue under: `http:https://example.com:443`."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return f"http:{scheme}://{(parts.hostname or '').lower()}:{parts.port or _PORTS.get(scheme, 0)}"
