"""Where a card stands, who reads it there, and in which language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from approvals.cards import CHANNEL
from approvals.model import Sentinel, SentinelId
from bot.directory import Directory
from bot.identity import Identity, Unreachable
from bot.language import Language
from bot.reading import Reader
from bot.subject import Subject


@dataclass(frozen=True, slots=True)
class Eye:
    """Who looks at a surface: a Sentinel in their direct messages, or everybody in a channel (None)."""

    viewer: Sentinel | None
    language: Language


class Places:
    """Knows the surfaces `dm:NUMBER` and `channel`."""

    def __init__(self, reader: Reader, identity: Identity, directory: Directory) -> None:
        self._reader = reader
        self._identity = identity
        self._directory = directory

    async def eye(self, subject: Subject, surface: str) -> Eye:
        """Who reads what stands there."""
        if surface == CHANNEL:
            return Eye(None, self._reader.shared(subject.roster, subject.request.domain))
        sentinel = sentinel_of(subject, surface)
        known = await self._directory.profile(sentinel.slack_user) if sentinel.slack_user else None
        return Eye(sentinel, self._reader.language(sentinel, known))

    async def address(self, subject: Subject, surface: str, channel: str | None) -> tuple[str, Eye]:
        """Where to post something new, a `D…` id or the channel's name, and who will read it.

        Raises Unreachable.
        """
        if surface == CHANNEL:
            return channel or subject.domain.channel or "", await self.eye(subject, surface)
        sentinel = sentinel_of(subject, surface)
        account = await self._identity.account(sentinel, subject.request.project)
        return await self._directory.dm(account.user), Eye(sentinel, self._reader.language(sentinel, account))

    async def busy_until(self, subject: Subject, surface: str) -> datetime | None:
        """Until when whoever reads what stands there asked to be left alone."""
        user = sentinel_of(subject, surface).slack_user
        return await self._directory.busy_until(user) if user else None

    async def team(self) -> str:
        """The workspace's or organisation's id, as it is kept with a card."""
        return (await self._directory.home()).key


def sentinel_of(subject: Subject, surface: str) -> Sentinel:
    """Whose direct messages a surface `dm:NUMBER` is; raises Unreachable where nobody has that number."""
    sentinel = subject.roster.sentinel(SentinelId(int(surface.removeprefix("dm:"))))
    if sentinel is None:
        raise Unreachable("no such Sentinel")
    return sentinel
