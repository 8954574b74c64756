"""Public keys of Standard Webhooks (`whpk_…`): they prove a message and could not make one."""

from __future__ import annotations

import base64
import binascii

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError as absent:  # pragma: no cover - only without the extra
    _absent: ImportError | None = absent
else:
    _absent = None

PUBLIC_PREFIX = "whpk_"
_LENGTH = 32


def proves(public_key: str, signature: bytes, signed: bytes) -> bool:
    """Whether the signature is by whoever holds the other half. Raises ValueError for a key that is none."""
    if _absent is not None:  # pragma: no cover - only without the extra
        raise ValueError("a public key needs `pip install 'sentinel-desk-client[ed25519]'`") from _absent
    try:
        raw = base64.b64decode(public_key.removeprefix(PUBLIC_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _LENGTH:
        raise ValueError("a public key is whpk_ and 32 bytes in base64")
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, signed)
    except InvalidSignature:
        return False
    return True
