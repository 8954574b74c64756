"""Where Slack and the desk meet: one route over HTTP, or a socket; and the connections outwards."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from approvals.errors import StoreUnavailable
from approvals.installations import Installation, Workspace
from bot import install_pages, installing
from bot.app import build_bolt
from bot.branches import Branch, Branches, Carriers, ManyBranches, OneBranch
from bot.busy import Busy
from bot.config import BotConfig, BotDesk, OAuth
from bot.directory import Known
from bot.front import Front, front_of
from bot.language import read_catalogues
from bot.manifest import EVENTS_PATH, INSTALL_PATH, REDIRECT_PATH
from bot.notifier import Notifier
from bot.pin import Pin
from bot.reconciler import Reconciler
from bot.signatures import genuine
from bot.slack_api import SlackApi
from bot.sockets import socket
from bot.tokens import Line, Tokens
from bot.turns import Turns

log = logging.getLogger(__name__)

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
        self._catalogues = read_catalogues()
        self._busy = Busy()
        self._quick, self._steady = _Lines(ACK_PATH_S), _Lines(WORKER_S)
        self._flow: installing.Flow | None = None
        self._pin = Pin(config.app_id, None if config.oauth is None else self._installed_app)
        branches = self._one() if config.oauth is None else self._many(config.oauth)
        self._bolt = build_bolt(desk, branches, AsyncWebClient(base_url=config.api_url), self._flow)
        self.notifier = Carriers(desk, branches)
        self.reconciler = Reconciler(desk)

    def mount(self, app: web.Application) -> None:
        """Add the routes, and the connections that live as long as the application."""
        app.cleanup_ctx.append(self._quick.opened)
        app.cleanup_ctx.append(self._steady.opened)
        if self._config.transport == "http":
            app.router.add_post(EVENTS_PATH, self.receive)
        if self._flow is not None:
            app.router.add_get(INSTALL_PATH, self.install)
            app.router.add_get(REDIRECT_PATH, self.come_back)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Receive over a socket, where that is how Slack is reached; at the end listeners may finish."""
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self._busy.drain, DRAIN_S)
            if self._config.transport == "socket":
                heard = socket(self._config, self._bolt, self._welcome, self._pin.learn)
                await stack.enter_async_context(heard)
            yield

    async def receive(self, request: web.Request) -> web.Response:
        """One delivery: 401 unless Slack signed it just now for this app; a repetition is 200 and no more."""
        body = await _body(request)
        signature = genuine(self._config.signing_secrets, request.headers, body, self._desk.clock())
        if signature is None:
            log.warning("refused a delivery that Slack did not sign, or not now")
            self._desk.refused("signature")
            return _not_ours()
        try:
            delivered = _read(request, body.decode(errors="replace"))
            if not await self._welcome(delivered.body):
                return _not_ours()
            if not await self._first_sight(signature):
                return web.Response()
            return await to_aiohttp_response(await self._bolt.async_dispatch(delivered))
        except Exception:
            # Signed, and still nothing that Bolt can read: it says so by raising whatever comes.
            log.exception("a delivery of Slack's could not be read")
            return web.json_response({"error": "unreadable"}, status=400)

    async def install(self, request: web.Request) -> web.Response:
        """Send somebody to Slack, who asks them whether the app may."""
        flow = self._flow
        assert flow is not None  # there is no route without it
        return await to_aiohttp_response(await flow.handle_installation(await to_bolt_request(request)))

    async def come_back(self, request: web.Request) -> web.Response:
        """Somebody comes back from Slack, with a code or without."""
        flow = self._flow
        assert flow is not None  # there is no route without it
        try:
            return await to_aiohttp_response(await flow.handle_callback(await to_bolt_request(request)))
        except StoreUnavailable:
            page = installing.unavailable(request.headers, self._catalogues)
            return web.Response(text=page, status=503, headers=install_pages.HEADERS)

    def _one(self) -> Branches:
        """The one workspace of a static token."""
        config, known = self._config, Known()
        quick = self._quick.taking(AsyncWebClient(config.bot_token, config.api_url))
        steady = self._steady.taking(AsyncWebClient(config.bot_token, config.api_url, retry_handlers=[]))
        return OneBranch(self._branch(self._front(quick, known), steady, known))

    def _many(self, oauth: OAuth) -> Branches:
        """All workspaces in which somebody installs the app."""
        base, desk = self._config.api_url, self._desk
        alone = self._steady.taking(AsyncWebClient(base_url=base, retry_handlers=[]))
        tokens = Tokens(desk.installations, alone, oauth, desk.clock, SILENCES, self._busy.holding)

        def make(installation: Installation, place: Workspace, face: Front | None) -> Branch:
            known = Known(home=place)
            # An organisation's token works in many workspaces: each call says in which.
            team = place.team if installation.team is None else None
            if face is None:
                quick = self._quick.taking(Line(tokens, place, base, team_id=team))
                face = self._front(quick, known, only=False)
            steady = self._steady.taking(Line(tokens, place, base, team_id=team, retry_handlers=[]))
            return self._branch(face, steady, known, only=False)

        self._flow = installing.flow_of(oauth, desk, alone, self._catalogues, SILENCES)
        nobody = self._quick.taking(AsyncWebClient(base_url=base))
        nowhere = self._front(nobody, Known(home=Workspace(None)), only=False)
        return ManyBranches(desk.installations, make, nowhere)

    def _branch(self, front: Front, steady: AsyncWebClient, known: Known, *, only: bool = True) -> Branch:
        """A connection of its own for messages: what a person waits for must not wait behind them."""
        place = (known.home.team or known.home.enterprise) if known.home else None
        turns = Turns(self._desk.pacing, self._desk.clock, place or "")
        behind = self._front(steady, known, only=only, turns=turns)
        notifier = Notifier(self._desk, behind.slack, behind.reader, behind.places, front.homes)
        return Branch(front, notifier)

    def _front(
        self, client: AsyncWebClient, known: Known, *, only: bool = True, turns: Turns | None = None
    ) -> Front:
        slack = SlackApi(client, SILENCES, strict=self._config.strict, turns=turns)
        return front_of(self._desk, slack, self._catalogues, known, busy=self._busy, only=only)

    async def _welcome(self, body: Mapping[str, Any]) -> bool:
        """Whether a delivery is for the app that this desk is."""
        if await self._pin.fits(body):
            return True
        log.warning("refused a delivery for another Slack app")
        self._desk.refused("app")
        return False

    async def _installed_app(self) -> str | None:
        """The app's id as Slack told it when somebody installed it; None where the database does not say."""
        try:
            return await asyncio.wait_for(self._desk.installations.app(), SIGHT_S)
        except (TimeoutError, StoreUnavailable):
            return None

    async def _first_sight(self, signature: str) -> bool:
        """Whether this delivery is new.

        Where the database does not say so in time it counts as new: what the gesture asks for fails on
        the same database and says so to the person, or meets a request that is decided already.
        """
        looking = asyncio.ensure_future(self._desk.cards.first_sight("signature", signature))
        self._busy.holding(looking)
        try:
            return await asyncio.wait_for(asyncio.shield(looking), SIGHT_S)
        except (TimeoutError, StoreUnavailable):
            return True


