"""Which Slack app the desk is: what is meant for another one is not for us, whoever signed it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

log = logging.getLogger(__name__)

APP = "api_app_id"
"""Where Slack names the app in whatever it sends."""


class Pin:
    """The app's id: named in the settings, else as Slack has told it, else not known.

    While it is not known every app is taken; a signature or a token of the app's own let it in before.
    """

    def __init__(self, named: str | None, ask: Callable[[], Awaitable[str | None]] | None = None) -> None:
        """`ask` is what Slack told another process or another day."""
        self._named = named
        self._known = named
        self._ask = ask

    def learn(self, told: str) -> None:
        """Slack has told it, over a connection on which we know Slack and Slack knows us."""
        if self._named is None:
            self._known = told
        elif self._named != told:
            log.error("SLACK_APP_ID names another app than the one whose token the desk has; nothing gets in")

    async def fits(self, body: Mapping[str, Any]) -> bool:
        """Whether a delivery is for this app. One that names no app is for none of them."""
        if _of_no_app(body):
            return True
        claimed = body.get(APP)
        if self._named is None and self._ask is not None and claimed != self._known:
            self._known = await self._ask() or self._known
        return self._known is None or claimed == self._known


def _of_no_app(body: Mapping[str, Any]) -> bool:
    """The two by which Slack tries an address: they name no app, and nothing comes of them."""
    return body.get("type") == "url_verification" or body.get("ssl_check") == "1"
