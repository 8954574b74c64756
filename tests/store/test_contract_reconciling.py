"""The contract of the reconciler: what is astray, what is left alone, and how replicas share it."""

import asyncio
from typing import Any

import pytest

from approvals.cards import CHANNEL, REPAIR_AGAIN, Astray, Card, dm
from approvals.model import ApprovalRequest, State
from approvals.outbox import Attempt, Carrier, Fate, Outgoing
from bot.announcer import card_row, repair_row
from bot.topics import CARD
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
    sends,
    sqlite_template,
    store,
    store_factory,
)

__all__ = ["clock", "people", "replica", "sqlite_template", "store", "store_factory"]

pytestmark = pytest.mark.usefixtures("people")
MINE = dm(HOLDER)


def word(astray: Astray) -> Outgoing:
    return repair_row(astray, "#legal" if astray.surface == CHANNEL else None)


async def posted(store: WholeStore, request: ApprovalRequest, surface: str = MINE) -> Card:
    """A card that shows the request as it is."""
    card = Card(request.id, surface, "T1", "D1", f"{request.number}.{surface}").showing(request, "en")
    await store.cards.put(request.project, card)
    return card


async def repairs(store: WholeStore, *channels: str) -> list[tuple[str, str]]:
    """What one look sends for, by request and surface."""
    before = {row["id"] for row in await store.outbox.listing(PROJECT, limit=1000)}
    count = await store.cards.repair(PROJECT, channels, CARD, word)
    fresh = [row for row in await store.outbox.listing(PROJECT, limit=1000) if row["id"] not in before]
    assert len(fresh) == count
    return sorted((row["request_id"], row["lane"].rpartition(":")[2]) for row in fresh)


async def test_what_is_shown_as_it_is_is_left_alone(store: WholeStore) -> None:
    await posted(store, await held(store))
    ended = await held(store, state=State.DECIDED)
    await posted(store, ended)
    await posted(store, await held(store), dm(COLLEAGUE))
    await add(store)
    assert [surface for _, surface in await repairs(store)] == ["1"], "the third has none with its holder"


@pytest.mark.parametrize(
    "changes",
    [
        {"state": State.EXPIRED},
        {"state": State.PENDING, "assigned_to": None},
        {"assigned_to": COLLEAGUE},
        {"content_version": 2},
    ],
    ids=str,
)
async def test_a_card_that_shows_something_else_is_repaired(
    store: WholeStore, changes: dict[str, Any]
) -> None:
    request = await held(store)
    await posted(store, request)
    await posted(store, request, dm(COLLEAGUE))
    await posted(store, request, CHANNEL)
    await change(store, request, **changes)
    assert await repairs(store) == [(request.id, "#legal"), (request.id, "1"), (request.id, "2")]


async def test_what_changes_nothing_on_a_card_is_no_reason(store: WholeStore, clock: Clock) -> None:
    request = await held(store)
    await posted(store, request)
    await change(store, request, started_at=clock())
    assert await repairs(store) == []


async def test_a_card_of_which_nobody_knows_what_it_shows_is_repaired(store: WholeStore) -> None:
    request = await held(store)
    card = await posted(store, request)
    await store.cards.put(PROJECT, Card(request.id, MINE, card.team, card.channel, card.ts))
    assert await repairs(store) == [(request.id, "1")]


async def test_a_request_without_a_card_gets_one(store: WholeStore) -> None:
    one, two = await held(store), await held(store)
    await store.cards.put(PROJECT, Card(two.id, MINE, "T1"))
    assert await repairs(store) == sorted([(one.id, "1"), (two.id, "1")])


async def test_what_is_over_or_not_theirs_needs_no_card(store: WholeStore) -> None:
    for state in (State.EXPIRED, State.CANCELLED, State.DECIDED):
        request = await held(store, state=state)
        await store.cards.put(PROJECT, Card(request.id, MINE, "T1"))
    passed_on = await held(store)
    await posted(store, passed_on)
    await store.cards.put(PROJECT, Card(passed_on.id, dm(COLLEAGUE), "T1"))
    assert await repairs(store) == []


async def test_a_channel_has_a_card_of_all_that_is_open_in_its_domain(store: WholeStore) -> None:
    waiting, elsewhere = await add(store), await add(store, domain="finance")
    await add(store, state=State.EXPIRED)
    assert await repairs(store) == []
    assert await repairs(store, "legal") == [(waiting.id, "#legal")]
    assert await repairs(store, "finance") == [(elsewhere.id, "#legal")]


async def test_nothing_is_sent_where_a_message_is_on_its_way(store: WholeStore, clock: Clock) -> None:
    request = await held(store)
    await sends(
        store, card_row(request, CHANNEL, "#legal"), Outgoing(Carrier.SLACK, "x", "remind", request.id)
    )
    assert await repairs(store, "legal") == [(request.id, "1")]
    for _ in range(2):
        clock.advance(REPAIR_AGAIN)
        assert await repairs(store, "legal") == [], "the repair itself waits still"


async def test_what_stays_wrong_is_sent_for_again_later(store: WholeStore, clock: Clock) -> None:
    request = await held(store)
    assert await repairs(store) == [(request.id, "1")]
    await _give_up_all(store)
    clock.advance(REPAIR_AGAIN - minutes(1))
    assert await repairs(store) == []
    clock.advance(minutes(1))
    assert await repairs(store) == [(request.id, "1")]


async def test_of_a_projects_cards_no_other_hears(store: WholeStore) -> None:
    await held(store, project=OTHER)
    assert await repairs(store) == []


async def test_replicas_send_for_each_repair_once(store: WholeStore, replica: WholeStore) -> None:
    requests = [await held(store) for _ in range(20)]
    looks = (s.cards.repair(PROJECT, ["legal"], CARD, word) for s in (store, replica) * 4)
    assert sum(await asyncio.gather(*looks)) == 2 * len(requests)


async def test_whoever_rewrote_a_card_at_the_same_time_leaves_it_unknown(store: WholeStore) -> None:
    request = await held(store)
    card = await posted(store, request)
    once = await change(store, request, content_version=2)
    twice = await change(store, once, state=State.DECIDED)
    assert await store.cards.settle(PROJECT, card, card.showing(once, "en"))
    assert not await store.cards.settle(PROJECT, card, card.showing(twice, "en"))
    kept = await store.cards.card(request.id, MINE)
    assert kept is not None
    assert (kept.shown_version, kept.shown_state, kept.ts) == (0, None, card.ts)
    assert await repairs(store) == [(request.id, "1")]


async def test_two_who_wrote_the_same_agree(store: WholeStore) -> None:
    request = await held(store)
    card = await posted(store, request)
    after = card.showing(await change(store, request, state=State.DECIDED), "en")
    assert await store.cards.settle(PROJECT, card, after)
    assert await store.cards.settle(PROJECT, card, after)
    assert await store.cards.card(request.id, MINE) == after


async def _give_up_all(store: WholeStore) -> None:
    for delivery in await store.outbox.claim(10, minutes(1)):
        assert await store.outbox.complete(delivery, Attempt(Fate.DEAD, error="not_in_channel"), None)
