"""What stands around a desk in a journey: a local Slack, a receiver of callbacks, an HTTP client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from tests.ports import unused_port
from workspace import Seed, Workspace, build
from workspace.driver import Person

PATIENCE_S = 20


@dataclass(frozen=True)
class Received:
    """A callback as it arrived."""

    headers: dict[str, str]
    body: bytes

    def verified(self, secret: str) -> Any:
        """Its JSON, if the official library accepts the signature."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """Takes callbacks on loopback; `answers` are the statuses to give, then 204."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    arrived: asyncio.Queue[Received] = field(default_factory=asyncio.Queue)

    async def take(self, request: web.Request) -> web.Response:
        """One POST."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.arrived.put_nowait(Received(headers, await request.read()))
        return web.Response(status=self.answers.pop(0) if self.answers else 204)

    async def next(self) -> Received:
        """The next callback."""
        return await asyncio.wait_for(self.arrived.get(), PATIENCE_S)


@dataclass
class World:
    """Everything around the desk."""

    workspace: Workspace
    receiver: Receiver
    http: aiohttp.ClientSession

    def person(self, email: str) -> Person:
        """Somebody in front of the local Slack."""
        return Person(self.workspace.base_url, email, self.http)

    def slack(self, transport: str) -> dict[str, str]:
        """The settings with which a desk reaches this Slack."""
        return {
            "DESK_SLACK": transport,
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_APP_TOKEN": self.workspace.app_token,
            "SLACK_SIGNING_SECRET": self.workspace.signing_secret,
            "SLACK_API_URL": self.workspace.api_url,
        }


@asynccontextmanager
async def served(app: web.Application, port: int) -> AsyncIterator[None]:
    """An application on a loopback port."""
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """A Slack with Marie and Claire in it, and a receiver."""
    slack_port, callback_port = unused_port(), unused_port()
    workspace = Workspace(Seed.default(), base_url=f"http://127.0.0.1:{slack_port}/workspace")
    workspace.ensure_user(
        email="marie@example.com", name="Marie Dupont", locale="fr-CA", tz="America/Toronto"
    )
    workspace.ensure_user(
        email="claire@example.com", name="Claire Fontaine", locale="en-US", tz="Europe/Paris"
    )
    for channel in ("#desk-ops", "#legal-approvals"):
        workspace.ensure_channel(channel)
    root = web.Application()
    root.add_subapp("/workspace", build(workspace))
    receiver = Receiver(f"http://127.0.0.1:{callback_port}/callback")
    callbacks = web.Application()
    callbacks.router.add_post("/callback", receiver.take)
    async with served(root, slack_port), served(callbacks, callback_port), aiohttp.ClientSession() as http:
        yield World(workspace, receiver, http)
