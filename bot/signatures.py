"""Did Slack send this? HMAC-SHA256 over the raw bytes, and a time that is near.

Source: Slack, "Verifying requests from Slack": `v0=` and the hex HMAC of `v0:TIMESTAMP:BODY`, refused
when the timestamp is more than five minutes off.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

TIMESTAMP = "X-Slack-Request-Timestamp"
SIGNATURE = "X-Slack-Signature"

WINDOW_S = 300

# ASCII digits only: int() would read the digits of other scripts as well.
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)


class Headers(Protocol):
    """Headers that may stand there more than once."""

    def getall(self, name: str, default: Sequence[str]) -> Sequence[str]:
        """All values of a header."""


def genuine(secrets: Sequence[str], headers: Headers, body: bytes, now: datetime) -> str | None:
    """The signature, where it is right and fresh; None for everything else, however malformed.

    Any of the secrets will do: while one is being rotated there are two.
    """
    timestamps, signatures = headers.getall(TIMESTAMP, ()), headers.getall(SIGNATURE, ())
    if len(timestamps) != 1 or len(signatures) != 1 or not secrets:
        return None
    timestamp, signature = timestamps[0], signatures[0]
    if not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
        return None
    if abs(now.timestamp() - int(timestamp)) > WINDOW_S:
        return None
    # All of them, so that the time taken does not tell which one fits.
    fits = [hmac.compare_digest(sign(secret, timestamp, body), signature) for secret in secrets]
    return signature if any(fits) else None


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """What Slack writes into the header."""
    signed = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
