"""What Slack tells of people and of the installation itself."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.front import Front

log = logging.getLogger(__name__)


def register(app: AsyncApp, front: Front) -> None:
    """The events of the manifest that concern people."""

    @app.event("user_change")
    async def changed(event: Mapping[str, Any]) -> None:
        front.directory.forget(str((event.get("user") or {}).get("id")))

    @app.event("tokens_revoked")
    async def revoked() -> None:
        log.error("Slack says that the app's token was revoked: nothing reaches anybody until it is renewed")

    @app.event("app_uninstalled")
    async def uninstalled() -> None:
        log.error("Slack says that the app was uninstalled: nothing reaches anybody until it is back")
