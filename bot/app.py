"""The Bolt app: who we are to Slack, events once only, the listeners and the one error handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from approvals.ports import Cards
from bot.answering import Answering
from bot.branches import Branches
from bot.config import BotDesk
from bot.listeners import register

NAME = "sentinel-desk"


def build_bolt(
    desk: BotDesk, branches: Branches, client: AsyncWebClient, flow: AsyncOAuthFlow | None
) -> AsyncApp:
    """The app with its listeners. Signatures are checked before it, over the raw bytes (`bot.web`)."""
    app = AsyncApp(
        name=NAME,
        client=client,
        authorize=Everybody(),  # type: ignore[no-untyped-call]
        oauth_flow=flow,
        process_before_response=False,
        request_verification_enabled=False,
    )
    app.middleware(_once(desk.cards))
    app.error(Answering(branches).handle)
    register(app, branches, desk.installations)
    return app


class Everybody(AsyncAuthorize):
    """Whoever calls is let in to the listeners, which take the token of the caller's workspace by themselves.

    No `auth.test` here: a click must be decided while Slack's API is slow or down. Whether somebody
    belongs to a workspace of ours is for `bot.branches` and `bot.identity` to say.
    """

    async def __call__(
        self, *, enterprise_id: str | None, team_id: str | None, **more: Any
    ) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_scopes=())


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