class _Lines:
    """Clients that share one session, which is open while the application serves."""

    def __init__(self, patience_s: float) -> None:
        self._timeout = aiohttp.ClientTimeout(total=patience_s)
        self._session: aiohttp.ClientSession | None = None
        self._clients: list[AsyncWebClient] = []

    def taking(self, client: AsyncWebClient) -> AsyncWebClient:
        """The client, once it is connected."""
        client.session = self._session
        self._clients.append(client)
        return client

    async def opened(self, app: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(timeout=self._timeout) as session:
            self._session = session
            for client in self._clients:
                client.session = session
            yield


def _read(request: web.Request, body: str) -> AsyncBoltRequest:
    """A delivery as Bolt reads it."""
    headers: dict[str, str | Sequence[str]] = dict(request.headers)
    return AsyncBoltRequest(body=body, query=request.query_string, headers=headers)


def _not_ours() -> web.Response:
    return web.json_response({"error": "invalid request"}, status=401)


async def _body(request: web.Request) -> bytes:
    """The raw bytes; 413 where there are too many. The application's own limit is for the API."""
    read = bytearray()
    async for chunk in request.content.iter_any():
        read += chunk
        if len(read) > LARGEST_BODY:
            raise web.HTTPRequestEntityTooLarge(LARGEST_BODY, len(read))
    return bytes(read)
