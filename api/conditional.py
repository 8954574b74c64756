"""Conditional GETs: a tag for what is told of one thing, and 304 for whoever has been told already.

Source: RFC 9110, sections 8.8.3 and 13.1.2. The tags are weak: two answers that say the same of the
request may differ in what they say of the call.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from aiohttp import ETag, web

Essence = Callable[[bytes], bytes]
"""Of an answer's body, the part that is about the thing that was asked for."""

_ANY = "*"
_KEPT = "private, no-cache"
"""A client may keep it for itself, and asks each time whether it still holds."""


def whole(body: bytes) -> bytes:
    """All of it."""
    return body


def conditional(request: web.Request, response: web.Response, essence: Essence) -> web.Response:
    """The answer with its tag; 304 without a body where the client shows that tag."""
    if response.status != 200 or not isinstance(response.body, bytes):
        return response
    tag = ETag(hashlib.sha256(essence(response.body)).hexdigest()[:32], is_weak=True)
    if _known(request, tag.value):
        response = web.Response(status=304, headers={"Server": response.headers["Server"]})
    response.etag = tag
    response.headers["Cache-Control"] = _KEPT
    return response


def _known(request: web.Request, value: str) -> bool:
    return any(shown.value in {_ANY, value} for shown in request.if_none_match or ())
