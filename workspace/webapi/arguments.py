"""Reads a Web API request: form or JSON body, query, token and Basic credentials."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from workspace.refusal import Refused
from workspace.wire import decode


@dataclass(frozen=True)
class Request:
    """What was sent: arguments by name, the token and where it stood, Basic credentials if any."""

    args: dict[str, Any]
    token: str | None
    token_in_header: bool
    basic: tuple[str, str] | None


async def read(request: web.Request) -> Request:
    """Parse a request as Slack does; Refused for a body that cannot be read."""
    args: dict[str, Any] = dict(request.query)
    args |= await _body(request)
    header = request.headers.get("Authorization", "")
    scheme, _, credentials = header.partition(" ")
    bearer = credentials.strip() if scheme.lower() == "bearer" else None
    field = args.pop("token", None)
    token = bearer or (field if isinstance(field, str) else None)
    basic = _basic(credentials) if scheme.lower() == "basic" else None
    return Request(args, token, bearer is not None, basic)


async def _body(request: web.Request) -> dict[str, Any]:
    kind = request.content_type
    if kind == "application/json":
        return _json(await request.read())
    if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    if request.can_read_body and await request.read():
        raise Refused("invalid_post_type")
    return {}


def _json(raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        return {}
    try:
        value = decode(raw)
    except ValueError as broken:
        raise Refused("invalid_json") from broken
    if not isinstance(value, dict):
        raise Refused("json_not_object")
    return {key: item for key, item in value.items() if item is not None}


def _basic(credentials: str) -> tuple[str, str] | None:
    try:
        name, _, password = base64.b64decode(credentials).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return name, password
