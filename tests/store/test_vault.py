"""Secrets at rest, and the secret that they rest under."""

from pathlib import Path

import pytest

from approvals import keys
from approvals.keys import Key, Scope
from store.engine import open_store
from store.migrations import migrate
from store.vault import Vault, WrongSecret
from tests.builders import NOW, PROJECT
from tests.store.databases import SECRET, rows


async def test_a_database_opens_only_under_its_own_secret(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    await migrate(url)
    key_id, text = keys.mint()
    secret = keys.mint_webhook_secret()
    async with open_store(url, secret=SECRET) as store:
        await store.keys.create(Key(key_id, PROJECT, "agent", frozenset({Scope.REQUESTS}), NOW), text, secret)
    async with open_store(url, secret=SECRET) as store:
        assert await store.keys.secrets(f"key:{key_id}") == [secret]
    with pytest.raises(WrongSecret, match="DESK_SECRET"):
        async with open_store(url, secret=SECRET + "!"):
            pass
    kept = repr(rows(url, "SELECT * FROM keys"))
    assert text not in kept
    assert secret not in kept


def test_a_seal_opens_under_its_own_secret_only() -> None:
    sealed = Vault(SECRET).seal("whsec_x")
    assert Vault(SECRET).unseal(sealed) == "whsec_x"
    with pytest.raises(WrongSecret):
        Vault(SECRET + "!").unseal(sealed)
