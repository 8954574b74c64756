"""Socket Mode: one websocket to Slack, kept connected for as long as the desk serves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.config import BotConfig

Welcome = Callable[[Mapping[str, Any]], Awaitable[bool]]
"""Whether what Slack sends is for us."""

PING_S = 5.0
"""How often the connection is tried; after four silent ones the SDK takes it for dead and connects anew."""


@asynccontextmanager
async def socket(
    config: BotConfig, bolt: AsyncApp, welcome: Welcome, told: Callable[[str], None]
) -> AsyncIterator[None]:
    """Receive over a socket while the block runs; `told` hears which app Slack takes us for.

    It connects in the background: a desk whose Slack is down answers its API all the same.
    """
    web_client = AsyncWebClient(base_url=config.api_url)
    handler = _Handler(bolt, config.app_token, web_client=web_client, ping_interval=PING_S)
    handler.welcome = welcome
    handler.client.message_listeners.append(_greeted(told))
    tasks = [asyncio.create_task(_connect(handler.client)), asyncio.create_task(_renew(handler.client))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await handler.client.close()  # type: ignore[no-untyped-call]


class _Handler(AsyncSocketModeHandler):
    """Bolt's, but that what is not for us is acknowledged, so that it does not come again, and dropped."""

    welcome: Welcome

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        if await self.welcome(req.payload):
            await super().handle(client, req)
        else:
            await client.send_socket_mode_response(SocketModeResponse(envelope_id=req.envelope_id))


def _greeted(told: Callable[[str], None]) -> Callable[[Any, dict[str, Any], str | None], Awaitable[None]]:
    """What listens to Slack's `hello`, which names the app whose token opened the socket."""

    async def greeted(client: Any, message: dict[str, Any], raw: str | None) -> None:
        app = (message.get("connection_info") or {}).get("app_id") if message.get("type") == "hello" else None
        if isinstance(app, str):
            told(app)

    return greeted


async def _connect(client: SocketModeClient) -> None:
    await client.connect()  # type: ignore[no-untyped-call]


async def _renew(client: SocketModeClient) -> None:
    """Let no attempt use an old address.

    An address from Slack works once and not for long, and the SDK tries the one that it has for ever.
    """
    while True:
        await asyncio.sleep(2 * PING_S)
        if not await client.is_connected():
            client.wss_uri = None
