"""The workspace's own time: it follows a given clock, and can be frozen and moved forward."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

POLL = 0.02  # seconds between looks at a foreign clock, which cannot announce that it moved


class Clock:
    """Seconds since the epoch, plus a shift that tests and the page control."""

    def __init__(self, base: Callable[[], float] = time.time) -> None:
        self._base = base
        self._shift = 0.0
        self._frozen: float | None = None
        self._moved = asyncio.Event()

    def now(self) -> float:
        """The present, in seconds since the epoch."""
        return self._frozen if self._frozen is not None else self._base() + self._shift

    @property
    def frozen(self) -> bool:
        return self._frozen is not None

    def advance(self, seconds: float) -> None:
        """Move forward and wake whoever sleeps; negative `seconds` raise ValueError."""
        if seconds < 0:
            raise ValueError("time does not go backwards")
        if self._frozen is None:
            self._shift += seconds
        else:
            self._frozen += seconds
        self._announce()

    def freeze(self) -> None:
        """Stand still until `advance` or `thaw`."""
        self._frozen = self.now()

    def thaw(self) -> None:
        """Run on from the present moment."""
        if self._frozen is not None:
            self._shift = self._frozen - self._base()
            self._frozen = None
            self._announce()

    async def sleep(self, seconds: float) -> None:
        """Return once this clock, not the wall's, is `seconds` later."""
        due = self.now() + seconds
        while (left := due - self.now()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience(left)):
                    await self._moved.wait()

    def _patience(self, left: float) -> float | None:
        if self.frozen:
            return None
        return left if self._base is time.time else min(left, POLL)

    def _announce(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
