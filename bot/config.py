"""How the bot reaches Slack, and what of the desk it works with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from slack_sdk.web.async_client import AsyncWebClient

from approvals.clockwork import Clockwork
from approvals.model import ApprovalRequest, ProjectId, RequestId
from approvals.ports import Cards, Homes, Installations, Outbox, Pacing, Requests
from approvals.service import Approvals

Transport = Literal["http", "socket", "off"]


@dataclass(frozen=True, slots=True)
class OAuth:
    """The Slack app as somebody installs it: its own credentials, and where Slack sends them back to.

    `authorization_url` is the page on which Slack asks whether the app may.
    """

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    authorization_url: str


@dataclass(frozen=True, slots=True)
class BotConfig:
    """One Slack app: in one workspace, with its `bot_token`, or with `oauth` in as many as install it.

    `api_url` is the base of the Web API. `signing_secret` is needed for `http` (two, with a comma
    between, while it is being rotated), `app_token` for `socket`. `app_id` is the app's own, where
    somebody has said it (see `bot.pin`). `strict` makes a payload that
    Slack would refuse an error instead of a log line.
    """

    transport: Transport
    bot_token: str = field(default="", repr=False)
    app_token: str | None = field(default=None, repr=False)
    signing_secret: str | None = field(default=None, repr=False)
    api_url: str = AsyncWebClient.BASE_URL
    strict: bool = False
    oauth: OAuth | None = None
    app_id: str | None = None

    @property
    def signing_secrets(self) -> tuple[str, ...]:
        """The secrets with which Slack may sign."""
        return tuple(filter(None, map(str.strip, (self.signing_secret or "").split(","))))


def _uncounted(reason: str) -> None:
    """Nobody counts."""


class Reading(Requests, Protocol):
    """Reading requests, also those whose project is not known yet."""

    async def anywhere(self, request_id: RequestId) -> ApprovalRequest:
        """A request of whatever project; raises RequestNotFound."""


@dataclass(frozen=True, slots=True)
class BotDesk:
    """The desk as the bot sees it. `refused` counts deliveries that are not for us, by the reason."""

    approvals: Approvals
    clockwork: Clockwork
    requests: Reading
    cards: Cards
    homes: Homes
    installations: Installations
    outbox: Outbox
    clock: Callable[[], datetime]
    projects: Callable[[], Awaitable[Sequence[ProjectId]]]
    pacing: Pacing
    refused: Callable[[str], None] = _uncounted
