"""JSON in and out of the control API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from workspace.refusal import NotPossible, Refused
from workspace.wire import Json, decode, encode

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def body_of(request: web.Request) -> Json:
    """The JSON object in the request; 415 unless it is declared as JSON, 400 when it is not an object."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="send application/json\n")
    try:
        value = decode(await request.read() or b"{}")
    except ValueError as broken:
        raise web.HTTPBadRequest(text="not JSON\n") from broken
    if not isinstance(value, dict):
        raise web.HTTPBadRequest(text="not a JSON object\n")
    return value


def json_answer(value: object, status: int = 200) -> web.Response:
    """A JSON answer that nobody caches."""
    return web.Response(
        body=encode(value),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


@web.middleware
async def plain_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 409 with `{error, detail}` for what a person cannot do, 400 for what is refused."""
    try:
        return await handler(request)
    except NotPossible as impossible:
        return json_answer({"error": impossible.error, "detail": impossible.detail}, 409)
    except Refused as refused:
        return json_answer(refused.body(), 400)
