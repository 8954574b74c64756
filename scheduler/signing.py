"""Signatures on what leaves: Standard Webhooks v1, and the body-only signature of one dialect.

Source: the Standard Webhooks specification 1.0.0 (`webhook-id`, `webhook-timestamp`,
`webhook-signature`), through its own library.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from math import floor

from standardwebhooks import Webhook


class Unsigned(Exception):
    """There is no live secret to sign with; nothing leaves unsigned."""

    def __str__(self) -> str:
        return "no live secret to sign with"


def signed_headers(message_id: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The Standard Webhooks headers of one try, signed with every secret (`whsec_…`) that lives.

    `body` is UTF-8 and exactly what is sent; `at` is this try's time, in whole seconds on the
    wire. Raises Unsigned without a secret, ValueError where one is no base64.
    """
    if not secrets:
        raise Unsigned
    # The library signs any time as if it were UTC, so it must be.
    moment = at.astimezone(UTC)
    text = body.decode()
    signatures = [Webhook(secret).sign(message_id, moment, text) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(floor(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def body_signature(body: bytes, secrets: Sequence[str]) -> str:
    """Hex HMAC-SHA256 of the body under the newest secret, its whole text as the key.

    It proves neither time nor id and has room for one secret only, so it stands beside
    the Standard Webhooks headers and never instead of them.
    """
    if not secrets:
        raise Unsigned
    return hmac.new(secrets[0].encode(), body, hashlib.sha256).hexdigest()
