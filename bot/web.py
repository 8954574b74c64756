"""Where Slack and the desk meet: one route over HTTP, or a socket; and the connections outwards."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from approvals.errors import StoreUnavailable
from bot.app import build_bolt
from bot.config import BotConfig, BotDesk
from bot.directory import Known
from bot.front import front_of
from bot.language import read_catalogues
from bot.notifier import Notifier
from bot.reconciler import Reconciler
from bot.signatures import genuine
from bot.slack_api import SlackApi
from bot.sockets import socket
from bot.turns import Turns

log = logging.getLogger(__name__)

EVENTS_PATH = "/slack/events"

LARGEST_BODY = 2 * 1024 * 1024
"""A submitted view comes back whole: 250 KB of it, percent-encoded."""

SILENCES = (aiohttp.ClientError, TimeoutError, OSError)

ACK_PATH_S = 2.0
"""How long a call to Slack may take while a person waits: three seconds are all there is."""

SIGHT_S = 0.4
"""How long the question whether a delivery is new may take of that."""

WORKER_S = 10.0

DRAIN_S = 5.0


class Slack:
    """The Slack door. Mount it, and keep it connected while the application serves."""

    def __init__(self, config: BotConfig, desk: BotDesk) -> None:
        self._config = config
        self._desk = desk
        catalogues, known = read_catalogues(), Known()
        # Two connections: what a person waits for must not wait behind the outbox.
        self._quick = AsyncWebClient(config.bot_token, config.api_url)
        self._steady = AsyncWebClient(config.bot_token, config.api_url, retry_handlers=[])
        self._front = front_of(desk, self._api(self._quick), catalogues, known)
        self._bolt = build_bolt(config, self._front, AsyncWebClient(base_url=config.api_url))
        steady = self._api(self._steady, Turns(desk.pacing, desk.clock))
        behind = front_of(desk, steady, catalogues, known)
        self.notifier = Notifier(desk, steady, behind.reader, behind.places, self._front.homes)
        self.reconciler = Reconciler(desk)

    def mount(self, app: web.Application) -> None:
        """Add the route of HTTP mode, and the connections that live as long as the application."""
        app.cleanup_ctx.append(self._sessions)
        if self._config.transport == "http":
            app.router.add_post(EVENTS_PATH, self.receive)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Receive over a socket, where that is how Slack is reached; at the end listeners may finish."""
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self._front.drain, DRAIN_S)
            if self._config.transport == "socket":
                await stack.enter_async_context(socket(self._config, self._bolt))
            yield

    async def receive(self, request: web.Request) -> web.Response:
        """One delivery: 401 unless Slack signed it just now, 200 without effect if it was here before."""
        body = await _body(request)
        signature = genuine(self._config.signing_secret or "", request.headers, body, self._desk.clock())
        if signature is None:
            log.warning("refused a delivery that Slack did not sign, or not now")
            return web.json_response({"error": "invalid request"}, status=401)
        if not await self._first_sight(signature):
            return web.Response()
        try:
            return await self._dispatch(request, body.decode(errors="replace"))
        except Exception:
            # Signed, and still nothing that Bolt can read: it says so by raising whatever comes.
            log.exception("a delivery of Slack's could not be read")
            return web.json_response({"error": "unreadable"}, status=400)

    async def _dispatch(self, request: web.Request, body: str) -> web.Response:
        headers: dict[str, str | Sequence[str]] = dict(request.headers)
        bolt_request = AsyncBoltRequest(body=body, query=request.query_string, headers=headers)
        return await to_aiohttp_response(await self._bolt.async_dispatch(bolt_request))

    async def _first_sight(self, signature: str) -> bool:
        """Whether this delivery is new.

        Where the database does not say so in time it counts as new: what the gesture asks for fails on
        the same database and says so to the person, or meets a request that is decided already.
        """
        looking = asyncio.ensure_future(self._desk.cards.first_sight("signature", signature))
        self._front.holding(looking)
        try:
            return await asyncio.wait_for(asyncio.shield(looking), SIGHT_S)
        except (TimeoutError, StoreUnavailable):
            return True

    def _api(self, client: AsyncWebClient, turns: Turns | None = None) -> SlackApi:
        return SlackApi(client, SILENCES, strict=self._config.strict, turns=turns)

    async def _sessions(self, app: web.Application) -> AsyncIterator[None]:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ACK_PATH_S)) as quick,
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=WORKER_S)) as steady,
        ):
            self._quick.session, self._steady.session = quick, steady
            yield


async def _body(request: web.Request) -> bytes:
    """The raw bytes; 413 where there are too many. The application's own limit is for the API."""
    read = bytearray()
    async for chunk in request.content.iter_any():
        read += chunk
        if len(read) > LARGEST_BODY:
            raise web.HTTPRequestEntityTooLarge(LARGEST_BODY, len(read))
    return bytes(read)
