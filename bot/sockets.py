"""Socket Mode: one websocket to Slack, kept connected for as long as the desk serves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.config import BotConfig

PING_S = 10.0
"""How often the connection is tried; after four silent ones the SDK takes it for dead and connects anew."""


@asynccontextmanager
async def socket(config: BotConfig, bolt: AsyncApp) -> AsyncIterator[None]:
    """Receive over a socket while the block runs.

    It connects in the background: a desk whose Slack is down answers its API all the same.
    """
    web_client = AsyncWebClient(base_url=config.api_url)
    handler = AsyncSocketModeHandler(bolt, config.app_token, web_client=web_client, ping_interval=PING_S)
    tasks = [asyncio.create_task(_connect(handler.client)), asyncio.create_task(_renew(handler.client))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await handler.client.close()  # type: ignore[no-untyped-call]


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
