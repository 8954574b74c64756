"""Addresses and methods that no route has: answered in the shape of whoever owns the prefix."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from api.answers import answer
from api.ops import Mount
from api.parts import ApiDesk
from api.problems import ErrorShape, Problem

_SHOWN = 200


def shaping(
    mounts: Sequence[Mount], fallback: ErrorShape, desk: ApiDesk, number: Callable[[], str]
) -> Middleware:
    """The middleware that words them. What other applications beside this one do not know is theirs."""
    shapes = sorted(
        ((prefix, mount.shape) for mount in mounts for prefix in mount.prefixes),
        key=lambda pair: len(pair[0]),
        reverse=True,
    )

    def shape_of(path: str) -> ErrorShape:
        owners = (shape for prefix, shape in shapes if path == prefix or path.startswith(f"{prefix}/"))
        return next(owners, fallback)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        match = request.match_info
        if match.http_exception is None or len(match.apps) > 1:
            return await handler(request)
        problem, call_id = _problem(request, match.http_exception), number()
        response = answer(shape_of(request.path)(problem, call_id, desk.clock()), problem.status)
        response.headers.update({"X-Request-Id": call_id, **problem.headers})
        return response

    return middleware


def _problem(request: web.Request, error: web.HTTPException) -> Problem:
    where = f"{request.method} {request.path}"[:_SHOWN]
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        message = f"{where}: method not allowed; use {allowed}."
        return Problem(405, "method_not_allowed", message, headers={"Allow": allowed})
    return Problem(404, "not_found", f"{where}: no such route; see /docs for all of them.")
