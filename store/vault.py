"""Secrets at rest: sealed with a key that comes from the desk's own secret."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken


class WrongSecret(Exception):
    """The secret is not the one under which this database was written."""

    def __init__(self) -> None:
        super().__init__(
            "DESK_SECRET is not the one that this database's keys were made with; set that one,"
            " or give a desk of its own another DESK_DATABASE_URL"
        )


class Vault:
    """Seals and opens short texts (webhook secrets, tokens) under `DESK_SECRET`."""

    def __init__(self, secret: str) -> None:
        key = hashlib.sha256(b"sentinel-desk/vault/1\n" + secret.encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def seal(self, text: str) -> str:
        """The text as it may lie in the database."""
        return self._fernet.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """The text again; raises WrongSecret under another secret."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise WrongSecret from error
