"""Where a request is shown in Slack: one card per request and surface."""

from __future__ import annotations

from dataclasses import dataclass

from approvals.model import RequestId, SentinelId


@dataclass(frozen=True, slots=True)
class Card:
    """A posted card.

    `surface` is `dm:NUMBER` (a Sentinel's direct messages) or `channel` (the domain's).
    `channel` and `ts` are Slack's names for the message; both None between the intent to
    post and Slack's answer. `shown_version` is the request's version that it shows.
    """

    request_id: RequestId
    surface: str
    team: str | None = None
    channel: str | None = None
    ts: str | None = None
    shown_version: int = 0
    content_version: int = 0


def dm(sentinel: SentinelId) -> str:
    """The surface of a Sentinel's direct messages."""
    return f"dm:{sentinel}"


CHANNEL = "channel"
"""The surface of the domain's channel."""
