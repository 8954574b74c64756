"""`/.well-known/webhook-keys/{project}`: the public keys with which webhooks of a project are checked.

Open to everybody, like the keys themselves. Source: RFC 8037 for the form; `whpk` is the form of
Standard Webhooks.
"""

from __future__ import annotations

import base64
from datetime import datetime

from aiohttp import web

from api.answers import answer
from api.parts import ApiDesk
from approvals.keys import PUBLIC_PREFIX
from approvals.model import Json, ProjectId, PublicKey
from approvals.times import milliseconds

PATH = "/.well-known/webhook-keys/{project}"


class WebhookKeys:
    """The route. A name that is no project has no keys, so that nobody learns which there are."""

    def __init__(self, desk: ApiDesk) -> None:
        self._desk = desk

    async def show(self, request: web.Request) -> web.Response:
        """`{"keys": […]}`, those that sign now, the newest first."""
        found = await self._desk.signing.public(ProjectId(request.match_info["project"]))
        now = self._desk.clock()
        response = answer({"keys": [_jwk(key) for key in found if _signs(key, now)]})
        response.headers["Cache-Control"] = "public, max-age=300"
        return response


def _signs(key: PublicKey, now: datetime) -> bool:
    return key.ends_at is None or now < key.ends_at


def _jwk(key: PublicKey) -> dict[str, Json]:
    raw = base64.b64decode(key.text.removeprefix(PUBLIC_PREFIX))
    ends = {} if key.ends_at is None else {"ends_at": milliseconds(key.ends_at)}
    return {
        "kid": key.id,
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "EdDSA",
        "use": "sig",
        "x": base64.urlsafe_b64encode(raw).rstrip(b"=").decode(),
        "whpk": key.text,
        "created_at": milliseconds(key.created_at),
        **ends,
    }
