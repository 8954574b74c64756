"""A desk as its users run it: `sentinel-desk serve` in a process of its own, and commands beside it."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.auditing import sound
from tests.nursery import Child, spawn

SECRET = "a secret for journeys"
ANSWERS_WITHIN_S = 30
STOPS_WITHIN_S = 15

DESK_YML = """\
project: default
operations: {channel: "#desk-ops"}
domains:
  legal: {channel: "#legal-approvals"}
  finance: {reasoning: required}
  deploy: {expires_after: 2s}
sentinels:
  - name: Marie Dupont
    email: marie@example.com
    domains: [legal, finance, deploy]
    jurisdictions: [CA-QC, FR]
  - name: Claire Fontaine
    email: claire@example.com
    domains: [legal]
    tier: 2
"""


class CommandFailed(AssertionError):
    """A command ended otherwise than it should."""


@dataclass
class DeskProcess:
    """The environment of one desk, and its server while it runs. `url` is known once it answers."""

    folder: Path
    environment: dict[str, str]
    url: str = ""
    server: Child | None = None
    log: Path = field(init=False)
    answering: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.log = self.folder / "serve.log"

    @property
    def database_url(self) -> str:
        """Where everything is kept, as the store is told."""
        return self.environment["DESK_DATABASE_URL"]

    async def start(self) -> None:
        """Start `serve` and wait until it says that it answers."""
        port = {"DESK_PORT": self.url.rpartition(":")[2]} if self.url else {}
        self.server = await spawn(["serve", "--json"], self.environment | port, self.log)
        line = await asyncio.wait_for(self.server.line(), ANSWERS_WITHIN_S)
        if not line:
            raise CommandFailed(self.log.read_text()[-4000:])
        self.url = json.loads(line)["url"]
        self.answering.set()

    async def stop(self) -> int:
        """SIGTERM; the exit code."""
        return await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """SIGKILL: nothing is said, nothing is finished."""
        await self._end(signal.SIGKILL)

    async def _end(self, number: signal.Signals) -> int:
        self.answering.clear()
        server, self.server = self.server, None
        if server is None:
            return 0
        if server.returncode is None:
            server.send_signal(number)
        return await asyncio.wait_for(server.wait(), STOPS_WITHIN_S)

    async def run(self, *words: str) -> Any:
        """A command beside the server, with `--json`; what it printed."""
        log = self.folder / f"command-{secrets.token_hex(4)}.log"
        ran = await spawn([*words, "--json"], self.environment, log)
        out = await ran.output()
        if ran.returncode:
            raise CommandFailed(f"{' '.join(words)}: {log.read_text()}{out.decode()}")
        return json.loads(out)

    async def key(self, *scopes: str, **options: str) -> str:
        """A fresh key's text."""
        words = [word for scope in scopes for word in ("--scope", scope)]
        words += [word for name, value in options.items() for word in (f"--{name}", value)]
        made = await self.run("keys", "create", "--project", "default", "--name", "journey", *words)
        return str(made["key"])


@asynccontextmanager
async def desk_process(
    folder: Path, database_url: str | None = None, desk_yml: str = DESK_YML, **settings: str
) -> AsyncIterator[DeskProcess]:
    """A desk that is configured and has its roster applied, not yet started; stopped at the end."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("DESK_", "SLACK_"))}
    file = folder / "desk.yml"
    file.write_text(desk_yml)
    desk = DeskProcess(
        folder,
        plain
        | {
            "DESK_PORT": "0",
            "DESK_SECRET": SECRET,
            "DESK_DATABASE_URL": database_url or f"sqlite+aiosqlite:///{folder}/desk.db",
            "DESK_CONFIG": str(file),
            "DESK_CALLBACK_ALLOW": "127.0.0.0/8",
            "DESK_SLACK": "off",
        }
        | settings,
    )
    try:
        await desk.run("apply", str(file))
        yield desk
        await desk.kill()
        await sound(desk.database_url)
    finally:
        await desk.kill()
