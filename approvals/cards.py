"""Where a request is shown in Slack: one card per request and surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from approvals.model import ApprovalRequest, ProjectId, RequestId, SentinelId, State

REPAIR_AGAIN = timedelta(minutes=15)
"""How long a repair of a card has time to arrive before it is sent for again."""

RUSH, RUSH_WITHIN = 10, timedelta(minutes=1)
"""So many new requests shown to one Sentinel within this time are a rush."""

DIGEST_HOLDS = 20
"""How many requests one digest shows, in two blocks each; Slack takes 50 blocks."""


@dataclass(frozen=True, slots=True)
class Card:
    """A posted card, and what it shows.

    `surface` is `dm:NUMBER` (a Sentinel's direct messages) or `channel` (the domain's).
    `channel` and `ts` are Slack's names for the message; both None between the intent to
    post and Slack's answer. `shown_version` is the request's version that it shows, 0 where
    nobody knows; `shown_state` and `shown_holder` are the state and the Sentinel then.
    On a `digest` other requests stand beside it.
    """

    request_id: RequestId
    surface: str
    team: str | None = None
    channel: str | None = None
    ts: str | None = None
    shown_version: int = 0
    content_version: int = 0
    shown_state: State | None = None
    shown_holder: SentinelId | None = None
    locale: str | None = None
    digest: bool = False
    posted_at: datetime | None = None

    def showing(self, request: ApprovalRequest, locale: str) -> Card:
        """The same card once its message shows this request, in this language."""
        return replace(
            self,
            shown_version=request.version,
            content_version=request.content_version,
            shown_state=request.state,
            shown_holder=request.assigned_to,
            locale=locale,
        )

    def unposted(self) -> Card:
        """The intent to post it: where it stands, if anywhere, nobody knows."""
        return Card(self.request_id, self.surface, self.team)

    def joining(self, digest: Card, now: datetime) -> Card:
        """The same card once it is to stand on a digest that is posted already."""
        return replace(
            self.unposted(),
            team=digest.team,
            channel=digest.channel,
            ts=digest.ts,
            digest=True,
            posted_at=now,
        )

    def shows(self, request: ApprovalRequest) -> bool:
        """Whether its message is known to show the request as it is, or as it was later."""
        return self.shown_state is not None and self.shown_version >= request.version


def rush(recent: Sequence[Card]) -> bool:
    """Whether so much came within RUSH_WITHIN that the next does not get a card of its own."""
    return len(recent) >= RUSH


@dataclass(frozen=True, slots=True)
class Astray:
    """A surface on which a request is not shown as it is."""

    project: ProjectId
    id: RequestId
    surface: str
    domain: str


def dm(sentinel: SentinelId) -> str:
    """The surface of a Sentinel's direct messages."""
    return f"dm:{sentinel}"


CHANNEL = "channel"
"""The surface of the domain's channel."""
