"""The contract of the outbox: one message a lane at a time, in order, under a lease that can be lost."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from approvals.outbox import Among, Attempt, Carrier, Delivery, Fate, endpoint_signer
from approvals.ports import Unit
from tests.builders import NOW, PROJECT, hours, minutes
from tests.fakes import Clock
from tests.store.contract import (
    OTHER,
    WholeStore,
    a_message,
    add,
    clock,
    replica,
    sends,
    sqlite_template,
    store,
    store_factory,
    topics,
)

__all__ = ["clock", "replica", "sqlite_template", "store", "store_factory"]

LEASE = timedelta(seconds=30)
ARRIVED = Attempt(Fate.DELIVERED, 200)
FAILED = Attempt(Fate.RETRY, 503, "Service Unavailable")
GIVEN_UP = Attempt(Fate.DEAD, 410, "Gone")


async def claimed(store: WholeStore, limit: int = 10) -> Sequence[Delivery]:
    """What can leave now."""
    return await store.outbox.claim(limit, LEASE)


async def arrives(store: WholeStore, delivery: Delivery) -> bool:
    """The message has arrived."""
    return await store.outbox.complete(delivery, ARRIVED, None)


async def test_nothing_waits_at_first(store: WholeStore) -> None:
    assert await claimed(store) == []
    assert await store.outbox.next_due() is None


async def test_a_lane_sends_one_message_at_a_time_in_order(store: WholeStore) -> None:
    await sends(store, *(a_message(topic, about="r1") for topic in ("first", "second", "third")))
    seen = []
    for _ in range(3):
        (head,) = await claimed(store)
        assert await claimed(store) == []
        seen.append((head.topic, head.attempt))
        assert await arrives(store, head)
    assert seen == [("first", 1), ("second", 1), ("third", 1)]
    assert await claimed(store) == []
    assert await store.outbox.next_due() is None


async def test_lanes_do_not_wait_for_each_other(store: WholeStore) -> None:
    await sends(store, *(a_message(lane, lane) for lane in "abc"))
    assert sorted(topics(await claimed(store))) == ["a", "b", "c"]


async def test_no_more_lanes_are_claimed_than_asked_for(store: WholeStore, clock: Clock) -> None:
    for lane in "abc":
        await sends(store, a_message(lane, lane))
        clock.advance(minutes(1))
    assert topics(await claimed(store, limit=2)) == ["a", "b"]
    assert topics(await claimed(store, limit=2)) == ["c"]


async def test_a_carrier_claims_its_own_lanes_only(store: WholeStore) -> None:
    await sends(store, a_message("call", "http"), a_message("card", "slack", carrier=Carrier.SLACK))
    assert topics(await store.outbox.claim(10, LEASE, Carrier.SLACK)) == ["card"]
    assert topics(await store.outbox.claim(10, LEASE, Carrier.SLACK)) == []
    assert topics(await store.outbox.claim(10, LEASE, Carrier.HTTP)) == ["call"]


async def test_two_processes_never_hold_one_lane(store: WholeStore, replica: WholeStore) -> None:
    for number in range(20):
        await sends(store, a_message("m", f"lane {number}"), a_message("n", f"lane {number}"))
    claims = [s.outbox.claim(3, LEASE) for _ in range(10) for s in (store, replica)]
    found = [d for deliveries in await asyncio.gather(*claims) for d in deliveries]
    assert len({d.lane for d in found}) == len(found)
    while rest := await claimed(store, 20):
        found.extend(rest)
    assert len({d.lane for d in found}) == len(found) == 20


async def test_nothing_leaves_before_its_time(store: WholeStore, clock: Clock) -> None:
    await sends(store, a_message("later", not_before=NOW + minutes(5)), a_message("now"))
    assert await store.outbox.next_due() == NOW
    (head,) = await claimed(store)
    assert head.topic == "now"
    await arrives(store, head)
    assert await claimed(store) == []
    assert await store.outbox.next_due() == NOW + minutes(5)
    clock.advance(minutes(5))
    assert topics(await claimed(store)) == ["later"]


# Failures


async def test_what_failed_waits_for_its_next_try_with_the_same_id_and_bytes(
    store: WholeStore, clock: Clock
) -> None:
    await sends(store, a_message("first", body=b"\x00exactly"))
    (first,) = await claimed(store)
    assert await store.outbox.complete(first, FAILED, NOW + minutes(2))
    assert await claimed(store) == []
    assert await store.outbox.next_due() == NOW + minutes(2)
    clock.advance(minutes(2))
    (again,) = await claimed(store)
    assert (again.id, again.body, again.seq, again.created_at) == (
        first.id,
        b"\x00exactly",
        first.seq,
        first.created_at,
    )
    assert again.attempt == 2


async def test_while_one_request_fails_others_in_the_lane_pass_it_but_its_own_do_not(
    store: WholeStore, clock: Clock
) -> None:
    await sends(
        store,
        a_message("r1 first", about="r1"),
        a_message("r1 second", about="r1"),
        a_message("r2", about="r2"),
        a_message("about nothing"),
    )
    (head,) = await claimed(store)
    await store.outbox.complete(head, FAILED, NOW + hours(1))
    seen = []
    while found := await claimed(store):
        seen.extend(topics(found))
        await arrives(store, found[0])
    assert seen == ["r2", "about nothing"]
    clock.advance(hours(1))
    for expected in ("r1 first", "r1 second"):
        (head,) = await claimed(store)
        assert head.topic == expected
        await arrives(store, head)


async def test_the_same_request_in_another_lane_does_not_wait(store: WholeStore) -> None:
    await sends(store, a_message("a", "a", about="r1"), a_message("b", "b", about="r1"))
    first = next(d for d in await claimed(store) if d.lane == "a")
    await store.outbox.complete(first, FAILED, NOW + hours(1))
    await sends(store, a_message("later", "c", about="r1"))
    assert topics(await claimed(store)) == ["later"]


async def test_what_is_given_up_is_kept_and_lets_the_next_go(store: WholeStore) -> None:
    await sends(store, a_message("first", about="r1"), a_message("second", about="r1"))
    (head,) = await claimed(store)
    assert await store.outbox.complete(head, GIVEN_UP, None)
    assert topics(await claimed(store)) == ["second"]
    (dead,) = await store.outbox.listing(PROJECT, state="dead")
    assert (dead["id"], dead["topic"], dead["attempt"]) == (head.id, "first", 1)
    assert (dead["last_status"], dead["last_error"]) == (410, "Gone")


async def test_a_retry_without_a_time_is_the_end(store: WholeStore) -> None:
    await sends(store, a_message("first"))
    (head,) = await claimed(store)
    await store.outbox.complete(head, FAILED, None)
    assert await store.outbox.next_due() is None
    assert [row["state"] for row in await store.outbox.listing(PROJECT)] == ["dead"]


async def test_a_pause_holds_the_whole_lane_and_no_other(store: WholeStore, clock: Clock) -> None:
    await sends(store, a_message("a1", "a"), a_message("a2", "a"), a_message("b1", "b"))
    head = next(d for d in await claimed(store) if d.lane == "a")
    limited = Attempt(Fate.RETRY, 429, pause_lane=timedelta(seconds=30))
    await store.outbox.complete(head, limited, NOW + timedelta(seconds=10))
    clock.advance(timedelta(seconds=20))
    assert await claimed(store) == []
    clock.advance(timedelta(seconds=10))
    assert sorted(topics(await claimed(store))) == ["a1", "b1"]


async def test_a_delivery_may_pace_its_lane_too(store: WholeStore, clock: Clock) -> None:
    await sends(store, a_message("first"), a_message("second"))
    (head,) = await claimed(store)
    paced = Attempt(Fate.DELIVERED, pause_lane=timedelta(seconds=1))
    assert await store.outbox.complete(head, paced, None)
    assert await claimed(store) == []
    assert await store.outbox.next_due() == NOW + timedelta(seconds=1)
    clock.advance(timedelta(seconds=1))
    assert topics(await claimed(store)) == ["second"]


# Leases


async def test_a_lease_that_ran_out_is_somebody_else_s(store: WholeStore, clock: Clock) -> None:
    await sends(store, a_message("first"), a_message("second"))
    (slow,) = await claimed(store)
    clock.advance(LEASE - timedelta(microseconds=1))
    assert await claimed(store) == []
    assert await store.outbox.next_due() == NOW + LEASE
    clock.advance(timedelta(microseconds=1))
    (quick,) = await claimed(store)
    assert (quick.id, quick.attempt) == (slow.id, 2)
    assert not await arrives(store, slow)
    assert not await store.outbox.complete(slow, GIVEN_UP, None)
    assert await claimed(store) == []
    assert await arrives(store, quick)
    assert topics(await claimed(store)) == ["second"]


async def test_a_try_is_completed_once(store: WholeStore) -> None:
    await sends(store, a_message("first"))
    (head,) = await claimed(store)
    assert await arrives(store, head)
    assert not await arrives(store, head)
    assert not await store.outbox.complete(head, FAILED, NOW)
    assert await store.outbox.next_due() is None


async def test_a_late_result_takes_no_lane_from_who_works_on_it(store: WholeStore, clock: Clock) -> None:
    await sends(store, a_message("first"))
    (slow,) = await claimed(store)
    clock.advance(LEASE)
    (quick,) = await claimed(store)
    await arrives(store, quick)
    await sends(store, a_message("second"))
    await claimed(store)
    assert not await arrives(store, slow)
    await sends(store, a_message("third"))
    assert await claimed(store) == []


# Listing and replay


async def test_messages_are_listed_newest_first_by_state_and_receiver(store: WholeStore) -> None:
    await sends(store, a_message("one"), a_message("two", "b", url="https://example.org/"))
    await sends(store, a_message("elsewhere"), project=OTHER)
    (head,) = [d for d in await claimed(store) if d.topic == "one"]
    await arrives(store, head)
    outbox = store.outbox
    assert [row["topic"] for row in await outbox.listing(PROJECT)] == ["two", "one"]
    assert [row["topic"] for row in await outbox.listing(PROJECT, limit=1)] == ["two"]
    assert [row["topic"] for row in await outbox.listing(PROJECT, state="queued")] == ["two"]
    assert [row["topic"] for row in await outbox.listing(PROJECT, state="delivered")] == ["one"]
    assert [row["topic"] for row in await outbox.listing(PROJECT, url="https://example.org/")] == ["two"]


@pytest.mark.parametrize("end", [GIVEN_UP, ARRIVED])
async def test_what_ended_is_sent_again_under_the_same_id(store: WholeStore, end: Attempt) -> None:
    await sends(store, a_message("first", body=b"exactly"))
    (head,) = await claimed(store)
    await store.outbox.complete(head, end, None)
    assert await store.outbox.replay(OTHER, [head.id]) == 0
    assert await store.outbox.replay(PROJECT, [head.id, "msg_unknown"]) == 1
    (again,) = await claimed(store)
    assert (again.id, again.body, again.attempt) == (head.id, b"exactly", 1)
    assert await arrives(store, again)


async def test_what_is_under_way_is_not_sent_a_second_time_beside_itself(store: WholeStore) -> None:
    await sends(store, a_message("first"))
    (head,) = await claimed(store)
    await store.outbox.replay(PROJECT, [head.id])
    assert await claimed(store) == []
    assert await arrives(store, head)
    assert await claimed(store) == []


async def test_what_waits_for_its_next_try_has_it_now(store: WholeStore) -> None:
    await sends(store, a_message("first"))
    (head,) = await claimed(store)
    await store.outbox.complete(head, FAILED, NOW + hours(9))
    assert await store.outbox.replay(PROJECT, [head.id]) == 1
    (again,) = await claimed(store)
    assert (again.id, again.attempt) == (head.id, 2)


async def test_what_was_held_back_goes_once_the_reason_is_mended(store: WholeStore, clock: Clock) -> None:
    told = {"carrier": Carrier.SLACK, "url": None, "body": None}
    for topic in ("waits", "gone", "refused"):
        await sends(store, a_message(topic, f"slack:{topic}", **told))
    await sends(store, a_message("callback", "http"))
    held = Attempt(Fate.RETRY, error="not_installed", pause_lane=hours(1))
    ends = {
        "waits": held,
        "gone": Attempt(Fate.DEAD, error="not_installed"),
        "refused": Attempt(Fate.DEAD, error="invalid_blocks"),
        "callback": replace(held, error="HTTP 500"),
    }
    for delivery in await claimed(store):
        await store.outbox.complete(delivery, ends[delivery.topic], NOW + hours(1))
    assert await claimed(store) == []
    assert await store.outbox.resume(OTHER, Carrier.SLACK, ["not_installed"]) == 0
    assert await store.outbox.resume(PROJECT, Carrier.SLACK, ["not_installed"]) == 2
    found = {d.topic: d for d in await claimed(store)}
    assert found.keys() == {"waits", "gone"}
    # What was given up begins its tries anew; one that waited goes on with them.
    assert (found["waits"].attempt, found["gone"].attempt) == (2, 1)


async def test_messages_of_one_commit_keep_their_order_across_units(store: WholeStore) -> None:
    async def send(number: int, unit: Unit) -> None:
        unit.send([a_message(f"{number}.{part}", about="r1") for part in range(2)])

    await asyncio.gather(*(store.write(PROJECT, partial(send, number)) for number in range(10)))
    seen = []
    while found := await claimed(store):
        seen.extend(topics(found))
        await arrives(store, found[0])
    assert seen == [f"{number}.{part}" for number in range(10) for part in range(2)]


async def test_what_is_meant_is_narrowed_down(store: WholeStore, clock: Clock) -> None:
    signer, request = endpoint_signer("hook"), await add(store)
    await sends(store, a_message("to a hook", signer, signer=signer), a_message("of others"), project=OTHER)
    await sends(store, a_message("to a hook", signer, signer=signer))
    clock.advance(hours(1))
    await sends(store, a_message("about one", "a", request.id), a_message("card", "b", carrier=Carrier.SLACK))
    cases: list[tuple[Among, list[str]]] = [
        ({"endpoint": "hook"}, ["to a hook"]),
        ({"request_id": request.id}, ["about one"]),
        ({"carrier": Carrier.SLACK}, ["card"]),
        ({"since": NOW + hours(1)}, ["card", "about one"]),
        ({"until": NOW + hours(1)}, ["to a hook"]),
        ({"since": NOW, "until": NOW + hours(1), "endpoint": "other"}, []),
        ({"state": None, "carrier": None}, ["card", "about one", "to a hook"]),
    ]
    for among, expected in cases:
        assert [row["topic"] for row in await store.outbox.listing(PROJECT, **among)] == expected, among
        assert await store.outbox.replay_among(PROJECT, **among) == len(expected), among


async def test_a_span_is_sent_again_under_the_same_ids(store: WholeStore, clock: Clock) -> None:
    await sends(store, a_message("one", "a"), a_message("two", "b"))
    first = await store.outbox.claim(2, minutes(1))
    for delivery in first:
        await store.outbox.complete(delivery, Attempt(Fate.DELIVERED, 200), None)
    clock.advance(hours(1))
    await sends(store, a_message("three", "c"))
    assert await store.outbox.replay_among(OTHER, until=clock()) == 0
    assert await store.outbox.replay_among(PROJECT, until=clock()) == 2
    again = await store.outbox.claim(9, minutes(1))
    assert {d.id for d in again} > {d.id for d in first}
    assert [d.attempt for d in again] == [1, 1, 1]
