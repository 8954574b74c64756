"""What the desk's Slack door is measured against: a Bolt app that acknowledges at once and does nothing.

Run as a process: `python -m bench.bare_bolt http|socket`. Its first line of output is its URL.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient


async def at_once(ack: AsyncAck) -> None:
    """Nothing but the acknowledgement."""
    await ack()


async def serve(transport: str) -> None:
    """Serve until the process is ended."""
    client = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], os.environ["SLACK_API_URL"])
    app = AsyncApp(client=client, signing_secret=os.environ["SLACK_SIGNING_SECRET"])
    app.action(re.compile(".*"))(at_once)

    async def receive(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    door = web.Application()
    door.router.add_post("/slack/events", receive)
    runner = web.AppRunner(door, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(os.environ["DESK_PORT"])).start()
    if transport == "socket":
        handler = AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"], web_client=client)
        await handler.connect_async()  # type: ignore[no-untyped-call]
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
