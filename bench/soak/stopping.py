"""F-6, I-21: servers that are stopped and started again while everybody goes on asking."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp

from approvals.errors import RequestNotFound
from bench.soak.desks import ASKED, PROJECT, Desk, Ground
from bench.soak.figure import Effort, Figure

ROUNDS = 20
CLIENTS = 16


@dataclass
class Clients:
    """What they were told, and how often they had to ask again."""

    told: list[str] = field(default_factory=list)
    again: int = 0
    more: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, count: int) -> None:
        """Wait until so many requests have been acknowledged in all."""
        async with asyncio.timeout(60):
            while len(self.told) < count:
                self.more.clear()
                await self.more.wait()


async def rolling(ground: Ground, effort: Effort) -> list[Figure]:
    """SIGTERM under load, then a fresh server, over and over."""
    rounds, clients = effort.count(ROUNDS), Clients()
    ready, drained, codes = [], [], []
    async with ground.desk() as desk, aiohttp.ClientSession() as http:
        ready.append((await desk.start())[0].ready_s)
        agent = await desk.key("requests")
        tasks = [asyncio.create_task(_ask(desk, http, agent, clients, n)) for n in range(CLIENTS)]
        for _ in range(rounds):
            await clients.until(len(clients.told) + 10 * CLIENTS)
            code, took = await desk.replicas.pop().stop()
            codes.append(code)
            drained.append(took)
            ready.append((await desk.start())[0].ready_s)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        lost = await _lost(desk, clients.told)
    return [
        Figure(
            "F-6",
            f"ready after a start, of {len(ready)}: slowest",
            f"{max(ready):.1f} s",
            "3 s",
            max(ready) <= 3,
        ),
        Figure(
            "I-21",
            f"{rounds} stops under load of {CLIENTS} clients: slowest, exits other than 0,"
            f" acknowledged and lost (of {len(clients.told):,})",
            f"{max(drained):.1f} s, {sum(code != 0 for code in codes)}, {lost}",
            "10 s, 0, 0",
            max(drained) <= 10 and not any(codes) and not lost,
        ),
    ]


async def _ask(
    desk: Desk, http: aiohttp.ClientSession, agent: dict[str, str], clients: Clients, number: int
) -> None:
    turn = 0
    while True:
        turn += 1
        headers = {**agent, "Idempotency-Key": f"{number}-{turn}"}
        name = None
        while name is None:
            name = await _once(desk, http, headers)
            clients.again += name is None
        clients.told.append(name)
        clients.more.set()


async def _once(desk: Desk, http: aiohttp.ClientSession, headers: dict[str, str]) -> str | None:
    """The id of the request; None where there was no answer."""
    if desk.replicas:
        with suppress(aiohttp.ClientError):
            async with http.post(f"{desk.url}/ai-request", json=ASKED, headers=headers) as answer:
                if answer.status == 200:
                    return str((await answer.json())["request_id"])
    await asyncio.sleep(0.05)
    return None


async def _lost(desk: Desk, told: list[str]) -> int:
    lost = len(told) - len(set(told))
    async with desk.store() as store:
        for name in told:
            try:
                await store.request(PROJECT, name)  # type: ignore[arg-type]
            except RequestNotFound:
                lost += 1
    return lost
