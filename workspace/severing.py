"""Connections that break: before the answer, or in the middle of it."""

from __future__ import annotations

from aiohttp import web


def severed(request: web.Request) -> web.Response:
    """No answer at all: the connection is cut."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)


async def cut_short(request: web.Request, body: bytes) -> web.StreamResponse:
    """The first half of a JSON answer, and then the connection is cut."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response
