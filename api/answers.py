"""Answers in JSON, their headers made once."""

from __future__ import annotations

import orjson
from aiohttp import web
from multidict import CIMultiDict

from approvals.model import Json

_HEADERS: CIMultiDict[str] = CIMultiDict(
    {
        "Content-Type": "application/json; charset=utf-8",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Server": "sentinel-desk",
    }
)


def answer(value: Json, status: int = 200) -> web.Response:
    """A JSON value as the answer."""
    return written(orjson.dumps(value), status)


def written(body: bytes, status: int = 200) -> web.Response:
    """JSON that has been written already."""
    return web.Response(body=body, status=status, headers=_HEADERS)


def replayed(body: bytes, status: int = 200) -> web.Response:
    """The first answer again, marked as a replay."""
    response = written(body, status)
    response.headers["Idempotent-Replayed"] = "true"
    return response
