"""Secrets that are rotated: the former one signs beside the new one, and no earlier one does."""

from approvals import keys
from approvals.applying import WantedEndpoint
from approvals.keys import Key, Scope
from approvals.model import Dialect
from store.engine import Store
from store.keys import rotated
from tests.builders import NOW, PROJECT, a_wanted, wanting
from tests.store.contract import apply
from tests.store.databases import database_url, store

__all__ = ["database_url", "store"]

HOOK = WantedEndpoint("https://a.example/hook", Dialect.HITL, ("*",))


async def test_a_rotated_endpoint_signs_with_both_secrets(store: Store) -> None:
    await apply(store, wanting(a_wanted()))
    endpoint, first = await store.endpoints.create(PROJECT, HOOK, "desk")
    signer = f"endpoint:{endpoint.id}"
    assert await store.keys.secrets(signer) == [first]
    second = await store.endpoints.rotate(PROJECT, endpoint.id)
    assert await store.keys.secrets(signer) == [second, first]
    third = await store.endpoints.rotate(PROJECT, endpoint.id)
    assert await store.keys.secrets(signer) == [third, second]


async def test_the_requests_of_a_rotated_key_are_signed_with_both_secrets(store: Store) -> None:
    (old_id, old_text), (new_id, new_text) = keys.mint(), keys.mint()
    former, fresh = keys.mint_webhook_secret(), keys.mint_webhook_secret()
    old = Key(old_id, PROJECT, "Agent", frozenset({Scope.REQUESTS}), NOW)
    await store.keys.create(old, old_text, former)
    await store.keys.create(rotated(old, new_id, NOW), new_text, fresh)
    await store.keys.adopt_secrets(new_id, old_id)
    assert await store.keys.secrets(f"key:{old_id}") == [fresh, former]
    assert await store.keys.secrets(f"key:{new_id}") == [fresh]
