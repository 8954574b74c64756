"""The contract of cards that stand together: the latest, those on one message, those not shown."""

import pytest

from approvals.cards import CHANNEL, Card, dm
from approvals.model import ApprovalRequest, State
from tests.builders import PROJECT, minutes
from tests.fakes import Clock
from tests.store.contract import (
    COLLEAGUE,
    HOLDER,
    OTHER,
    WholeStore,
    add,
    change,
    clock,
    held,
    people,
    replica,
    sqlite_template,
    store,
    store_factory,
)

__all__ = ["clock", "people", "replica", "sqlite_template", "store", "store_factory"]

pytestmark = pytest.mark.usefixtures("people")
MINE = dm(HOLDER)


async def posted(
    store: WholeStore, clock: Clock, request: ApprovalRequest, surface: str = MINE, ts: str | None = None
) -> Card:
    """A card that was posted now and shows the request as it is."""
    card = Card(request.id, surface, "T1", "D1", ts or f"{request.number}.{surface}", posted_at=clock())
    await store.cards.put(request.project, card.showing(request, "en"))
    return card.showing(request, "en")


async def test_what_came_lately_is_found_the_newest_first(store: WholeStore, clock: Clock) -> None:
    since = clock()
    await posted(store, clock, await held(store))
    clock.advance(minutes(1))
    first = await posted(store, clock, await held(store))
    clock.advance(minutes(1))
    second = await posted(store, clock, await held(store))
    await posted(store, clock, second_surface := await held(store), dm(COLLEAGUE))
    await posted(store, clock, second_surface, CHANNEL)
    await posted(store, clock, await held(store, project=OTHER))
    ended = await held(store, state=State.DECIDED)
    await posted(store, clock, ended)
    await store.cards.put(PROJECT, Card((await held(store)).id, MINE, "T1"))

    assert list(await store.cards.recent(PROJECT, MINE, since)) == [second, first]
    assert list(await store.cards.recent(PROJECT, MINE, clock())) == []


async def test_what_shares_a_message_is_found_together(store: WholeStore, clock: Clock) -> None:
    one, two, other = [await held(store) for _ in range(3)]
    cards = [await posted(store, clock, request, ts="17.1") for request in (two, one)]
    await posted(store, clock, other, ts="17.2")

    together = await store.cards.together("D1", "17.1")

    assert list(together) == sorted(cards, key=lambda card: card.request_id)
    assert list(await store.cards.together("D2", "17.1")) == []


async def test_what_a_sentinel_has_and_cannot_see_is_found(store: WholeStore, clock: Clock) -> None:
    seen, intended, unknown, started = [await held(store) for _ in range(4)]
    await change(store, started, started_at=clock())
    await posted(store, clock, seen)
    await store.cards.put(PROJECT, Card(intended.id, MINE, "T1"))
    await posted(store, clock, unknown, CHANNEL)
    await held(store, assigned_to=COLLEAGUE)
    await held(store, project=OTHER)
    await held(store, state=State.EXPIRED)
    await add(store)

    found = list(await store.cards.unshown(PROJECT, HOLDER, 10))

    assert found == [intended.id, unknown.id, started.id], "oldest first"
    assert list(await store.cards.unshown(PROJECT, HOLDER, 2)) == [intended.id, unknown.id]


async def test_many_are_kept_at_once(store: WholeStore) -> None:
    one, two = await held(store), await held(store)
    stand = [Card(r.id, MINE, "T1", "D1", "17.1", digest=True) for r in (one, two)]
    await store.cards.put(PROJECT, *(Card(r.id, MINE, "T1") for r in (one, two)))
    await store.cards.put(PROJECT, *stand)
    await store.cards.put(PROJECT)
    assert [await store.cards.card(r.id, MINE) for r in (one, two)] == stand
