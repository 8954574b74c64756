"""What goes on in the background: Bolt keeps no hold of its listeners, so they are held here."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

log = logging.getLogger(__name__)


class Busy:
    """The listeners at work, and whatever else must come to its end before the desk does."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Future[Any]] = set()

    def holding(self, task: asyncio.Future[Any]) -> None:
        """Remember what is at work until it is done."""
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    async def drain(self, within_s: float) -> None:
        """Let it finish."""
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=within_s)

    def _finished(self, task: asyncio.Future[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.info("work in the background failed: %s", type(task.exception()).__name__)
