"""Ten thousand clients that wait at one process: what each costs, and that nothing stays of them.

The desk runs in this process, over SQLite, so that its statements and its tasks can be counted; the
clients are real connections over loopback from another process. Half of them hang up, the others
hear the decision.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from pydantic import SecretStr
from sqlalchemy import Engine, event

from app import running
from bench.crowd import KINDS
from bench.listing import fill
from bench.load import NotAllGood
from bench.servers import ROOT, SECRET, make_key, prepare
from settings import Settings

COUNT = 10_000
MOST_KIB = 64.0
"""What one held connection may cost, its socket's buffers in the process included."""

IDLE_S = 4.0
"""For how long statements are counted, with nobody and then with everybody waiting."""

MOST_STATEMENTS = 20
"""A sweep of the clock more or less falls into the second span; a waiter that asks would make COUNT."""

_DECIDER = "ingrid@example.com"
_LOOK_S = 0.05
_PATIENCE_S = 240.0
_PAGE_KIB = 4


@dataclass(frozen=True, slots=True)
class Found:
    """Of one kind of waiting. `statements` are those of IDLE_S beyond what an idle desk's clock makes."""

    kind: str
    waiters: int
    kib_each: float
    statements: int
    hung_up: int
    answered: int
    bad: int
    took_s: float
    left_waiting: int
    left_tasks: int

    @property
    def holds(self) -> bool:
        """Whether everybody was told, cheaply, and nothing is left."""
        told = self.answered == self.waiters - self.hung_up and not self.bad
        cheap = self.kib_each <= MOST_KIB and self.statements <= MOST_STATEMENTS
        return told and cheap and not self.left_waiting and not self.left_tasks


def run(rounds: int, seconds: float) -> bool:
    """Measure once and print; whether it holds."""
    return report([asyncio.run(measure(kind, COUNT)) for kind in KINDS])


def report(found: list[Found]) -> bool:
    """Print a line for each kind."""
    print(f"\nClients that wait at one process; statements are counted over {IDLE_S:g} s\n")
    print(
        f"{'kind':>12} {'waiters':>8} {'KiB each':>9} {'statements':>11} {'hung up':>8} {'answered':>9}"
        f" {'in s':>6} {'left':>5}"
    )
    for one in found:
        print(
            f"{one.kind:>12} {one.waiters:>8,} {one.kib_each:>9.1f} {one.statements:>11} {one.hung_up:>8,}"
            f" {one.answered:>9,} {one.took_s:>6.1f} {one.left_waiting + one.left_tasks:>5}"
        )
    holds = all(one.holds for one in found)
    print(f"\n{'ok' if holds else 'wrong'}: everybody is told, nothing is asked meanwhile, nothing is left")
    return holds


async def measure(kind: str, count: int) -> Found:
    """One kind, from a fresh desk to an empty one."""
    logging.getLogger("aiohttp").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        async with _desk(Path(folder) / "desk", 0 if kind == "blocking" else count) as desk:
            return await _measured(desk, kind, count)


async def _measured(desk: _Desk, kind: str, count: int) -> Found:
    usual = await desk.statements(IDLE_S)
    tasks, before = len(asyncio.all_tasks()), _resident_kib()
    async with _crowd(desk, kind, count) as crowd:
        await crowd.heard("sent")
        await desk.until_waiting(count)
        kib = (_resident_kib() - before) / count
        statements = max(0, await desk.statements(IDLE_S) - usual)
        hung_up = count // 2
        await crowd.tell(f"leave {hung_up}")
        await crowd.heard("left")
        await desk.until_waiting(count - hung_up)
        began = asyncio.get_running_loop().time()
        await desk.decide(count)
        told = await crowd.heard("answered")
        took = asyncio.get_running_loop().time() - began
    await desk.until_waiting(0)
    return Found(
        kind, count, kib, statements, hung_up, told["answered"], told["bad"], took,
        await desk.waiting(), await desk.tasks_beyond(tasks),
    )  # fmt: skip


