"""Callbacks and webhooks: proving that they come from the desk, and reading them.

Source: the Standard Webhooks specification 1.0.0, symmetric signatures (`v1`) and asymmetric ones
(`v1a`), and the Human Approval reference for the body.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from sentinel_desk.ed25519 import PUBLIC_PREFIX, proves
from sentinel_desk.errors import SignatureInvalid, UnreadableMessage
from sentinel_desk.models import Decision, Status

TOLERANCE_S = 300
"""How far a message's time may be from ours, in seconds, either way."""

_SECRET_PREFIX = "whsec_"
_SHORTEST_SECRET = 24


class Event(BaseModel):
    """What the desk tells in the Human Approval dialect.

    `id` is the same at every try of the same event: keep the ids that you have worked through and
    pass over repeats. `timestamp` is when this try left.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    timestamp: datetime
    event: str
    request_id: str
    external_id: str | None = None
    status: Status
    payload: Any = Field(repr=False)
    decision_note: str | None = None
    decided_at: datetime | None = None
    decided_by_id: str | None = None
    outcome: str | None = None

    @property
    def decision(self) -> Decision:
        """How the request ended."""
        return Decision(
            request_id=self.request_id,
            status=self.status,
            outcome=self.outcome or self.status.value,
            payload=self.payload,
            note=self.decision_note,
            decided_at=self.decided_at,
            decided_by_id=self.decided_by_id,
        )


_JSON_OBJECT = TypeAdapter(dict[str, Any])


def verify(
    headers: Mapping[str, str],
    body: bytes,
    secret: str | Sequence[str],
    *,
    now: datetime | None = None,
) -> Event:
    """The event, once it is proven to come from the desk.

    `body` are the very bytes that arrived, before anything parsed them; `secret` is the `whsec_…` of
    the key or endpoint, or the public key of the project (`whpk_…`, which needs the extra `ed25519`),
    or several while one is being rotated. Raises SignatureInvalid,
    UnreadableMessage for a signed body in another dialect, ValueError for a secret that is none.
    """
    check_signature(headers, body, secret, now=now)
    try:
        return _event(headers, body)
    except ValidationError as error:
        raise UnreadableMessage("the message is signed, but not in the words of Human Approval") from error


def check_signature(
    headers: Mapping[str, str],
    body: bytes,
    secret: str | Sequence[str],
    *,
    now: datetime | None = None,
) -> None:
    """Prove a message of any dialect. Raises SignatureInvalid, ValueError for a secret that is none."""
    message_id, timestamp = _header(headers, "webhook-id"), _header(headers, "webhook-timestamp")
    header = _header(headers, "webhook-signature")
    _recent(timestamp, now or datetime.now(UTC))
    signed = b".".join((message_id.encode(errors="surrogateescape"), timestamp.encode(), body))
    keys = [secret] if isinstance(secret, str) else secret
    expected = [
        hmac.new(_key(text), signed, hashlib.sha256).digest()
        for text in keys
        if not text.startswith(PUBLIC_PREFIX)
    ]
    # All of them, so that the time taken does not tell which one fits.
    fits = [hmac.compare_digest(ours, theirs) for ours in expected for theirs in _signatures(header, "v1")]
    public = [text for text in keys if text.startswith(PUBLIC_PREFIX)]
    fits += [proves(text, theirs, signed) for text in public for theirs in _signatures(header, "v1a")]
    if not any(fits):
        raise SignatureInvalid("no signature fits any of the secrets")


def _event(headers: Mapping[str, str], body: bytes) -> Event:
    said = _JSON_OBJECT.validate_json(body)
    moment = datetime.fromtimestamp(int(_header(headers, "webhook-timestamp")), UTC)
    return Event.model_validate(said | {"id": _header(headers, "webhook-id"), "timestamp": moment})


def _header(headers: Mapping[str, str], name: str) -> str:
    found = [text for given, text in headers.items() if given.lower() == name]
    if len(found) != 1 or not found[0]:
        raise SignatureInvalid(f"the header {name} must be there once")
    return found[0]


def _signatures(text: str, wanted: str) -> Iterator[bytes]:
    for signature in text.split(" "):
        version, _, encoded = signature.partition(",")
        if version == wanted:
            try:
                yield base64.b64decode(encoded, validate=True)
            except (binascii.Error, ValueError):
                continue


def _recent(timestamp: str, now: datetime) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise SignatureInvalid("webhook-timestamp must be whole seconds since 1970")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_S:
        raise SignatureInvalid("the message is too old or from the future; check the clock")


def _key(secret: str) -> bytes:
    encoded = secret.removeprefix(_SECRET_PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < _SHORTEST_SECRET:
        raise ValueError("a webhook secret is whsec_ and at least 24 bytes in base64")
    return key
