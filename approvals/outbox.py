"""Messages on their way out: rows written with the change that caused them, delivered afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from approvals.model import Json, ProjectId, RequestId


class Carrier(StrEnum):
    """Who carries a message: an HTTP POST to a receiver, or a call to Slack."""

    HTTP = "http"
    SLACK = "slack"


STATES = ("queued", "delivered", "dead")
"""Where a message stands: on its way, arrived, or given up."""


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


class Fate(StrEnum):
    """What became of one try."""

    DELIVERED = "delivered"
    RETRY = "retry"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of one try.

    `retry_after` overrides the ladder; `pause_lane` holds the whole lane back (a 429);
    `status` is the receiver's HTTP status where there was one, `error` why it failed.
    """

    fate: Fate
    status: int | None = None
    error: str | None = None
    retry_after: timedelta | None = None
    pause_lane: timedelta | None = None
