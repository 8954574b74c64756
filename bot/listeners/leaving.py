"""The events after which the app is in a workspace no more; its messages wait until it is back."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from approvals.ports import Installations
from bot.listeners.listening import place
from bot.payloads import thing

log = logging.getLogger(__name__)


def register(app: AsyncApp, installations: Installations) -> None:
    """The events of the manifest that concern the installation."""

    @app.event("tokens_revoked")
    async def revoked(body: Mapping[str, Any], event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        if thing(event.get("tokens")).get("bot"):
            await _gone(installations, body, context, "the app's token was revoked")

    @app.event("app_uninstalled")
    async def uninstalled(body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await _gone(installations, body, context, "the app was uninstalled")


async def _gone(
    installations: Installations, body: Mapping[str, Any], context: AsyncBoltContext, what: str
) -> None:
    """Forget the tokens, unless it was installed anew since."""
    where = place(context)
    key = where.enterprise if context.is_enterprise_install else where.team
    log.error("Slack says of %s that %s: nothing reaches anybody there until it is back", key, what)
    # Slack tells the second in which it happened, and what was installed before its end is meant.
    ended = datetime.fromtimestamp(int(body["event_time"]) + 1, UTC)
    await installations.remove(key or "", ended)