class _Desk:
    """The desk as its clients see it, and its statements."""

    def __init__(self, url: str, keys: dict[str, str], http: aiohttp.ClientSession) -> None:
        self.url = url
        self.keys = keys
        self._http = http
        self._statements = 0

    def count(self, connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        """One statement more; the look at the file's counter asks no database."""
        self._statements += statement != "PRAGMA data_version"

    async def statements(self, seconds: float) -> int:
        """How many there are in so long."""
        before = self._statements
        await asyncio.sleep(seconds)
        return self._statements - before

    async def waiting(self) -> int:
        """How many answers are held back, as `/metrics` has it."""
        text = await self._call("GET", "/metrics", "admin")
        line = next(line for line in text.decode().splitlines() if line.startswith("sentinel_desk_waiters "))
        return int(float(line.split()[1]))

    async def until_waiting(self, count: int) -> None:
        """Until so many are."""
        for _ in range(round(_PATIENCE_S / _LOOK_S)):
            if await self.waiting() == count:
                return
            await asyncio.sleep(_LOOK_S)
        raise NotAllGood(f"{await self.waiting()} answers are held back, not {count}")

    async def tasks_beyond(self, usual: int) -> int:
        """How many tasks more there are than before anybody came, once connections are closed."""
        if self._http.connector is not None:
            await self._http.connector.close()
        for _ in range(200):
            if len(asyncio.all_tasks()) <= usual:
                return 0
            await asyncio.sleep(_LOOK_S)
        return len(asyncio.all_tasks()) - usual

    async def decide(self, count: int) -> None:
        """All of them are approved."""
        body = {"as": _DECIDER, "verdict": "approved"}
        paths = [f"/desk/v1/requests/{n + 1}/decide" for n in range(count)]
        await self._many([("POST", path, "decide", body) for path in paths])

    async def _many(self, calls: list[tuple[str, str, str, Any]]) -> None:
        todo = iter(calls)

        async def worker() -> None:
            for call in todo:
                await self._call(*call)

        await asyncio.gather(*(worker() for _ in range(32)))

    async def _call(self, method: str, path: str, scope: str, body: Any = None) -> bytes:
        headers = {"x-api-key": self.keys[scope]}
        async with self._http.request(method, self.url + path, headers=headers, json=body) as answer:
            said = await answer.read()
            if not answer.ok:
                raise NotAllGood(f"{method} {path}: {answer.status} {said[:200]!r}")
            return said


@asynccontextmanager
async def _desk(folder: Path, requests: int) -> AsyncIterator[_Desk]:
    """A desk in this process, its keys made, with at least so many requests."""
    prepared = prepare(folder)
    keys = {
        "requests": prepared.key,
        "decide": make_key(folder, "decide", "--as", "*"),
        "admin": make_key(folder, "admin"),
    }
    if requests:
        await fill(f"sqlite+aiosqlite:///{folder}/desk.db", requests)
    settings = Settings(
        port=0,
        database_url=f"sqlite:///{folder}/desk.db",
        config=ROOT / "desk.yml",
        slack="off",
        rate_limit=None,
        secret=SecretStr(SECRET),
    )
    connector = aiohttp.TCPConnector(limit=0, force_close=False)
    async with running(settings) as url, aiohttp.ClientSession(connector=connector) as http:
        desk = _Desk(url, keys, http)
        event.listen(Engine, "before_cursor_execute", desk.count)
        try:
            yield desk
        finally:
            event.remove(Engine, "before_cursor_execute", desk.count)


class _Crowd:
    """The process with the clients."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def tell(self, words: str) -> None:
        """Give it a command."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{words}\n".encode())
        await self._process.stdin.drain()

    async def heard(self, name: str) -> dict[str, int]:
        """Its next line, which has to tell of this."""
        assert self._process.stdout is not None
        async with asyncio.timeout(_PATIENCE_S):
            line = await self._process.stdout.readline()
        told: dict[str, int] = json.loads(line or b"{}")
        if name not in told:
            raise NotAllGood(f"the clients told {told} and not what was {name}")
        return told


@asynccontextmanager
async def _crowd(desk: _Desk, kind: str, count: int) -> AsyncIterator[_Crowd]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.crowd", desk.url, desk.keys["requests"], kind, str(count)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield _Crowd(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _resident_kib() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_KIB
