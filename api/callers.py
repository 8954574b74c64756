"""From which address a call comes: the socket's, or what a proxy that is trusted says of it.

Each proxy writes whom it heard at the end of `X-Forwarded-For`. What stands before the first that none
of ours heard, from the end, is the client's own word and counts for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aiohttp import web
from multidict import istr

from approvals.addresses import Address, Network, address, within

_FORWARDED = istr("X-Forwarded-For")
_WITH_PORT = re.compile(r"\[(?P<six>[^\[\]]+)\](?::[0-9]{1,5})?|(?P<four>[0-9.]+):[0-9]{1,5}")


def client(request: web.Request, trusted: Sequence[Network]) -> Address | None:
    """The client's address; None where a trusted proxy does not say it, or nobody knows it."""
    found, heard = address(request.remote or ""), _heard(request)
    if not heard and within(found, trusted):
        return None
    for text in heard:
        if not within(found, trusted):
            break
        found = _written(text)
    return found


def _heard(request: web.Request) -> list[str]:
    """Whom the proxies heard, the nearest first."""
    lines = request.headers.getall(_FORWARDED, ())
    return [part.strip() for line in lines for part in line.split(",")][::-1]


def _written(text: str) -> Address | None:
    found = _WITH_PORT.fullmatch(text)
    return address(text if found is None else found["six"] or found["four"])
