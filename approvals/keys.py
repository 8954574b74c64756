"""API keys: who calls, what they may do, how often. A key's text is seen once and never stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import zlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

from approvals.addresses import Address, Network, within
from approvals.commands import Caller
from approvals.model import KeyId, ProjectId, Sentinel
from approvals.restrictions import UNRESTRICTED, Restrictions

ANYBODY = "*"
"""In `speaks_for`: a trusted front end that may name any Sentinel."""

_KEY = re.compile(r"sd_live_([0-9a-z]{12})_([0-9A-Za-z_-]{43})([0-9a-f]{8})")


class Scope(StrEnum):
    """What a key may be used for. `requests` and `decide` never stand on one key."""

    REQUESTS = "requests"
    DECIDE = "decide"
    CONSUME = "consume"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Rate:
    """So many creates in so many seconds."""

    count: int
    seconds: int

    def __str__(self) -> str:
        unit = {1: "s", 60: "min", 3600: "h"}.get(self.seconds, f"{self.seconds}s")
        return f"{self.count}/{unit}"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is known after it was made.

    `speaks_for` lists the e-mails of the Sentinels whom a `decide` key may name (`*` for all).
    `rate` and `max_open` None mean the desk's default; `quota` counts creates per calendar month
    (UTC), `max_open` requests that have not ended. `networks` are those from which alone it may be
    shown (empty: from anywhere).
    """

    id: KeyId
    project: ProjectId
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    owner: str | None = None
    speaks_for: tuple[str, ...] = ()
    rate: Rate | None = None
    quota: int | None = None
    max_open: int | None = None
    restrictions: Restrictions = UNRESTRICTED
    networks: tuple[Network, ...] = ()
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def live(self, now: datetime) -> bool:
        """Whether the key still opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def may_come_from(self, address: Address | None) -> bool:
        """Whether it may be shown from there; None where nobody knows from where it was."""
        return not self.networks or within(address, self.networks)

    def may_speak_for(self, sentinel: Sentinel) -> bool:
        """Whether this key may decide in the name of that Sentinel."""
        if ANYBODY in self.speaks_for:
            return True
        email = (sentinel.email or "").casefold()
        return bool(email) and email in map(str.casefold, self.speaks_for)

    @property
    def caller(self) -> Caller:
        """The key as the core's commands name it."""
        return Caller(self.project, self.id, self.name, self.owner, self.quota, self.max_open)


def mint() -> tuple[KeyId, str]:
    """A fresh key: its public id and its whole text, `sd_live_ID_SECRET` with a checksum at the end."""
    key_id = KeyId("".join(secrets.choice("0123456789abcdefghijklmnopqrstuvwxyz") for _ in range(12)))
    body = f"sd_live_{key_id}_{secrets.token_urlsafe(32)}"
    return key_id, f"{body}{zlib.crc32(body.encode()):08x}"


def key_id_of(text: str) -> KeyId | None:
    """The id inside a key's text, None where the text cannot be one of our keys."""
    found = _KEY.fullmatch(text)
    if found is None or f"{zlib.crc32(text[:-8].encode()):08x}" != found[3]:
        return None
    return KeyId(found[1])


def digest(text: str, pepper: str) -> str:
    """What is stored of a key: the hex HMAC-SHA256 of its text under the desk's secret."""
    mac = _keyed(pepper).copy()
    mac.update(text.encode())
    return mac.hexdigest()


@cache
def _keyed(pepper: str) -> hmac.HMAC:
    # Setting an HMAC up costs several times what using it does, and every request needs one.
    return hmac.new(pepper.encode(), digestmod=hashlib.sha256)


PRIVATE_PREFIX, PUBLIC_PREFIX = "whsk_", "whpk_"
"""How Standard Webhooks marks the two halves of a key pair (Ed25519)."""


def mint_private_key() -> str:
    """A fresh `whsk_…` key: the 32 random bytes from which both halves of a pair come."""
    return PRIVATE_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def mint_webhook_secret() -> str:
    """A fresh `whsec_…` secret of 32 random bytes, as Standard Webhooks writes them."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
