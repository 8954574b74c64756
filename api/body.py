"""The body of a request, from the socket to a JSON object: size first, then encoding, then content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from aiohttp import web
from aiohttp.hdrs import CONTENT_ENCODING, EXPECT
from aiohttp.http_exceptions import BadHttpMessage

from api import strict
from api.ops import Call
from api.problems import Fault, Problem, Refused, fault
from approvals.model import Json


@dataclass(frozen=True, slots=True)
class Body:
    """A JSON object as it was sent."""

    value: dict[str, Json]

    def sha256(self) -> str:
        """The hash under which two bodies count as the same: that of the canonical form."""
        return hashlib.sha256(strict.canonical(self.value)).hexdigest()


async def json_object(call: Call) -> Body:
    """The body as a JSON object. Raises Refused: 400, 413 or 415."""
    if call.body is None:
        value = strict.read(await _bytes(call.request, call.desk.config.max_body))
        if not isinstance(value, dict):
            raise fault("body", "must be a JSON object", 'send {"…": …}')
        call.body = value
    return Body(call.body)


async def json_object_if_any(call: Call) -> Body:
    """As `json_object`, but nothing at all reads as `{}`."""
    if call.body is None and not call.request.body_exists:
        return Body({})
    return await json_object(call)


async def expect(request: web.Request) -> None:
    """Ask for a body that its sender holds back. One that would be refused unread is not asked for."""
    held_back = request.headers.get(EXPECT, "").lower() == "100-continue"
    if held_back and CONTENT_ENCODING not in request.headers:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        # The answer proper has not begun.
        request.writer.output_size = 0


async def _bytes(request: web.Request, limit: int) -> bytes:
    _plainly(request)
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    try:
        return await _read(request, limit)
    except (BadHttpMessage, web.RequestPayloadError) as error:
        raise fault("body", "broke off or is badly framed", "send it again") from error


async def _read(request: web.Request, limit: int) -> bytes:
    content = request.content
    body = await content.readany()
    if not content.at_eof() or len(body) > limit:
        # One growing buffer: a body that trickles in byte by byte must not be copied each time.
        grown = bytearray(body)
        while len(grown) <= limit and not content.at_eof():
            grown += await content.readany()
        if len(grown) > limit:
            raise _too_large(limit)
        return bytes(grown)
    return body


def _plainly(request: web.Request) -> None:
    encoding = request.headers.get(CONTENT_ENCODING, "identity")
    if encoding.strip().lower() != "identity":
        blamed = Fault("Content-Encoding", f"{encoding[:40]!r} is not read", "send the body as it is")
        raise Refused(Problem(415, "unsupported_encoding", f"{blamed.field} {blamed.words}", (blamed,)))


def _too_large(limit: int) -> Refused:
    blamed = Fault("body", f"is larger than {limit} bytes", "send less, or a link to it")
    return Refused(Problem(413, "too_large", f"{blamed.field} {blamed.words}", (blamed,)))
