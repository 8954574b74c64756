"""The contract of keys and cards: found by their text alone, secrets, where a request is shown."""

from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from approvals.cards import CHANNEL, Card, dm
from approvals.keys import Key, Rate, Scope, mint
from approvals.model import KeyId, SentinelId
from approvals.ports import Unit
from approvals.restrictions import Restrictions
from tests.builders import NOW, PROJECT, hours
from tests.fakes import Clock
from tests.store.contract import (
    OTHER,
    WholeStore,
    add,
    clock,
    replica,
    sqlite_template,
    store,
    store_factory,
)

__all__ = ["clock", "replica", "sqlite_template", "store", "store_factory"]

SECRET = "whsec_" + "A" * 43 + "="


async def a_key(store: WholeStore, **changes: Any) -> tuple[Key, str]:
    """A fresh key and its text."""
    key_id, text = mint()
    fields = {"project": PROJECT, "name": "Agent's key", "scopes": frozenset({Scope.REQUESTS})}
    key = Key(**{"id": key_id, "created_at": NOW, **fields, **changes})
    await store.keys.create(key, text, SECRET)
    return key, text


async def test_a_key_is_found_by_its_whole_text_and_nothing_else(store: WholeStore) -> None:
    key, text = await a_key(store)
    _, unknown = mint()
    assert await store.keys.find(text) == key
    for other in (unknown, text[:-1], text + "0", text.upper(), key.id, "", "sd_live_", "\x00"):
        assert await store.keys.find(other) is None


async def test_a_key_is_kept_to_the_last_field(store: WholeStore) -> None:
    key, text = await a_key(
        store,
        scopes=frozenset({Scope.DECIDE, Scope.ADMIN}),
        owner="marie@example.com",
        speaks_for=("s1@example.com", "*"),
        rate=Rate(1000, 60),
        quota=50,
        max_open=30,
        restrictions=Restrictions(("legal", "finance"), ("CA-QC", "Île-de-France"), ("quotebot",)),
        networks=(ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")),
        expires_at=NOW + hours(1),
    )
    assert await store.keys.find(text) == key
    assert await store.keys.list(PROJECT) == [key]


async def test_a_key_opens_nothing_once_it_has_expired(store: WholeStore, clock: Clock) -> None:
    _, text = await a_key(store, expires_at=NOW + hours(1))
    clock.now = NOW + hours(1) - timedelta(microseconds=1)
    assert await store.keys.find(text) is not None
    clock.now = NOW + hours(1)
    assert await store.keys.find(text) is None


async def test_a_key_opens_nothing_once_it_is_revoked(store: WholeStore) -> None:
    key, text = await a_key(store)
    _, kept = await a_key(store)
    assert await store.keys.revoke(key.id, NOW)
    assert await store.keys.find(text) is None
    assert await store.keys.find(kept) is not None
    assert not await store.keys.revoke(KeyId("nothing"), NOW)


async def test_all_keys_are_listed_the_revoked_too(store: WholeStore) -> None:
    first, _ = await a_key(store)
    second, _ = await a_key(store, created_at=NOW + hours(1))
    elsewhere, _ = await a_key(store, project=OTHER, created_at=NOW + hours(2))
    await store.keys.revoke(first.id, NOW)
    assert [(k.id, k.revoked_at) for k in await store.keys.list(PROJECT)] == [
        (first.id, NOW),
        (second.id, None),
    ]
    assert [k.id for k in await store.keys.list(None)] == [first.id, second.id, elsewhere.id]


async def test_the_secret_of_a_key_signs_its_callbacks(store: WholeStore) -> None:
    key, _ = await a_key(store)
    assert list(await store.keys.secrets(f"key:{key.id}")) == [SECRET]
    assert list(await store.keys.secrets("key:nothing")) == []
    assert list(await store.keys.secrets("endpoint:nothing")) == []


async def test_the_use_of_a_key_is_what_was_counted(store: WholeStore) -> None:
    key, _ = await a_key(store, quota=50)

    async def count(unit: Unit) -> None:
        unit.count(key.id, "2026-11")

    await store.write(PROJECT, count)
    await store.write(PROJECT, count)
    assert await store.keys.used(key, "2026-11") == 2
    assert await store.keys.used(key, "2026-12") == 0


# Cards


async def test_a_card_is_one_per_request_and_surface(store: WholeStore) -> None:
    request, other = await add(store), await add(store)
    intended = Card(request.id, dm(SentinelId(1)))
    posted = Card(request.id, dm(SentinelId(1)), "T0TEAM", "D0ONE", "1700000000.000100", 3, 2)
    channel = Card(request.id, CHANNEL, "T0TEAM", "C0LEGAL", "1700000000.000200", 1, 1)
    assert await store.cards.card(request.id, intended.surface) is None
    await store.cards.put(PROJECT, intended)
    assert await store.cards.card(request.id, intended.surface) == intended
    await store.cards.put(PROJECT, posted)
    await store.cards.put(PROJECT, channel)
    await store.cards.put(PROJECT, Card(other.id, CHANNEL))
    assert await store.cards.card(request.id, posted.surface) == posted
    assert list(await store.cards.cards(request.id)) == [channel, posted]


@pytest.mark.parametrize("kind", ["event", "signature"])
async def test_a_delivery_is_new_once(store: WholeStore, clock: Clock, kind: str) -> None:
    assert await store.cards.first_sight(kind, "Ev1")
    assert not await store.cards.first_sight(kind, "Ev1")
    assert await store.cards.first_sight(kind, "Ev2")
    assert await store.cards.first_sight("other", "Ev1")
    clock.advance(hours(24))
    assert not await store.cards.first_sight(kind, "Ev1")
    clock.advance(timedelta(microseconds=1))
    assert await store.cards.first_sight(kind, "Ev1")


async def test_a_delivery_is_new_once_over_all_processes(store: WholeStore, replica: WholeStore) -> None:
    assert await store.cards.first_sight("signature", "v0=1")
    assert not await replica.cards.first_sight("signature", "v0=1")


async def test_a_card_is_known_to_all_processes(store: WholeStore, replica: WholeStore) -> None:
    request = await add(store)
    posted = Card(request.id, CHANNEL, "T0TEAM", "C0LEGAL", "1700000000.000200", 1, 1)
    await store.cards.put(PROJECT, posted)
    assert await replica.cards.card(request.id, CHANNEL) == posted
