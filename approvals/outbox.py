"""Messages on their way out: rows written with the change that caused them, delivered afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypedDict

from approvals.model import Json, ProjectId, RequestId


class Carrier(StrEnum):
    """Who carries a message: an HTTP POST to a receiver, or a call to Slack."""

    HTTP = "http"
    SLACK = "slack"


STATES = ("queued", "delivered", "dead")
"""Where a message stands: on its way, arrived, or given up."""


TRACE = "traceparent"
"""The key of an intent under which stands what caused the message, in the words of W3C Trace Context."""


class Among(TypedDict, total=False):
    """Which messages of a project are meant. What is absent or None means any; times are those of the commit.

    `endpoint` is the id of a webhook endpoint. `since` is reached, `until` is not.
    """

    state: str | None
    carrier: Carrier | None
    url: str | None
    endpoint: str | None
    request_id: RequestId | None
    since: datetime | None
    until: datetime | None


_ENDPOINT = "endpoint:"


def endpoint_signer(endpoint_id: str) -> str:
    """The signer, and the lane, of what goes to a webhook endpoint."""
    return f"{_ENDPOINT}{endpoint_id}"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to be sent once the transaction that made it has committed.

    `lane` names what it shares a queue with (one receiver, one Slack conversation):
    a lane sends one message at a time and harms no other. `topic` is the event or card
    name. For HTTP, `body` holds the exact bytes of every try, `url` the receiver and
    `signer` whose secrets sign (`key:ID` or `endpoint:ID`). For Slack, `intent` says
    what to bring up to date; the text is rendered when it is sent.
    """

    carrier: Carrier
    lane: str
    topic: str
    request_id: RequestId | None = None
    url: str | None = None
    signer: str | None = None
    body: bytes | None = None
    intent: Mapping[str, Json] = field(default_factory=dict)
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """An Outgoing that has been claimed for one try. `id` is the same at every try."""

    id: str
    project: ProjectId
    carrier: Carrier
    lane: str
    topic: str
    request_id: RequestId | None
    url: str | None
    signer: str | None
    body: bytes | None
    intent: Mapping[str, Json]
    attempt: int
    created_at: datetime
    seq: int

    @property
    def endpoint(self) -> str | None:
        """The webhook endpoint it goes to; None for a request's own callback and for Slack."""
        signer = self.signer or ""
        return signer.removeprefix(_ENDPOINT) if signer.startswith(_ENDPOINT) else None


class Fate(StrEnum):
    """What became of one try."""

    DELIVERED = "delivered"
    RETRY = "retry"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of one try.

    `retry_after` overrides the ladder; `pause_lane` holds the whole lane back (a 429);
    `status` is the receiver's HTTP status where there was one, `error` why it failed;
    `gone` says that the receiver wants to hear of nothing any more. `stalls` holds the lane
    back for as long as the message waits. A message that was not `tried` at all, because its
    turn had not come, is on no rung of the ladder: it goes at `retry_after`.
    """

    fate: Fate
    status: int | None = None
    error: str | None = None
    retry_after: timedelta | None = None
    pause_lane: timedelta | None = None
    gone: bool = False
    stalls: bool = False
    tried: bool = True


FAILING_TOO_LONG = timedelta(hours=120)
"""An endpoint to which nothing has arrived for so long, though it was tried, is switched off."""


class Loss(StrEnum):
    """What operations should hear of deliveries."""

    DEAD = "dead"
    """Given up after the last try, or refused for good."""
    GONE = "gone"
    """An endpoint that says it is gone has been switched off."""
    FAILING = "failing"
    """An endpoint that only failed for too long has been switched off."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A message that was given up, with `count` others to the same receiver.

    `domain` is that of the request which the message was about; `error` says why, in the
    carrier's words, which hold neither addresses nor secrets.
    """

    kind: Loss
    delivery: Delivery
    error: str
    domain: str | None = None
    count: int = 1
