"""What happened: one frozen record per fact, kept for ever on the request's timeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from approvals.model import Json, RequestId


class EventKind(StrEnum):
    """The past-tense words of the timeline."""

    SUBMITTED = "submitted"
    ASSIGNED = "assigned"
    RELEASED = "released"
    STARTED = "started"
    ASKED = "asked"
    ANSWERED = "answered"
    AMENDED = "amended"
    ESCALATED = "escalated"
    UNATTENDED = "unattended"
    REMINDED = "reminded"
    DECIDED = "decided"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    RATED = "rated"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Event:
    """One fact about one request, or without an id about the project.

    `actor` is a person, a key or `desk`; `data` is JSON.
    """

    kind: EventKind
    request_id: RequestId
    at: datetime
    actor: str
    data: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event on the record: its place `n` in the project's chain and the chain's hash there."""

    n: int
    event: Event
    hash: str
