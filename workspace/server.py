"""Puts the workspace on HTTP: one aiohttp application, to be mounted under a prefix or run alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

from workspace.consent_page import ConsentPage
from workspace.control.body import plain_refusals
from workspace.control.routes import Control
from workspace.courier import Courier
from workspace.events import Events
from workspace.front import Front
from workspace.guard import guard
from workspace.response_route import ResponseRoute
from workspace.snapshot import Snapshots
from workspace.space import Workspace
from workspace.webapi.route import WebApi

LARGEST_BODY = 4 * 1024 * 1024


def build(ws: Workspace) -> web.Application:
    """The application of a workspace; starting it starts deliveries and snapshots, stopping it stops them."""
    courier = Courier(ws)
    events = Events(ws, courier)
    app = web.Application(middlewares=[guard, plain_refusals], client_max_size=LARGEST_BODY)
    api, control, front = WebApi(ws), Control(ws, courier, events), Front(ws)
    app.router.add_route("GET", "/api/{method}", api.handle)
    app.router.add_route("POST", "/api/{method}", api.handle)
    app.router.add_post("/response/{token:.+}", ResponseRoute(ws).handle)
    app.router.add_get("/socket/{ticket}", SocketRoute(ws).handle)
    control.add_to(app.router)
    front.add_to(app.router)
    ConsentPage(ws).add_to(app.router)

    async def running(_: web.Application) -> AsyncIterator[None]:
        snapshots = Snapshots(ws)
        async with aiohttp.ClientSession() as session:
            courier.session = session
            snapshots.start()
            yield
            await ws.stop_tasks()
            courier.session = None
        snapshots.stop()

    async def shut(_: web.Application) -> None:
        control.shut()
        await ws.sockets.disconnect("link_disabled")

    app.cleanup_ctx.append(running)
    app.on_shutdown.append(shut)
    return app


class SocketRoute:
    """`/socket/{ticket}`: the websocket of Socket Mode."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Accept a connection whose ticket is good; 401 otherwise."""
        if self._ws.out or not self._ws.sockets.redeem(request.match_info["ticket"]):
            raise web.HTTPUnauthorized(text="link is expired or was used\n")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        transport = request.transport
        cut = transport.abort if transport else _nothing
        await self._ws.sockets.serve(socket, cut, self._ws.app.id, request.host)
        return socket


def _nothing() -> None:
    """There is no connection to cut any more."""
