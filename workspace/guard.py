"""Keeps the workspace to this machine: loopback names only, and no foreign pages pulling strings."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SAFE = ("GET", "HEAD", "OPTIONS")


def is_loopback(host: str) -> bool:
    """Whether a Host value (with or without port) names this machine by a loopback name."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_local_peer(request: web.Request) -> bool:
    """Whether the connection itself comes from this machine."""
    if request.remote is None:
        return True
    try:
        address = ipaddress.ip_address(request.remote)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def is_foreign(request: web.Request) -> bool:
    """Whether a state-changing request comes from another site's page."""
    if request.method in SAFE:
        return False
    origin = request.headers.get("Origin")
    if origin is not None:
        return urlsplit(origin).netloc != request.host
    return request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests that did not come from this machine, under a loopback name."""
    if not is_loopback(request.host) or not is_local_peer(request):
        raise web.HTTPForbidden(text="the workspace answers on loopback addresses only\n")
    if is_foreign(request):
        raise web.HTTPForbidden(text="requests from other origins are refused\n")
    return await handler(request)
