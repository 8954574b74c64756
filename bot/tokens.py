"""The token of each installation, and a new one in time where tokens rotate.

A token lives for twelve hours, and the refresh token that brings the next one works once. So one caller
in all processes fetches it, two hours before the end, while everybody else goes on with the old one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from approvals.errors import StoreUnavailable
from approvals.installations import ROTATED_BEFORE, Installation, Workspace
from approvals.ports import Installations
from bot.config import OAuth
from bot.failures import error_name
from bot.slack_api import NoAnswer

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=1)
"""How long one caller has for it; longer than any answer of Slack's is waited for."""

KEPT_WITHIN_S = 0.3
"""How long it takes another process to keep what it was given."""

SAVING_S = (0.0, 0.2, 1.0, 5.0, 15.0)
"""The pauses before tries to keep what was fetched. It cannot be fetched again."""


_OVER = frozenset({"invalid_auth", "token_expired", "token_revoked"})


class Line(AsyncWebClient):
    """A connection to one workspace, whose token is asked for anew at each call."""

    def __init__(self, tokens: Tokens, place: Workspace, base_url: str, **options: Any) -> None:
        super().__init__(None, base_url, **options)
        self._tokens = tokens
        self._place = place

    async def api_call(self, *args: Any, **options: Any) -> Any:
        """One call, with the token as it is now."""
        used = self.token = await self._tokens.of(self._place)
        try:
            return await super().api_call(*args, **options)
        except SlackApiError as error:
            if error_name(error) not in _OVER:
                raise
            # It may have been changed for a new one while the call was on its way.
            self.token = await self._tokens.after(self._place, used)
            if self.token is None:
                raise
            return await super().api_call(*args, **options)


@dataclass(slots=True)
class Tokens:
    """Gives tokens, and changes those that are about to end."""

    installations: Installations
    client: AsyncWebClient
    oauth: OAuth
    clock: Callable[[], datetime]
    silences: tuple[type[Exception], ...]
    holding: Callable[[asyncio.Future[Any]], None]
    _known: dict[str, Installation] = field(default_factory=dict)
    _fetching: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def of(self, place: Workspace) -> str:
        """The token for a workspace; raises NoAnswer where there is none that works."""
        found = await self._look(place)
        now = self.clock()
        if found.ends(now, within=ROTATED_BEFORE):
            fetching = self._fetch(found)
            if found.ends(now):
                await asyncio.shield(fetching)
                found = await self._look(place)
        if found.ends(now):
            raise NoAnswer("token_expired")
        return found.token

    async def after(self, place: Workspace, used: str) -> str | None:
        """The token that came after one which Slack does not take any more; None where none did."""
        found = await self._look(place)
        if found.token == used and found.ends(self.clock(), within=ROTATED_BEFORE):
            # Slack may have given it just now, here or to another process, and it is being kept.
            fetching = self._fetching.get(found.key)
            await (asyncio.sleep(KEPT_WITHIN_S) if fetching is None else asyncio.shield(fetching))
            found = await self._look(place)
        return None if found.token == used else found.token

    async def _look(self, place: Workspace) -> Installation:
        """The installation as it is, or while the database does not answer as it was."""
        name = f"{place.enterprise}/{place.team}"
        try:
            found = await self.installations.find(place)
        except StoreUnavailable:
            found = self._known.get(name)
        if found is None:
            self._known.pop(name, None)
            raise NoAnswer("not_installed")
        self._known[name] = found
        return found

    def _fetch(self, seen: Installation) -> asyncio.Task[None]:
        """Have the next token fetched, once at a time."""
        task = self._fetching.get(seen.key)
        if task is None or task.done():
            task = self._fetching[seen.key] = asyncio.create_task(self._rotate(seen))
            self.holding(task)
        return task

    async def _rotate(self, seen: Installation) -> None:
        try:
            if not await self.installations.begin_rotation(seen, LEASE):
                return
            answer = await self.client.oauth_v2_access(
                client_id=self.oauth.client_id,
                client_secret=self.oauth.client_secret,
                grant_type="refresh_token",
                refresh_token=seen.refresh_token,
            )
        except SlackApiError as error:
            log.error(
                "Slack gives no new token for %s (%s): before the old one ends, install the app there again",
                seen.key,
                error_name(error),
            )
        except StoreUnavailable:
            log.warning("no new token for %s yet: the database does not answer", seen.key)
        except self.silences as error:
            log.warning("no new token for %s: Slack did not answer (%s)", seen.key, type(error).__name__)
        else:
            await self._keep(seen, self._next(seen, answer))

    def _next(self, seen: Installation, answer: Any) -> Installation:
        lives = timedelta(seconds=int(answer["expires_in"]))
        return replace(
            seen,
            token=str(answer["access_token"]),
            refresh_token=str(answer["refresh_token"]),
            expires_at=self.clock() + lives,
        )

    async def _keep(self, seen: Installation, fresh: Installation) -> None:
        for pause in SAVING_S:
            await asyncio.sleep(pause)
            try:
                if await self.installations.end_rotation(seen, fresh):
                    log.info("the token for %s is new", seen.key)
                return
            except StoreUnavailable:
                continue
        log.error("the new token for %s could not be kept: install the app there again", seen.key)
