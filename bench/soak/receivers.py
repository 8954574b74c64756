"""I-10: how soon a good receiver hears of a decision while twenty others never answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from bench.soak.desks import ASKED, Desk, Ground
from bench.soak.figure import Effort, Figure, p99

DEAD, GOOD = 20, 200
EACH_DEAD = 5


async def good_beside_dead(ground: Ground, effort: Effort) -> list[Figure]:
    """Calls to all of them wait in one outbox."""
    count = effort.count(GOOD)
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(ground.desk())
        heard: dict[str, float] = {}
        more = asyncio.Event()
        good = await stack.enter_async_context(_receiver(heard, more))
        dead = [await stack.enter_async_context(_black_hole()) for _ in range(DEAD)]
        http = await stack.enter_async_context(aiohttp.ClientSession())
        await desk.start()
        decided = await _decided(desk, http, [*dead * EACH_DEAD], [good] * count)
        async with asyncio.timeout(60):
            while len(heard) < count:
                more.clear()
                await more.wait()
        lags = [heard[name] - at for name, at in decided.items() if name in heard]
    return [
        Figure(
            "I-10",
            f"{DEAD} receivers that never answer and a good one, called {count:,} times: p99, greatest",
            f"{p99(lags):.2f} s, {max(lags):.2f} s",
            "1 s p99",
            p99(lags) <= 1,
        )
    ]


async def _decided(
    desk: Desk, http: aiohttp.ClientSession, dead: list[str], good: list[str]
) -> dict[str, float]:
    """Ask and decide, the dead first; when each decision of the good one was made."""
    agent, judge = await desk.key("requests"), await desk.key("decide", "--as", "*")
    made: dict[str, float] = {}
    for url in (*dead, *good):
        asked = {**ASKED, "callback_url": url}
        async with http.post(f"{desk.url}/ai-request", json=asked, headers=agent) as answer:
            name = (await answer.json())["request_id"]
        body = {"as": 1, "verdict": "approved"}
        began = time.monotonic()
        where = f"{desk.url}/desk/v1/requests/{name}/decide"
        async with http.post(where, json=body, headers=judge) as answer:
            answer.raise_for_status()
        made[name] = began
    return made


@asynccontextmanager
async def _receiver(heard: dict[str, float], more: asyncio.Event) -> AsyncIterator[str]:
    async def take(request: web.Request) -> web.Response:
        body: dict[str, Any] = await request.json()
        heard.setdefault(str(body["request_id"]), time.monotonic())
        more.set()
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _black_hole() -> AsyncIterator[str]:
    """Takes connections and never answers."""
    closing = asyncio.Event()

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await closing.wait()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    finally:
        closing.set()
        server.close()
