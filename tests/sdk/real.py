"""The desk itself behind the front: its own store, rules and doors, without Slack."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from app import open_desk, running
from approvals.applying import Wanted, WantedSentinel
from approvals.issuing import Issue, issue
from approvals.keys import Scope
from approvals.model import ProjectId
from settings import Settings
from tests.auditing import sound
from tests.sdk.front import Front

PROJECT = ProjectId("default")
MARIE = "marie@example.com"
HOP_BY_HOP = {"host", "transfer-encoding", "content-length", "connection", "date", "server"}


class RealDesk(Front):
    """A desk with one Sentinel for everything."""

    def __init__(
        self, url: str, key: str, secret: str, deciding_key: str, http: aiohttp.ClientSession
    ) -> None:
        super().__init__(key)
        self.webhook_secret = secret
        self._desk = url
        self._deciding = {"x-api-key": deciding_key}
        self._http = http

    async def answer(self, request: web.Request, hold: bool = True) -> web.StreamResponse:
        """What the desk says."""
        headers = {name: text for name, text in request.headers.items() if name.lower() not in HOP_BY_HOP}
        if not hold:
            headers.pop("Prefer")
        url, body = self._desk + request.path_qs, await request.read()
        async with self._http.request(request.method, url, headers=headers, data=body) as answer:
            kept = {name: text for name, text in answer.headers.items() if name.lower() not in HOP_BY_HOP}
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)

    async def decide(self, request_id: str, verdict: str, note: str | None = None) -> None:
        """Decide as Marie."""
        said = {"as": MARIE, "verdict": verdict, "reasoning": note or f"{verdict}, then"}
        await self._post(f"/desk/v1/requests/{request_id}/decide", said)

    async def ask(self, request_id: str, question: str) -> None:
        """Ask as Marie."""
        await self._post(f"/desk/v1/requests/{request_id}/ask", {"as": MARIE, "question": question})

    async def made(self) -> list[dict[str, Any]]:
        """All requests, oldest first."""
        bearer = {"Authorization": f"Bearer {self.key}"}
        async with self._http.get(f"{self._desk}/api/v1/requests", headers=bearer) as answer:
            found: list[dict[str, Any]] = (await answer.json())["requests"]
        return found[::-1]

    async def _post(self, path: str, content: dict[str, str]) -> None:
        async with self._http.post(self._desk + path, json=content, headers=self._deciding) as answer:
            assert answer.status == 200, await answer.text()


@asynccontextmanager
async def real_desk(folder: Path) -> AsyncIterator[RealDesk]:
    """A running desk over a database of its own."""
    settings = Settings(
        slack="off",
        secret=SecretStr("a secret of tests only"),
        port=0,
        database_url=f"sqlite:///{folder / 'desk.db'}",
        callback_allow="127.0.0.0/8",
    )
    async with open_desk(settings) as desk:
        marie = WantedSentinel(name="Marie Dupont", email=MARIE, domains=frozenset({"*"}))
        await desk.clockwork.apply(Wanted(PROJECT, sentinels=(marie,)))
        agent = issue(Issue(PROJECT, "agent", frozenset({Scope.REQUESTS})), desk.clock())
        person = issue(Issue(PROJECT, "person", frozenset({Scope.DECIDE}), speaks_for=("*",)), desk.clock())
        for fresh in (agent, person):
            await desk.store.keys.create(fresh.key, fresh.text, fresh.webhook_secret)
    unlimited = aiohttp.TCPConnector(limit=0)
    async with running(settings) as url, aiohttp.ClientSession(connector=unlimited) as http:
        front = RealDesk(url, agent.text, agent.webhook_secret, person.text, http)
        async with front.served():
            yield front
    await sound(settings.database_url)
