"""Leases that somebody ended who knows that they are alone."""

import pytest

from store.engine import Store
from tests.store.contract import a_message, clock, sends, sqlite_template, store, store_factory
from tests.store.test_contract_outbox import arrives, claimed, topics

__all__ = ["clock", "sqlite_template", "store", "store_factory"]


@pytest.mark.parametrize("store_factory", ["sqlite"], indirect=True)
async def test_a_released_lane_is_free_at_once_and_who_held_it_cannot_complete(store: Store) -> None:
    await sends(store, a_message("first"), a_message("second"), a_message("other", "b"))
    gone = {one.topic: one for one in await claimed(store)}
    assert sorted(gone) == ["first", "other"]
    assert await store.outbox.release() == 2
    again = await claimed(store)
    assert sorted((one.topic, one.attempt) for one in again) == [("first", 2), ("other", 2)]
    assert {one.id for one in again} == {one.id for one in gone.values()}
    assert not await arrives(store, gone["first"])
    assert topics(await claimed(store)) == []
    assert await store.outbox.release() == 2
