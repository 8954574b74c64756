"""What the desk is measured against: an aiohttp handler that reads the body and keeps nothing.

Run as a process: `python -m bench.bare`. Its first line of output is its URL.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

ANSWER = b'{"ok":true,"request_id":"00000000-0000-4000-8000-000000000000","status":"assigned"}'


async def create(request: web.Request) -> web.Response:
    """Read, and answer the same each time."""
    await request.read()
    return web.Response(body=ANSWER, content_type="application/json")


async def serve() -> None:
    """Serve on a free port of loopback until the process is ended."""
    app = web.Application()
    app.router.add_post("/ai-request", create)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
