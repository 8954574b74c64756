"""`DESK_INSECURE_OPEN=1`: a dialect that answers without a key, for trying it out on one's own machine.

The settings allow it on a loopback host only. A request that shows that somebody else is behind it
is refused all the same: a proxy's headers, a page of another site in a browser, a name that was
pointed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from api.problems import Problem, Refused
from approvals.keys import ANYBODY, Key, Scope
from approvals.model import KeyId, ProjectId

VISITOR = KeyId("keyless")
"""What stands in a key's place on requests that were made without one."""

PROJECT = ProjectId("default")

_SHOWN_IN = ("x-api-key", "Authorization")
_FORWARDING = ("forwarded", "x-real-ip", "via")
_FORWARDING_PREFIX = "x-forwarded-"


def shows_no_key(headers: Mapping[str, str]) -> bool:
    """Whether a request does not even try to show a key; a wrong one opens nothing."""
    return not any(name in headers for name in _SHOWN_IN)


def visitor(request: web.Request, now: datetime) -> Key:
    """Both sides of the desk at once, in the default project. Raises Refused (401)."""
    sign = next(_signs_of_others(request), None)
    if sign is not None:
        words = f"Invalid or missing API key; without one the desk answers this machine alone, and {sign}."
        raise Refused(Problem(401, "unauthorized", words, headers={"WWW-Authenticate": "Bearer"}))
    scopes = frozenset({Scope.REQUESTS, Scope.DECIDE})
    return Key(VISITOR, PROJECT, "somebody without a key", scopes, now, speaks_for=(ANYBODY,))


def _signs_of_others(request: web.Request) -> Iterator[str]:
    headers = request.headers
    for name in headers:
        if name.lower() in _FORWARDING or name.lower().startswith(_FORWARDING_PREFIX):
            yield f"the header {name[:40]} says that this request was passed on"
    if not _loopback(request.remote):
        yield "this request comes from another one"
    if not _loopback(_without_port(request.host)):
        yield "the header Host names another one"
    if headers.get("Origin", f"http://{request.host}") != f"http://{request.host}":
        yield "the header Origin names another site"
    if headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        yield "the header Sec-Fetch-Site says that another site sent this request"


def _without_port(host: str) -> str | None:
    with suppress(ValueError):
        return urlsplit(f"//{host}").hostname
    return None


def _loopback(host: str | None) -> bool:
    with suppress(ValueError):
        return ip_address(host or "").is_loopback
    return host == "localhost"
