"""A strict workspace on a free loopback port, with or without a real Bolt app behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.ports import unused_port
from workspace import Seed, Workspace, build
from workspace.driver import Operator, Person

CLAIRE, AMIR, CAMILLE, KENJI = "U0CLAIRE01", "U0AMIR0001", "U0CAMILLE1", "U0KENJI001"
ADA, GUEST, LEFT, STRANGER, INGRID = "U0ADA00001", "U0GUEST001", "U0LEFT0001", "U0STRANGE1", "W0INGRID01"
LEGAL, GENERAL, BOARD, RANDOM = "C0LEGAL001", "C0GENERAL1", "C0BOARD001", "C0RANDOM01"
ARCHIVED, SHARED = "C0ARCHIVE1", "C0SHARED01"
HOME_TEAM, GRID_TEAM = "T0ACME0001", "T0NORDLYS1"


@asynccontextmanager
async def serving(app: web.Application, port: int) -> AsyncIterator[None]:
    """Serve an application on a loopback port."""
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


@dataclass
class Desk:
    """A running workspace and the clients that a test needs."""

    ws: Workspace
    session: aiohttp.ClientSession
    client: AsyncWebClient
    operator: Operator
    app: AsyncApp | None = None
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    def person(self, user: str) -> Person:
        return Person(self.ws.base_url, user, self.session)

    def web_client(self, token: str | None) -> AsyncWebClient:
        return AsyncWebClient(token=token, base_url=self.ws.api_url, session=self.session)

    async def call(self, method: str, token: str | None = "", **args: object) -> dict[str, object]:
        """A Web API call as JSON, whatever it answers."""
        headers = {"Authorization": f"Bearer {self.ws.bot_token if token == '' else token}"}
        if token is None:
            headers = {}
        url = self.ws.api_url + method
        async with self.session.post(url, json=args, headers=headers) as response:
            return await response.json() | {"http": response.status, "headers": dict(response.headers)}


Start = Callable[..., Awaitable[Desk]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts workspaces: `await start(seed=..., app=configure, mode="http" | "socket")`."""
    async with AsyncExitStack() as stack:

        async def begin(
            *,
            seed: Seed | None = None,
            configure: Callable[[AsyncApp], None] | None = None,
            mode: str = "http",
            state_path: Path | None = None,
            request_url: str | None = None,
            **facts: object,
        ) -> Desk:
            port, app_port = unused_port(), unused_port()
            if configure and mode == "http":
                request_url = f"http://127.0.0.1:{app_port}/slack/events"
            ws = Workspace(
                seed or Seed.strict(),
                base_url=f"http://127.0.0.1:{port}",
                request_url=request_url,
                state_path=state_path,
                **facts,
            )
            await stack.enter_async_context(serving(build(ws), port))
            session = await stack.enter_async_context(aiohttp.ClientSession())
            client = AsyncWebClient(token=ws.bot_token, base_url=ws.api_url, session=session)
            desk = Desk(ws, session, client, Operator(ws.base_url, session))
            if configure:
                desk.app = bolt_app(ws, session)
                configure(desk.app)
                await stack.enter_async_context(connected(desk, mode, app_port))
            return desk

        yield begin


def bolt_app(ws: Workspace, session: aiohttp.ClientSession) -> AsyncApp:
    return AsyncApp(
        signing_secret=ws.signing_secret,
        client=AsyncWebClient(token=ws.bot_token, base_url=ws.api_url, session=session),
    )


@asynccontextmanager
async def connected(desk: Desk, mode: str, port: int) -> AsyncIterator[None]:
    """The Bolt app behind HTTP or behind a socket."""
    if mode == "http":
        server = web.Application()

        async def events(request: web.Request) -> web.Response:
            bolt_request = await to_bolt_request(request)
            return await to_aiohttp_response(await desk.app.async_dispatch(bolt_request))

        server.router.add_post("/slack/events", events)
        async with serving(server, port):
            yield
    else:
        handler = AsyncSocketModeHandler(
            desk.app, desk.ws.app_token, web_client=AsyncWebClient(base_url=desk.ws.api_url)
        )
        await handler.connect_async()
        async with asyncio.timeout(5):
            await desk.ws.sockets.wait_accepted(1)
        try:
            yield
        finally:
            await handler.close_async()


@pytest.fixture
async def desk(start: Start) -> Desk:
    """A strict workspace without an app behind it."""
    return await start()
