"""For whoever watches the process: is it alive, and can it work."""

from __future__ import annotations

from aiohttp import web

from api.answers import answer
from api.parts import ApiDesk
from approvals.errors import ApprovalError


class Health:
    """`/healthz` and `/readyz`, without a key."""

    def __init__(self, desk: ApiDesk) -> None:
        self._desk = desk

    async def alive(self, request: web.Request) -> web.Response:
        """200 as long as the process answers at all."""
        return answer({"status": "ok"})

    async def ready(self, request: web.Request) -> web.Response:
        """200 `{"status": "ready"}`, or 503 with the reasons why not."""
        reasons = await self._reasons()
        if reasons:
            return answer({"status": "unavailable", "reasons": reasons}, 503)
        return answer({"status": "ready"})

    async def _reasons(self) -> list[str]:
        try:
            return await self._desk.config.ready()
        except ApprovalError as error:
            return [str(error)]
