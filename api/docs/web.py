"""`/openapi.json`, `/docs` and `/llms.txt`: open to everybody, made when first asked for, kept after that."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cached_property

import orjson
from aiohttp import ETag, web
from aiohttp.typedefs import Handler

from api.docs import llms, page
from api.docs.desk import DESK
from api.docs.hitl import HITL
from api.docs.humanapproval import HUMANAPPROVAL
from api.docs.humancheck import HUMANCHECK
from api.docs.humanlayer import HUMANLAYER
from api.docs.page import Language
from api.openapi import document
from api.ops import Mount
from approvals.model import Json

CHAPTERS = (HUMANLAYER, HUMANAPPROVAL, HUMANCHECK, HITL, DESK)

_POLICY = "; ".join(
    [
        "default-src 'none'",
        "style-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Server": "sentinel-desk",
}


class Docs:
    """The documentation of these routes."""

    def __init__(self, mounts: Sequence[Mount]) -> None:
        self._mounts = mounts

    def add(self, app: web.Application) -> None:
        """Add the routes; PATHS lists them."""
        for path, (kind, made) in self._pages.items():
            app.router.add_get(path, _serving(kind, made))
        app.router.add_get("/docs", self._in_own_language)

    @property
    def _pages(self) -> dict[str, tuple[str, Callable[[], bytes]]]:
        return {
            "/openapi.json": ("application/json", lambda: orjson.dumps(self._document)),
            "/llms.txt": ("text/plain", lambda: llms.text(self._mounts).encode()),
            "/docs/en": ("text/html", lambda: self._english),
            "/docs/fr": ("text/html", lambda: self._french),
            "/docs/style.css": ("text/css", page.STYLE.read_bytes),
        }

    @cached_property
    def _document(self) -> dict[str, Json]:
        return document(self._mounts, CHAPTERS)

    @cached_property
    def _english(self) -> bytes:
        return page.render(self._document, "en").encode()

    @cached_property
    def _french(self) -> bytes:
        return page.render(self._document, "fr").encode()

    async def _in_own_language(self, request: web.Request) -> web.Response:
        french = _prefers(request.headers.get("Accept-Language", "")) == "fr"
        response = _answer(request, "text/html", self._french if french else self._english)
        response.headers["Vary"] = "Accept-Language"
        return response


PATHS = ("/openapi.json", "/llms.txt", "/docs", "/docs/en", "/docs/fr", "/docs/style.css")
"""The routes of the documentation."""


def _serving(kind: str, made: Callable[[], bytes]) -> Handler:
    async def serve(request: web.Request) -> web.Response:
        return _answer(request, kind, made())

    return serve


def _answer(request: web.Request, kind: str, body: bytes) -> web.Response:
    tag = ETag(hashlib.sha256(body).hexdigest()[:32])
    if any(shown.value == tag.value for shown in request.if_none_match or ()):
        response = web.Response(status=304, headers=_HEADERS)
    else:
        response = web.Response(body=body, content_type=kind, charset="utf-8", headers=_HEADERS)
    response.etag = tag
    return response


def _prefers(header: str) -> Language:
    """The first of our languages that a browser names; English where it names none."""
    for part in header.split(","):
        word = part.strip()[:2].lower()
        if word == "fr":
            return "fr"
        if word == "en":
            return "en"
    return "en"
