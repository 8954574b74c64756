"""The contract of what happens once: idempotency keys, external ids, quotas."""

import asyncio
from collections.abc import Awaitable, Callable

from approvals.commands import Cancel
from approvals.errors import QuotaExceeded, TooManyOpen
from approvals.model import KeyId
from approvals.ports import Remembered, Unit
from approvals.service import Approvals
from tests.builders import KEY, PROJECT, a_caller, a_request, a_submit
from tests.fakes import RecordingAnnouncer
from tests.store.contract import (
    OTHER,
    WholeStore,
    add,
    clock,
    reading,
    replica,
    sqlite_template,
    store,
    store_factory,
)

__all__ = ["clock", "replica", "sqlite_template", "store", "store_factory"]

KEPT = Remembered("a" * 64, a_request().id, b"{}")


async def test_an_idempotency_key_is_remembered_by_scope_and_project(store: WholeStore) -> None:
    async def keep(unit: Unit) -> None:
        unit.remember("scope", "key", KEPT)

    await store.write(PROJECT, keep)
    assert await reading(store, lambda unit: unit.remembered("scope", "key")) == KEPT
    assert await reading(store, lambda unit: unit.remembered("scope", "other")) is None
    assert await reading(store, lambda unit: unit.remembered("other", "key")) is None
    assert await reading(store, lambda unit: unit.remembered("scope", "key"), OTHER) is None


async def test_of_many_submits_under_one_idempotency_key_one_is_made(
    store: WholeStore, replica: WholeStore
) -> None:
    from_client = {"external_id": "order-7", "unique_external_id": True, "fingerprint": "f1"}
    desks = [Approvals(s, RecordingAnnouncer()) for s in (store, replica)]
    made = await asyncio.gather(*(desk.submit(a_submit(**from_client)) for desk in desks * 10))
    assert len({m.request.id for m in made}) == 1
    assert sum(not m.existing for m in made) == 1


async def test_an_external_id_is_unique_only_where_it_was_taken_as_such(store: WholeStore) -> None:
    await add(store, external_id="order-7")
    assert await reading(store, lambda unit: unit.by_external_id("order-7")) is None
    unique = await add(store, external_id="order-7", wire={"fingerprint": "f1"})
    assert await reading(store, lambda unit: unit.by_external_id("order-7")) == unique
    assert await reading(store, lambda unit: unit.by_external_id("order-7"), OTHER) is None
    elsewhere = await add(store, OTHER, external_id="order-7", wire={"fingerprint": "f2"})
    assert await reading(store, lambda unit: unit.by_external_id("order-7"), OTHER) == elsewhere


async def test_use_is_counted_by_key_and_period(store: WholeStore) -> None:
    async def count(unit: Unit) -> None:
        unit.count(KEY, "2026-11")
        unit.count(KEY, "2026-12")
        unit.count(KeyId("another"), "2026-11")
        unit.count(KEY, "2026-11")

    await asyncio.gather(*(store.write(PROJECT, count) for _ in range(3)))
    assert await reading(store, lambda unit: unit.used(KEY, "2026-11")) == 6
    assert await reading(store, lambda unit: unit.used(KEY, "2026-12")) == 3
    assert await reading(store, lambda unit: unit.used(KeyId("another"), "2026-11")) == 3
    assert await reading(store, lambda unit: unit.used(KEY, "2027-01")) == 0


async def test_a_storm_passes_no_quota(store: WholeStore, replica: WholeStore) -> None:
    desks = [Approvals(s, RecordingAnnouncer()) for s in (store, replica)]
    command = a_submit(caller=a_caller(quota=5))
    outcomes = await asyncio.gather(*(d.submit(command) for d in desks * 10), return_exceptions=True)
    assert sum(isinstance(o, QuotaExceeded) for o in outcomes) == 15
    assert await reading(store, lambda unit: unit.used(KEY, "2026-11")) == 5


async def test_a_storm_opens_no_more_than_a_key_may(store: WholeStore, replica: WholeStore) -> None:
    desks = [Approvals(s, RecordingAnnouncer()) for s in (store, replica)]
    command = a_submit(caller=a_caller(max_open=5))
    outcomes = await asyncio.gather(*(d.submit(command) for d in desks * 10), return_exceptions=True)
    assert sum(isinstance(o, TooManyOpen) for o in outcomes) == 15
    assert await opened(store) == await opened(replica) == 5


async def test_open_requests_are_counted_by_key_until_they_end(
    store: WholeStore, replica: WholeStore
) -> None:
    desks = [Approvals(s, RecordingAnnouncer()) for s in (store, replica)]
    made = [(await desk.submit(a_submit())).request for desk in desks * 3]
    await add(store, key_id=KeyId("another"))
    await add(store, OTHER)
    for desk, request in zip(desks, made, strict=False):
        await desk.cancel(Cancel(PROJECT, request.id, "key"))
    assert await opened(store) == await opened(replica) == 4
    assert await reading(store, counting(KeyId("another"))) == 1
    assert await reading(store, counting(KEY), OTHER) == 1


async def opened(store: WholeStore) -> int:
    """How many open requests the key of the tests has, as this store sees it."""
    return await reading(store, counting(KEY))


def counting(key: KeyId) -> Callable[[Unit], Awaitable[int]]:
    """Asks a unit for a key's open requests."""

    async def work(unit: Unit) -> int:
        return unit.open_of(key)

    return work
