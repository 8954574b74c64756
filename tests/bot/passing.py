"""Time that passes as fast as the work in it is done."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.bot.stage import Stage

PATIENCE_S = 60


@dataclass
class Passing:
    """Does what is due, then moves the clock to what is due next, so that nothing waits in real time."""

    stage: Stage

    async def settle(self) -> datetime | None:
        """Wait until nothing is due and nothing is under way; when something is next."""
        stage, quiet = self.stage, 0
        async with asyncio.timeout(PATIENCE_S):
            while True:
                stage.committed.clear()
                stage.pump.kick()
                due = await stage.store.outbox.next_due()
                idle = stage.pump.in_flight == 0 and (due is None or due > stage.time())
                # Twice in a row: what was just claimed is not in flight yet.
                quiet = quiet + 1 if idle else 0
                if quiet == 2:
                    return due
                if not idle:
                    await stage.committed.wait()

    async def pass_(self, by: timedelta) -> None:
        """Let time pass, with everything that falls due in it."""
        end = self.stage.time() + by
        while (due := await self.settle()) is not None and due < end:
            self._to(due)
        self._to(end)
        await self.settle()

    async def drain(self, within: timedelta) -> None:
        """Let time pass until nothing waits any more."""
        end = self.stage.time() + within
        while (due := await self.settle()) is not None:
            assert due < end, f"messages wait still: {await self._waiting()}"
            self._to(due)

    def _to(self, moment: datetime) -> None:
        self.stage.time.pass_(max(timedelta(0), moment - self.stage.time()))

    async def _waiting(self) -> list[object]:
        rows = await self.stage.store.outbox.listing("default", state="queued", limit=5)  # type: ignore[arg-type]
        return [(row["lane"], row["topic"], row["last_error"]) for row in rows]
