"""Everything that changes on somebody's screen, numbered, for long polls and streams."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass

from workspace.wire import Json

KEPT = 20_000


@dataclass(frozen=True)
class Change:
    """One change; `user` is the only person who sees it, None when the channel's readers do.

    `kind` is one of message, changed, deleted, ephemeral, modal, modal_closed, home,
    warning, call, directory, clock, reset, saved.
    """

    seq: int
    kind: str
    team: str = ""
    channel: str = ""
    ts: str = ""
    user: str | None = None
    view: str = ""
    thread_ts: str = ""
    text: str = ""

    def shown(self) -> Json:
        """The change as JSON, empty facts left out."""
        return {key: value for key, value in vars(self).items() if value not in ("", None)}


class Feed:
    """A bounded log of changes with a way to wait for the next one."""

    def __init__(self) -> None:
        self._changes: deque[Change] = deque(maxlen=KEPT)
        self._news = asyncio.Event()
        self.seq = 0

    def add(self, kind: str, **facts: str | None) -> Change:
        """Number and keep a change, and wake all who wait."""
        self.seq += 1
        change = Change(self.seq, kind, **facts)  # type: ignore[arg-type]
        self._changes.append(change)
        news, self._news = self._news, asyncio.Event()
        news.set()
        return change

    def since(self, seq: int) -> list[Change]:
        """The changes after `seq`, oldest first."""
        missed = self.seq - seq
        if missed <= 0:
            return []
        return list(self._changes) if missed >= len(self._changes) else self._tail(missed)

    async def wait(self, seq: int, seconds: float) -> list[Change]:
        """The changes after `seq`; waits up to `seconds` of real time for the first of them."""
        if self.seq <= seq:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._news.wait()
        return self.since(seq)

    def _tail(self, count: int) -> list[Change]:
        return [self._changes[-index] for index in range(count, 0, -1)]
