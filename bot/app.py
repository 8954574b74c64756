"""The Bolt app: who we are to Slack, events once only, the listeners and the one error handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from approvals.ports import Cards
from bot.answering import Answering
from bot.config import BotConfig
from bot.front import Front
from bot.listeners import register

NAME = "sentinel-desk"


def build_bolt(config: BotConfig, front: Front, client: AsyncWebClient) -> AsyncApp:
    """The app with its listeners. Signatures are checked before it, over the raw bytes (`bot.web`)."""
    app = AsyncApp(
        name=NAME,
        client=client,
        authorize=_one_workspace(config),
        process_before_response=False,
        request_verification_enabled=False,
    )
    app.middleware(_once(front.desk.cards))
    app.error(Answering(front).handle)
    register(app, front)
    return app


def _one_workspace(config: BotConfig) -> Callable[..., Awaitable[AuthorizeResult]]:
    """Whoever calls, we answer as the one installation that there is.

    No `auth.test` here: a click must be decided while Slack's API is slow or down. Whether somebody
    belongs to our workspace is for `bot.identity` to say.
    """

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=enterprise_id, team_id=team_id, bot_token=config.bot_token, bot_scopes=()
        )

    return authorize


def _once(cards: Cards) -> Callable[..., Awaitable[BoltResponse | None]]:
    """Slack sends an event again when it is unsure; Bolt does not notice, the database does."""

    async def once(
        body: Mapping[str, Any], next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse | None:
        event_id = body.get("event_id") if body.get("type") == "event_callback" else None
        if event_id is not None and not await cards.first_sight("event", str(event_id)):
            return BoltResponse(status=200, body="")
        return await next()

    return once
