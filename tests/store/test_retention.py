"""What leaves and what stays: nothing that is on its way, open, or evidence."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from approvals.auditing import Violation
from approvals.model import State
from approvals.outbox import Attempt, Delivery, Fate
from approvals.ports import Remembered, Unit
from store import tables
from store.engine import Store, open_store
from store.retention import Keep
from tests.builders import NOW, PROJECT, minutes
from tests.fakes import Clock
from tests.store.contract import a_message, add, change, clock, sends, topics
from tests.store.databases import SECRET, database_url

__all__ = ["clock", "database_url"]

DAY = timedelta(days=1)
ARRIVED, GIVEN_UP = Attempt(Fate.DELIVERED, 200), Attempt(Fate.DEAD, 400, "refused (400)")


@pytest.fixture
async def store(database_url: str, clock: Clock) -> AsyncIterator[Store]:
    async with open_store(database_url, secret=SECRET, clock=clock) as opened:
        yield opened


async def count(store: Store, table: Any) -> int:
    """How many rows a table has."""
    statement = select(func.count()).select_from(table)
    return int(await store._engines.read(lambda connection: connection.execute(statement).scalar()) or 0)


async def taken(store: Store) -> Delivery:
    """The next message, claimed."""
    (delivery,) = await store.outbox.claim(1, minutes(1))
    return delivery


async def test_messages_leave_thirty_days_after_their_end(store: Store, clock: Clock) -> None:
    await sends(store, a_message("arrived", "a"), a_message("given up", "b"), a_message("waits", "c"))
    for fate in (ARRIVED, GIVEN_UP):
        await store.outbox.complete(await taken(store), fate, None)
    clock.advance(30 * DAY)
    assert await store.retention.prune(10) == 0
    clock.advance(timedelta(seconds=1))
    assert await store.retention.prune(1) == 1
    assert await store.retention.prune(10) == 1
    assert await store.retention.prune(10) == 0
    assert [row["topic"] for row in await store.outbox.listing(PROJECT)] == ["waits"]
    assert await count(store, tables.lanes) == 1
    assert topics([await taken(store)]) == ["waits"]


async def test_what_has_served_its_time_is_not_missed(store: Store, clock: Clock) -> None:
    told = await add(store, callback_url="https://example.com/")
    signer = f"key:{told.key_id}"
    await sends(store, a_message("told", "a", told.id, signer=signer))
    await change(store, told, state=State.CANCELLED, ended_at=clock())
    await store.outbox.complete(await taken(store), ARRIVED, None)
    assert missed(await store.auditor.whole()) == []
    clock.advance(31 * DAY)
    lost = await add(store, callback_url="https://example.com/")
    await change(store, lost, state=State.CANCELLED, ended_at=clock())
    assert await store.retention.prune(10) == 1
    assert missed(await store.auditor.whole()) == [lost.id]


def missed(found: Sequence[Violation]) -> list[str]:
    """The requests whose end nobody was told of."""
    return [violation.subject for violation in found if violation.truth == "told"]


async def test_what_is_sent_again_has_not_ended(store: Store, clock: Clock) -> None:
    await sends(store, a_message("once more"))
    await store.outbox.complete(await taken(store), ARRIVED, None)
    clock.advance(31 * DAY)
    (row,) = await store.outbox.listing(PROJECT)
    await store.outbox.replay(PROJECT, [row["id"]])
    assert await store.retention.prune(10) == 0


async def test_an_answer_leaves_thirty_days_after_its_request_has_ended(store: Store, clock: Clock) -> None:
    still_open, ended = await add(store), await add(store)

    async def remember(unit: Unit) -> None:
        for request in (still_open, ended):
            unit.remember("scope", request.id, Remembered("a" * 64, request.id, b"{}"))

    await store.write(PROJECT, remember)
    clock.advance(10 * DAY)
    await change(store, ended, state=State.CANCELLED, ended_at=clock())
    clock.advance(30 * DAY)
    assert await store.retention.prune(10) == 0
    clock.advance(timedelta(seconds=1))
    assert await store.retention.prune(10) == 1
    assert await store.retention.prune(10) == 0
    assert await count(store, tables.idempotency) == 1
    assert await count(store, tables.requests) == 2


async def test_an_answer_about_no_request_leaves_thirty_days_after_it_was_given(
    store: Store, clock: Clock
) -> None:
    await add(store)
    assert await store.promises.claim(PROJECT, "scope", "key", "a" * 64) is None
    await store.promises.keep(PROJECT, "scope", "key", "a secret that was shown once")
    assert await store.auditor.whole() == []
    clock.advance(30 * DAY)
    assert await store.retention.prune(10) == 0
    clock.advance(timedelta(seconds=1))
    assert await store.retention.prune(10) == 1
    assert await count(store, tables.idempotency) == 0


async def test_sightings_leave_after_a_day_and_events_never(store: Store, clock: Clock) -> None:
    await add(store)
    await store.cards.first_sight("signature", "v0=a")
    clock.advance(3650 * DAY)
    assert await store.retention.prune(10) == 1
    assert await count(store, tables.events) == 1
    assert await store.verify(PROJECT) == 1


async def test_what_is_kept_for_ever_stays(database_url: str, clock: Clock) -> None:
    async with open_store(database_url, secret=SECRET, clock=clock, keep=Keep(None, None)) as store:
        await sends(store, a_message("arrived"))
        await store.outbox.complete(await taken(store), ARRIVED, None)
        clock.advance(3650 * DAY)
        assert await store.retention.prune(10) == 0
        assert clock() > NOW
