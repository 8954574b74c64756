"""Secrets at rest: sealed with a key that comes from the desk's own secret."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet


class Vault:
    """Seals and opens short texts (webhook secrets, tokens) under `DESK_SECRET`."""

    def __init__(self, secret: str) -> None:
        key = hashlib.sha256(b"sentinel-desk/vault/1\n" + secret.encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def seal(self, text: str) -> str:
        """The text as it may lie in the database."""
        return self._fernet.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """The text again; raises cryptography.fernet.InvalidToken under another secret."""
        return self._fernet.decrypt(sealed.encode()).decode()
