"""Messages that are given up: operations hear of them, and endpoints that are gone are switched off."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from approvals.applying import Wanted, WantedEndpoint
from approvals.model import Dialect, Endpoint, Roster
from approvals.outbox import Attempt, Carrier, Delivery, Fate, Loss, Lost, Outgoing, endpoint_signer
from store.engine import Store, open_store
from tests.builders import PROJECT, hours, minutes
from tests.fakes import Clock
from tests.store.contract import OTHER, a_message, add, apply, clock, sends
from tests.store.databases import SECRET, database_url

__all__ = ["clock", "database_url"]

HOOK = WantedEndpoint("https://hook.example/", Dialect.HITL, ("review.completed",))
WORSE = Attempt(Fate.RETRY, 503, "refused (503)")
GONE = Attempt(Fate.DEAD, 410, "the receiver is gone (410)", gone=True)
DEAD = Attempt(Fate.DEAD, 400, "refused (400)")


class Told:
    """Alarms that go to a lane of their own; `heard` holds every loss."""

    def __init__(self) -> None:
        self.heard: list[Lost] = []

    def lost(self, lost: Lost, roster: Roster) -> Outgoing | None:
        self.heard.append(lost)
        if lost.delivery.lane == "ops":
            return None
        intent = {"kind": lost.kind.value, "count": lost.count, "project": roster.project}
        return Outgoing(Carrier.SLACK, "ops", "lost", intent=intent)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def store(database_url: str, clock: Clock, told: Told) -> AsyncIterator[Store]:
    async with open_store(database_url, secret=SECRET, clock=clock, alarms=told) as opened:
        await apply(opened, Wanted(PROJECT))
        yield opened


async def hook(store: Store) -> Endpoint:
    """A fresh webhook endpoint."""
    return (await store.endpoints.create(PROJECT, HOOK, "desk"))[0]


def to_hook(endpoint: Endpoint, topic: str = "review.completed") -> Outgoing:
    """A message to an endpoint."""
    signer = endpoint_signer(endpoint.id)
    return a_message(topic, signer, signer=signer, url=endpoint.url)


async def head(store: Store, carrier: Carrier = Carrier.HTTP) -> Delivery:
    """The one message that can leave."""
    (delivery,) = await store.outbox.claim(10, timedelta(seconds=30), carrier)
    return delivery


async def fails(store: Store, attempt: Attempt = DEAD, retry_at: Any = None) -> None:
    """The head of the only lane fails."""
    assert await store.outbox.complete(await head(store), attempt, retry_at)


async def alarms(store: Store) -> list[dict[str, Any]]:
    """What operations will hear, the oldest first."""
    return [row["intent"] for row in await alarm_rows(store)]


async def alarm_rows(store: Store) -> list[dict[str, Any]]:
    listed = await store.outbox.listing(PROJECT)
    return [row for row in reversed(listed) if row["lane"] == "ops"]


async def on(store: Store, endpoint: Endpoint) -> bool:
    """Whether an endpoint is switched on."""
    return next(e.active for e in (await store.roster(PROJECT)).endpoints if e.id == endpoint.id)


async def test_a_dead_message_is_told_in_the_same_commit(store: Store, told: Told) -> None:
    request = await add(store, domain="finance")
    await sends(store, a_message("end", about=request.id))
    await fails(store)
    assert await alarms(store) == [{"kind": "dead", "count": 1, "project": PROJECT}]
    (lost,) = told.heard
    assert (lost.domain, lost.error) == ("finance", "refused (400)")


async def test_a_try_that_has_no_next_one_is_told_too(store: Store) -> None:
    await sends(store, a_message("end"))
    await fails(store, WORSE, None)
    assert len(await alarms(store)) == 1


async def test_what_will_be_tried_again_or_has_arrived_is_not_told(store: Store, clock: Clock) -> None:
    await sends(store, a_message("end"))
    await fails(store, WORSE, clock() + minutes(1))
    clock.advance(minutes(1))
    await fails(store, Attempt(Fate.DELIVERED, 200))
    assert await alarms(store) == []


async def test_whoever_lost_the_lease_tells_nothing(store: Store, clock: Clock) -> None:
    await sends(store, a_message("end"))
    late = await head(store)
    clock.advance(minutes(1))
    await head(store)
    assert not await store.outbox.complete(late, DEAD, None)
    assert await alarms(store) == []


async def test_what_operations_cannot_be_told_makes_no_more_messages(store: Store) -> None:
    await sends(store, a_message("end"))
    await fails(store)
    alarm = await head(store, Carrier.SLACK)
    await store.outbox.complete(alarm, DEAD, None)
    assert len(await alarms(store)) == 1


async def test_losses_that_wait_to_be_told_are_one_message(store: Store) -> None:
    await sends(store, *(a_message(f"end {n}") for n in range(3)))
    for _ in range(3):
        await fails(store)
    assert [alarm["count"] for alarm in await alarms(store)] == [3]


async def test_the_next_losses_are_told_after_an_hour(store: Store, clock: Clock) -> None:
    await sends(store, *(a_message(f"end {n}") for n in range(3)))
    await fails(store)
    await store.outbox.complete(await head(store, Carrier.SLACK), Attempt(Fate.DELIVERED), None)
    clock.advance(minutes(10))
    await fails(store)
    await fails(store)
    assert not await store.outbox.claim(1, minutes(1), Carrier.SLACK)
    clock.advance(minutes(50))
    assert (await head(store, Carrier.SLACK)).intent["count"] == 2


async def test_projects_hear_of_their_own_losses(store: Store) -> None:
    await apply(store, Wanted(OTHER))
    await sends(store, a_message("mine"), a_message("mine too"))
    await sends(store, a_message("theirs"), project=OTHER)
    for _ in range(3):
        await fails(store)
    assert [alarm["count"] for alarm in await alarms(store)] == [2]
    (theirs,) = [r for r in await store.outbox.listing(OTHER) if r["lane"] == "ops"]
    assert theirs["intent"] == {"kind": "dead", "count": 1, "project": OTHER}


async def test_a_receiver_that_is_gone_ends_its_own_message_only(store: Store) -> None:
    await sends(store, a_message("one", signer="key:k1"), a_message("two", signer="key:k1"))
    await fails(store, GONE)
    assert (await head(store)).topic == "two"


async def test_an_endpoint_that_is_gone_is_switched_off_with_all_that_waits(store: Store, told: Told) -> None:
    endpoint = await hook(store)
    version = (await store.roster(PROJECT)).version
    await sends(store, *(to_hook(endpoint) for _ in range(3)))
    await fails(store, GONE)
    assert not await on(store, endpoint)
    assert (await store.roster(PROJECT)).version > version
    states = {(row["state"], row["last_error"]) for row in await store.outbox.listing(PROJECT, url=HOOK.url)}
    assert states == {("dead", "the receiver is gone (410)"), ("dead", "the endpoint is gone")}
    assert [(lost.kind, lost.count) for lost in told.heard] == [(Loss.GONE, 3)]


async def test_an_endpoint_is_switched_off_once(store: Store, told: Told) -> None:
    endpoint = await hook(store)
    await sends(store, to_hook(endpoint))
    await fails(store, GONE)
    (row,) = await store.outbox.listing(PROJECT, url=HOOK.url)
    await store.outbox.replay(PROJECT, [row["id"]])
    await fails(store, GONE)
    assert [lost.kind for lost in told.heard] == [Loss.GONE, Loss.DEAD]


async def test_five_days_of_failures_alone_switch_an_endpoint_off(
    store: Store, clock: Clock, told: Told
) -> None:
    endpoint = await hook(store)
    for _ in range(5):
        await sends(store, to_hook(endpoint))
        await fails(store, DEAD)
        clock.advance(hours(24))
        assert await on(store, endpoint)
    await sends(store, to_hook(endpoint))
    await fails(store, WORSE, clock() + minutes(1))
    assert not await on(store, endpoint)
    assert told.heard[-1].kind is Loss.FAILING
    assert [r["state"] for r in await store.outbox.listing(PROJECT, state="queued", url=HOOK.url)] == []


async def test_one_arrival_starts_the_five_days_anew(store: Store, clock: Clock) -> None:
    endpoint = await hook(store)
    for attempt in (DEAD, Attempt(Fate.DELIVERED, 204), DEAD):
        await sends(store, to_hook(endpoint))
        await fails(store, attempt)
        clock.advance(hours(119))
    assert await on(store, endpoint)


async def test_switched_on_again_it_starts_afresh(store: Store, clock: Clock) -> None:
    endpoint = await hook(store)
    for _ in range(2):
        await sends(store, to_hook(endpoint))
        await fails(store, DEAD)
        clock.advance(hours(121))
    assert not await on(store, endpoint)
    await store.endpoints.change(PROJECT, endpoint.id, active=True)
    await sends(store, to_hook(endpoint))
    await fails(store, DEAD)
    assert await on(store, endpoint)


async def test_applying_the_file_switches_its_endpoint_on_again(store: Store) -> None:
    wanted = Wanted(PROJECT, endpoints=(HOOK,))
    await apply(store, wanted)
    (endpoint,) = (await store.roster(PROJECT)).endpoints
    await sends(store, to_hook(endpoint))
    await fails(store, GONE)
    await apply(store, wanted)
    assert await on(store, endpoint)
