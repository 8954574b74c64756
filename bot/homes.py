"""Publishing App Home, when it is opened and while it is looked at."""

from __future__ import annotations

import asyncio
import logging
from weakref import WeakValueDictionary

from slack_sdk.errors import SlackApiError

from approvals.errors import ApprovalError, StoreUnavailable
from approvals.homes import WATCHED, Watcher
from bot import home
from bot.blocks import Block
from bot.config import BotDesk
from bot.directory import Directory
from bot.identity import NotLinked, Unreachable, Who
from bot.inbox import Inboxes
from bot.reading import Reader
from bot.refusals import Hearer, refusal
from bot.slack_api import NoAnswer, SlackApi

log = logging.getLogger(__name__)

LAST_PAGE = 10_000
"""No person leafs so far, and every database counts so far."""


class Homes:
    """Everybody's App Home."""

    def __init__(
        self, desk: BotDesk, slack: SlackApi, reader: Reader, inboxes: Inboxes, directory: Directory
    ) -> None:
        self._desk = desk
        self._slack = slack
        self._reader = reader
        self._inboxes = inboxes
        self._directory = directory
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def opened(self, who: Who) -> None:
        """Somebody opened it: publish, and keep it true from now on."""
        await self.turn(who, 0)

    async def turn(self, who: Who, page: int) -> None:
        """Somebody looks at this page, counted from 0, which is kept true from now on."""
        try:
            await self._desk.homes.watch(Watcher(who.key, who.user, who.team, min(page, LAST_PAGE)))
        except StoreUnavailable:
            log.warning("App Home of %s is shown, and not kept up to date", who.user)
        await self._publish(who, page)

    async def publish(self, who: Who) -> None:
        """Show what waits now, on the page that they look at."""
        watcher = await self._watcher(who.key, who.user)
        await self._publish(who, watcher.page if watcher else 0)

    async def refresh(self, user: str | None) -> None:
        """Something of this user's has changed. A failure here is mended at the next opening."""
        try:
            watcher = user and await self._watcher((await self._directory.home()).key, user)
            if watcher:
                await self._publish(Who(watcher.key, watcher.user, watcher.team), watcher.page)
        except (SlackApiError, NoAnswer, ApprovalError, NotLinked, Unreachable) as error:
            log.info("App Home of %s is not up to date: %s", user, type(error).__name__)

    async def _watcher(self, key: str, user: str) -> Watcher | None:
        return await self._desk.homes.watcher(key, user, self._desk.clock() - WATCHED)

    async def _publish(self, who: Who, page: int) -> None:
        turn = self._turns.setdefault(who.user, asyncio.Lock())
        async with turn:
            # What was read first must not be shown last.
            await self._slack.publish(who.user, await self._view(who, page))

    async def _view(self, who: Who, page: int) -> Block:
        """What waits now; to somebody who is no Sentinel, how to become one."""
        try:
            inbox = await self._inboxes.inbox(who)
        except NotLinked as error:
            return home.stranger(refusal(error, Hearer(self._reader.overheard(who.user))))
        language = self._reader.language(inbox.sentinel, self._directory.remembered(who.user))
        return home.home(inbox, self._reader.languages, language, self._desk.clock(), page)
