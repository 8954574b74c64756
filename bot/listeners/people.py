"""What Slack tells of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.branches import Branches
from bot.listeners.listening import place
from bot.payloads import thing, word


def register(app: AsyncApp, branches: Branches) -> None:
    """The event of the manifest that concerns people."""

    @app.event("user_change")
    async def changed(event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        front = await branches.front(place(context))
        front.directory.forget(word(thing(event.get("user")).get("id")) or "")
