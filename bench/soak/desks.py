"""Desks as their users run them, on either database, and what fills them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import Executable

from approvals.commands import Caller, Submit
from approvals.model import ApprovalRequest, Dialect, KeyId, ProjectId
from approvals.service import Approvals
from bench.servers import ROOT, SECRET
from store.connections import Engines, open_engines
from store.engine import Store, open_store
from tests.postgres import Server, binaries, started

PROJECT = ProjectId("default")
PEOPLE = 64
AT_ONCE = 64

_STARTS_WITHIN_S = 60
_STOPS_WITHIN_S = 60

SQLITE, POSTGRESQL = "sqlite", "postgresql"


def _team() -> str:
    people = "".join(
        f"  - {{name: Judge {n}, email: j{n}@example.com, domains: [legal]}}\n" for n in range(PEOPLE)
    )
    return f"project: {PROJECT}\ndomains:\n  legal: {{backups: may_decide}}\nsentinels:\n{people}"


class Silent:
    """Announces nothing: what is measured is something else."""

    def announce(self, *_: object) -> tuple[()]:
        """No messages."""
        return ()


@dataclass
class Replica:
    """One server process. `ready_s` is how long it took from its start until it said that it is ready."""

    process: asyncio.subprocess.Process
    url: str
    ready_s: float

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Its exit code, and how many seconds it took to end."""
        began = time.monotonic()
        if self.process.returncode is None:
            self.process.send_signal(number)
        code = await asyncio.wait_for(self.process.wait(), _STOPS_WITHIN_S)
        return code, time.monotonic() - began


@dataclass
class Desk:
    """One database and the servers over it."""

    folder: Path
    database_url: str
    settings: dict[str, str]
    replicas: list[Replica] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the first replica answers."""
        return self.replicas[0].url

    async def start(self, replicas: int = 1) -> list[Replica]:
        """Start so many servers, one after the other."""
        for _ in range(replicas):
            self.replicas.append(await self._start())
        return self.replicas

    async def stop(self) -> None:
        """End all of them at once."""
        for replica in self.replicas:
            await replica.stop(signal.SIGKILL)
        self.replicas.clear()

    async def _start(self) -> Replica:
        began = time.monotonic()
        with (self.folder / "serve.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *_command("serve", "--json"),
                cwd=ROOT,
                env=self.environment(),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), _STARTS_WITHIN_S)
        if not line:
            raise RuntimeError((self.folder / "serve.log").read_text()[-2000:])
        url = json.loads(line)["url"]
        async with aiohttp.ClientSession() as http:
            while True:
                async with http.get(f"{url}/readyz") as answer:
                    if answer.status == 200:
                        return Replica(process, url, time.monotonic() - began)

    async def run(self, *words: str) -> Any:
        """A command beside the servers; what it printed."""
        ran = await asyncio.create_subprocess_exec(
            *_command(*words, "--json"),
            cwd=ROOT,
            env=self.environment(),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await ran.communicate()
        if ran.returncode:
            raise RuntimeError(f"{' '.join(words)} ended with {ran.returncode}: {out.decode()}")
        return json.loads(out)

    async def key(self, scope: str, *words: str) -> dict[str, str]:
        """The headers that show a fresh key."""
        named = ("--project", PROJECT, "--name", "soak", "--scope", scope)
        return {"x-api-key": (await self.run("keys", "create", *named, *words))["key"]}

    @asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        """The store itself, beside the servers."""
        async with open_store(self._with_driver, secret=SECRET) as store:
            yield store

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Callable[[Executable], Any]]:
        """Reads of the database past the store."""
        engines: Engines = open_engines(self._with_driver)
        try:
            yield engines.rows
        finally:
            await engines.dispose()

    @property
    def _with_driver(self) -> str:
        return self.database_url.replace("sqlite:///", "sqlite+aiosqlite:///")

    def environment(self) -> dict[str, str]:
        """What servers and commands are told."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("DESK_", "SLACK_"))}
        return inherited | {
            "DESK_PORT": "0",
            "DESK_DATABASE_URL": self.database_url,
            "DESK_SECRET": SECRET,
            "DESK_SLACK": "off",
            "DESK_RATE_LIMIT": "off",
            "DESK_CALLBACK_ALLOW": "127.0.0.0/8",
            **self.settings,
        }


@dataclass
class Ground:
    """Where desks are put up. `postgres` is None where there is none on this machine."""

    folder: Path
    postgres: Server | None
    _made: int = 0

    @asynccontextmanager
    async def desk(self, kind: str = SQLITE, **settings: str) -> AsyncIterator[Desk]:
        """A fresh desk with its people, not started; everything of it ends with the block."""
        self._made += 1
        folder = self.folder / f"desk-{self._made}"
        folder.mkdir()
        (folder / "desk.yml").write_text(_team())
        with self._database(kind, folder) as url:
            desk = Desk(folder, url, settings)
            try:
                await desk.run("apply", str(folder / "desk.yml"))
                yield desk
            finally:
                await desk.stop()

    @contextmanager
    def _database(self, kind: str, folder: Path) -> Iterator[str]:
        if kind == SQLITE:
            yield f"sqlite:///{folder}/desk.db"
            return
        assert self.postgres is not None
        with self.postgres.database() as name:
            yield self.postgres.at(name)

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """Databases and how many servers share each."""
        return [(SQLITE, 1), *([] if self.postgres is None else [(POSTGRESQL, 3)])]


@contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """Ground with a PostgreSQL of its own, where Debian's binaries are there."""
    found = binaries()
    if found is None:
        yield Ground(folder, None)
        return
    with started(found) as server:
        yield Ground(folder, server)


async def fill(
    store: Store, count: int, expires_at: Callable[[int], datetime | None] = lambda _: None
) -> list[ApprovalRequest]:
    """So many requests, past the door."""
    approvals, numbers = Approvals(store, Silent()), iter(range(count))
    made: list[ApprovalRequest] = []

    async def submit() -> None:
        for n in numbers:
            made.append((await approvals.submit(a_submit(expires_at(n)))).request)

    await asyncio.gather(*(submit() for _ in range(AT_ONCE)))
    return made


def a_submit(expires_at: datetime | None) -> Submit:
    """What an agent asks."""
    return Submit(
        caller=Caller(PROJECT, KeyId("soak"), "soak"),
        dialect=Dialect.HUMANCHECK,
        agent_id="soak",
        request_type="judgment",
        domain="legal",
        jurisdiction=None,
        title="Renew the contract",
        summary="Renew the supply contract for 36 months.",
        expires_at=expires_at,
    )


ASKED = {
    "agent_id": "soak",
    "request_type": "judgment",
    "domain": "legal",
    "jurisdiction": "FR",
    "summary": "Renew the supply contract for 36 months.",
}
"""What an agent asks through the door (`POST /ai-request`)."""


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "cli", *words]
