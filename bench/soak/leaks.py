"""I-26: what a desk holds after a while, beside what it held before, under a load that does not change."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from random import Random
from statistics import median

import aiohttp

from bench.soak.desks import ASKED, Desk, Ground
from bench.soak.figure import Effort, Figure, open_files, resident_bytes
from tests.api.garbage import GARBAGE

SHARE = 0.2
"""How much of the whole run it takes."""

CLIENTS = 8
FLAT = 0.05
_TASKS = re.compile(r"^sentinel_desk_tasks (\S+)$", re.MULTILINE)

Sample = tuple[int, int, int]
"""Bytes of memory, file descriptors, tasks."""


async def watch(ground: Ground, effort: Effort) -> list[Figure]:
    """Ask, decide, read, send rubbish and hang up, and look at the process each second."""
    seconds = max(30.0, effort.minutes * 60 * SHARE)
    samples: list[Sample] = []
    async with ground.desk() as desk, aiohttp.ClientSession() as http:
        await desk.start()
        agent, judge = await desk.key("requests"), await desk.key("decide", "--as", "*")
        admin = await desk.key("admin")
        tasks = [asyncio.create_task(_live(desk, http, agent, judge, n)) for n in range(CLIENTS)]
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            await asyncio.sleep(1)
            samples.append(await _sample(desk, http, admin))
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        broken = [e for e in ended if not isinstance(e, asyncio.CancelledError)]
        if broken:
            raise RuntimeError(f"a client of the leak watch ended: {broken[0]!r}")
    return [_figure(name, [s[n] for s in samples], seconds) for n, name in enumerate(_NAMES)]


_NAMES = ("memory", "file descriptors", "tasks")


def _figure(name: str, values: list[int], seconds: float) -> Figure:
    """The median of the last quarter beside that of the second: the first warms up."""
    quarter = len(values) // 4
    before, after = median(values[quarter : 2 * quarter]), median(values[-quarter:])
    change = after / before - 1 if before else 0.0
    # A handful of descriptors more or less is no leak, however few there are.
    holds = change <= FLAT or after - before <= 5
    return Figure(
        "I-26",
        f"{name} after {seconds:.0f} s of load",
        f"{change:+.1%} ({before:,.0f} to {after:,.0f})",
        "+5 %",
        holds,
    )


async def _sample(desk: Desk, http: aiohttp.ClientSession, admin: dict[str, str]) -> Sample:
    pid = desk.replicas[0].process.pid
    async with http.get(f"{desk.url}/metrics", headers=admin) as answer:
        found = _TASKS.search(await answer.text())
    return resident_bytes(pid), open_files(pid), int(float(found[1])) if found else 0


async def _live(
    desk: Desk, http: aiohttp.ClientSession, agent: dict[str, str], judge: dict[str, str], number: int
) -> None:
    dice = Random(number)
    rubbish = [raw for raw, _ in GARBAGE.values()]
    while True:
        async with http.post(f"{desk.url}/ai-request", json=ASKED, headers=agent) as answer:
            name = (await answer.json())["request_id"]
        body = {"as": 1 + number, "verdict": "approved"}
        where = f"{desk.url}/desk/v1/requests/{name}"
        async with http.post(f"{where}/decide", json=body, headers=judge) as answer:
            answer.raise_for_status()
        async with http.get(where, headers=judge) as answer:
            await answer.read()
        async with http.post(f"{desk.url}/ai-request", data=dice.choice(rubbish), headers=agent) as answer:
            await answer.read()
        if dice.random() < 0.1:
            await _hang_up(desk)


async def _hang_up(desk: Desk) -> None:
    host, _, port = desk.url.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /ai-request?agent_id=soak&wait=30 HTTP/1.1\r\nHo")
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
