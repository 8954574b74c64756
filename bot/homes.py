"""Publishing App Home, when it is opened and while it is looked at."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass, field

from slack_sdk.errors import SlackApiError

from approvals.errors import ApprovalError
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

WATCHED = 1000
"""How many who opened App Home last are kept up to date. Slack tells of each opening anew, so that
whoever falls out, or opened it before a restart, sees the truth the next time."""


@dataclass(slots=True)
class Watcher:
    """Somebody who has opened it, and the page that they look at."""

    who: Who
    page: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


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
        self._watching: OrderedDict[str, Watcher] = OrderedDict()

    async def opened(self, who: Who) -> None:
        """Somebody opened it: publish, and keep it true from now on."""
        self._watching[who.user] = Watcher(who)
        self._watching.move_to_end(who.user)
        while len(self._watching) > WATCHED:
            self._watching.popitem(last=False)
        await self.publish(who, 0)

    async def refresh(self, user: str | None) -> None:
        """Something of this user's has changed. A failure here is mended at the next opening."""
        watcher = self._watching.get(user or "")
        if watcher is None:
            return
        try:
            await self.publish(watcher.who)
        except (SlackApiError, NoAnswer, ApprovalError, NotLinked, Unreachable) as error:
            log.info("App Home of %s is not up to date: %s", user, type(error).__name__)

    async def publish(self, who: Who, page: int | None = None) -> None:
        """Show what waits now; to somebody who is no Sentinel, how to become one.

        `page` counts from 0; None is the one that they look at.
        """
        watcher = self._watching.get(who.user) or Watcher(who)
        watcher.page = watcher.page if page is None else page
        async with watcher.turn:
            # What was read first must not be shown last.
            await self._slack.publish(who.user, await self._view(who, watcher.page))

    async def _view(self, who: Who, page: int) -> Block:
        try:
            inbox = await self._inboxes.inbox(who)
        except NotLinked as error:
            return home.stranger(refusal(error, Hearer(self._reader.overheard(who.user))))
        language = self._reader.language(inbox.sentinel, self._directory.remembered(who.user))
        return home.home(inbox, self._reader.languages, language, self._desk.clock(), page)
