"""For whoever watches the process: is it alive, and can it work."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from aiohttp import web

from api.answers import answer
from api.parts import ApiDesk
from approvals.errors import ApprovalError

KEPT = timedelta(seconds=1)
"""How long one look answers all who ask: whoever has no key must not make the desk write at will."""


class Health:
    """`/healthz` and `/readyz`, without a key."""

    def __init__(self, desk: ApiDesk) -> None:
        self._desk = desk
        self._look: asyncio.Task[list[str]] | None = None
        self._looked_at: datetime | None = None

    async def alive(self, request: web.Request) -> web.Response:
        """200 as long as the process answers at all."""
        return answer({"status": "ok"})

    async def ready(self, request: web.Request) -> web.Response:
        """200 `{"status": "ready"}`, or 503 with the reasons why not."""
        # One that goes away leaves the look to the others.
        reasons = await asyncio.shield(self._latest())
        if reasons:
            return answer({"status": "unavailable", "reasons": reasons}, 503)
        return answer({"status": "ready"})

    def _latest(self) -> asyncio.Task[list[str]]:
        """The look that is under way, or that has just been; else a new one."""
        now = self._desk.clock()
        # A clock that was set back keeps nothing alive.
        fresh = self._looked_at is not None and abs(now - self._looked_at) < KEPT
        if self._look is None or (self._look.done() and not fresh):
            self._look, self._looked_at = asyncio.create_task(self._reasons()), now
        return self._look

    async def _reasons(self) -> list[str]:
        try:
            return await self._desk.config.ready()
        except ApprovalError as error:
            return [str(error)]
