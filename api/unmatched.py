"""What no route answers: unknown addresses and methods, and requests that are no HTTP.

Each is answered in the shape of whoever owns the prefix.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from aiohttp import http_exceptions, web
from aiohttp.typedefs import Handler, Middleware

from api.answers import answer
from api.connections import Malformed
from api.ops import Mount
from api.parts import ApiDesk
from api.problems import UNEXPECTED, ErrorShape, Problem

_SHOWN = 200

_INSTEAD: Mapping[str, str] = {
    "/desk/v1/requests": "requests are made (POST) and listed (GET) at /ai-request, /api/v1/requests,"
    " /reviews or /v1/reviews, and read here by any form of their id: /desk/v1/requests/{id}",
}
"""Where what is looked for in vain is to be found."""

_UNREAD: Mapping[type[BaseException], str] = {
    http_exceptions.LineTooLong: "a line of it is too long",
    http_exceptions.InvalidHeader: "a header of it is malformed",
    http_exceptions.InvalidURLError: "its address is malformed",
    http_exceptions.BadHttpMethod: "its method is malformed",
    http_exceptions.BadStatusLine: "its first line is malformed",
    http_exceptions.ContentLengthError: "its length is not what it says",
    http_exceptions.TransferEncodingError: "its framing is malformed",
}


class Shapes:
    """Whose words an answer is in, by its address."""

    def __init__(self, mounts: Sequence[Mount], fallback: ErrorShape) -> None:
        self._fallback = fallback
        self._shapes = sorted(
            ((prefix, mount.shape) for mount in mounts for prefix in mount.prefixes),
            key=lambda pair: len(pair[0]),
            reverse=True,
        )

    def of(self, path: str) -> ErrorShape:
        """The shape of whoever owns the address, ours where nobody does."""
        owners = (shape for prefix, shape in self._shapes if path == prefix or path.startswith(f"{prefix}/"))
        return next(owners, self._fallback)


def shaping(shapes: Shapes, desk: ApiDesk, number: Callable[[], str]) -> Middleware:
    """The middleware that words them. What other applications beside this one do not know is theirs."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        match = request.match_info
        if match.http_exception is None or len(match.apps) > 1:
            return await handler(request)
        if _lost_browser(request):
            return web.Response(status=302, headers={"Location": desk.config.front})
        return _worded(shapes, desk, number(), request.path, _problem(request, match.http_exception))

    return middleware


def malformed(shapes: Shapes, desk: ApiDesk, number: Callable[[], str]) -> Malformed:
    """How a request is answered that is no HTTP, or whose handling failed where nobody foresaw it."""

    def answered(path: str, status: int, error: BaseException | None) -> web.Response:
        if status >= 500:
            problem = UNEXPECTED
        else:
            issue = next(
                (words for kind, words in _UNREAD.items() if isinstance(error, kind)), "it is malformed"
            )
            problem = Problem(status, "malformed_http", f"This request cannot be read as HTTP: {issue}.")
        return _worded(shapes, desk, number(), path, problem)

    return answered


def _worded(shapes: Shapes, desk: ApiDesk, call_id: str, path: str, problem: Problem) -> web.Response:
    response = answer(shapes.of(path)(problem, call_id, desk.clock()), problem.status)
    response.headers.update({"X-Request-Id": call_id, **problem.headers})
    return response


def _lost_browser(request: web.Request) -> bool:
    """Whether a person opened the desk's bare address, as `serve` prints it."""
    return (
        request.path == "/" and request.method == "GET" and "text/html" in request.headers.get("Accept", "")
    )


def _problem(request: web.Request, error: web.HTTPException) -> Problem:
    where = f"{request.method} {request.path}"[:_SHOWN]
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        message = f"{where}: method not allowed; use {allowed}."
        return Problem(405, "method_not_allowed", message, headers={"Allow": allowed})
    instead = _INSTEAD.get(request.path, "see /docs for all of them")
    return Problem(404, "not_found", f"{where}: no such route; {instead}.")
