"""Signatures on what leaves: Standard Webhooks v1 and v1a, and the body-only signature of one dialect.

Source: the Standard Webhooks specification 1.0.0 (`webhook-id`, `webhook-timestamp`,
`webhook-signature`), through its own library.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from math import floor

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks import Webhook

from approvals.keys import PRIVATE_PREFIX


class Unsigned(Exception):
    """There is no live secret to sign with; nothing leaves unsigned."""

    def __str__(self) -> str:
        return "no live secret to sign with"


def signed_headers(
    message_id: str, at: datetime, body: bytes, secrets: Sequence[str], private_keys: Sequence[str] = ()
) -> dict[str, str]:
    """The Standard Webhooks headers of one try, signed with every secret and private key that lives.

    Secrets are `whsec_…` (`v1`), private keys `whsk_…` (`v1a`). `body` is UTF-8 and exactly what is
    sent; `at` is this try's time, in whole seconds on the wire. Raises Unsigned without a secret,
    ValueError where one is no base64.
    """
    if not secrets:
        raise Unsigned
    # The library signs any time as if it were UTC, so it must be.
    moment = at.astimezone(UTC)
    text = body.decode()
    signatures = [Webhook(secret).sign(message_id, moment, text) for secret in secrets]
    timestamp = str(floor(moment.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures += [_asymmetric(key, signed) for key in private_keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def _asymmetric(private_key: str, signed: bytes) -> str:
    # The library knows `v1` only.
    seed = base64.b64decode(private_key.removeprefix(PRIVATE_PREFIX), validate=True)
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(signed)
    return f"v1a,{base64.b64encode(signature).decode()}"


def body_signature(body: bytes, secrets: Sequence[str]) -> str:
    """Hex HMAC-SHA256 of the body under the newest secret, its whole text as the key.

    It proves neither time nor id and has room for one secret only, so it stands beside
    the Standard Webhooks headers and never instead of them.
    """
    if not secrets:
        raise Unsigned
    return hmac.new(secrets[0].encode(), body, hashlib.sha256).hexdigest()
