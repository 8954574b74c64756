"""T-11, F-7, F-4: slow sockets, hostile bodies, and keys that are taken back."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import aiohttp

from bench.soak.desks import ASKED, Desk, Ground
from bench.soak.figure import Effort, Figure, milliseconds, p99, resident_bytes
from tests.api.garbage import GARBAGE

SLOW = 2_000
HEAD_S = 10.0
"""How long the door waits for a head (`api.connections`)."""

ROUNDS = 5
HOSTILE_ROUNDS = 5
LARGEST_GROWTH = 5 * 1024 * 1024


async def slow_sockets(ground: Ground, effort: Effort) -> list[Figure]:
    """Half a head on each of them, and one client that behaves."""
    count = effort.count(SLOW)
    async with ground.desk() as desk, aiohttp.ClientSession() as http:
        await desk.start()
        agent = await desk.key("requests")
        slow = await asyncio.gather(*(_half_a_head(desk) for _ in range(count)))
        opened = time.monotonic()
        cut = asyncio.gather(*(_until_cut(reader) for reader, _ in slow))
        took = []
        while time.monotonic() - opened < HEAD_S - 2:
            took.append(await _create(http, desk, agent))
        async with asyncio.timeout(30):
            ends = await cut
        for _, writer in slow:
            writer.close()
    longest = max(ends) - opened
    return [
        Figure(
            "T-11",
            f"{count:,} slow sockets: a good client's create p99 ({len(took):,}), last socket closed after",
            f"{milliseconds(p99(took))}, {longest:.1f} s",
            f"100 ms, {HEAD_S + 1:.0f} s",
            p99(took) <= 0.1 and longest <= HEAD_S + 1,
        )
    ]


async def _half_a_head(desk: Desk) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = desk.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /ai-request HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    await writer.drain()
    return reader, writer


async def _until_cut(reader: asyncio.StreamReader) -> float:
    with suppress(ConnectionError):
        await reader.read()
    return time.monotonic()


async def _create(http: aiohttp.ClientSession, desk: Desk, agent: dict[str, str]) -> float:
    began = time.monotonic()
    async with http.post(f"{desk.url}/ai-request", json=ASKED, headers=agent) as answer:
        answer.raise_for_status()
        await answer.read()
    return time.monotonic() - began


async def hostile_bodies(ground: Ground, effort: Effort) -> list[Figure]:
    """Every body of the corpus: refused, soon, and without a trace in memory."""
    async with ground.desk() as desk, aiohttp.ClientSession() as http:
        (server,) = await desk.start()
        agent = {**await desk.key("requests"), "Content-Type": "application/json"}
        for raw, _ in GARBAGE.values():  # what is read for the first time is remembered once
            await _refused(http, desk, raw, agent)
        before, took, wrong = resident_bytes(server.process.pid), [], 0
        for _ in range(HOSTILE_ROUNDS):
            for raw, _ in GARBAGE.values():
                seconds, status = await _refused(http, desk, raw, agent)
                took.append(seconds)
                wrong += status != 400
        grown = resident_bytes(server.process.pid) - before
    return [
        Figure(
            "F-7",
            f"{len(took)} hostile bodies: not refused, p99, slowest, memory",
            f"{wrong}, {milliseconds(p99(took))}, {milliseconds(max(took))}, {grown / 1024 / 1024:+.1f} MiB",
            "0, 50 ms slowest, +5 MiB",
            not wrong and max(took) <= 0.05 and grown <= LARGEST_GROWTH,
        )
    ]


async def _refused(
    http: aiohttp.ClientSession, desk: Desk, raw: bytes, agent: dict[str, str]
) -> tuple[float, int]:
    began = time.monotonic()
    async with http.post(f"{desk.url}/ai-request", data=raw, headers=agent) as answer:
        await answer.read()
        return time.monotonic() - began, answer.status


async def revoked_keys(ground: Ground, effort: Effort) -> list[Figure]:
    """A key that is in use on every server, and taken back by a command."""
    return [await _revoked(ground, kind, servers) for kind, servers in ground.kinds]


async def _revoked(ground: Ground, kind: str, servers: int) -> Figure:
    slowest = 0.0
    async with ground.desk(kind) as desk, aiohttp.ClientSession() as http:
        await desk.start(servers)
        for _ in range(ROUNDS):
            agent = await desk.key("requests")
            for replica in desk.replicas:
                await _status(http, replica.url, agent, 200)
            await desk.run("keys", "revoke", agent["x-api-key"].split("_")[2])
            began = time.monotonic()
            async with asyncio.timeout(30):
                await asyncio.gather(*(_status(http, r.url, agent, 401) for r in desk.replicas))
            slowest = max(slowest, time.monotonic() - began)
    return Figure(
        "F-4",
        f"revoked keys, {kind}, {servers} server(s), {ROUNDS} times: refused by all of them after",
        milliseconds(slowest),
        "5 s",
        slowest <= 5,
    )


async def _status(http: aiohttp.ClientSession, url: str, agent: dict[str, str], wanted: int) -> None:
    """Ask until it is answered so."""
    status = 0
    while status != wanted:
        async with http.get(f"{url}/ai-request?agent_id=soak", headers=agent) as answer:
            status = answer.status
