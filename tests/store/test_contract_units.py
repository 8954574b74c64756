"""The contract of a unit: all or nothing, alone among many, its time, and what it may read."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from approvals.commands import Decide
from approvals.errors import AlreadyEnded, RequestNotFound
from approvals.model import ApprovalRequest, Door, RequestId, SentinelId, State, Verdict
from approvals.outbox import Carrier
from approvals.ports import Remembered, Unit
from approvals.service import Approvals
from tests.builders import (
    KEY,
    NOW,
    PROJECT,
    a_domain,
    a_request,
    a_submit,
    a_wanted,
    hours,
    minutes,
    wanting,
)
from tests.fakes import Clock, RecordingAnnouncer
from tests.store.contract import (
    OTHER,
    WholeStore,
    a_message,
    add,
    an_event,
    apply,
    change,
    clock,
    numbers,
    reading,
    replica,
    sqlite_template,
    store,
    store_factory,
    topics,
)

__all__ = ["clock", "replica", "sqlite_template", "store", "store_factory"]

LEASE = timedelta(seconds=30)
KEPT = Remembered("a" * 64, a_request().id, b"{}")


class Spoilt(Exception):
    """A unit that fails on purpose."""


async def everything(unit: Unit) -> ApprovalRequest:
    """Write whatever a unit can write."""
    request = a_request(unit.next_number(), state=State.ASSIGNED, assigned_to=SentinelId(1))
    unit.add(request, [an_event(request, unit)])
    unit.send([a_message("first")])
    unit.remember("scope", "key", KEPT)
    unit.count(KEY, "2026-11")
    unit.change_sentinel(SentinelId(1), away_until=NOW + hours(1))
    return request


async def test_what_a_unit_writes_is_kept_whole(store: WholeStore) -> None:
    await apply(store, wanting(a_wanted(1)))
    request = await store.write(PROJECT, everything)
    assert await store.request(PROJECT, request.id) == request
    assert await store.request(PROJECT, request.number) == request
    assert [r.event.kind.value for r in await store.timeline(PROJECT, request.id)] == ["submitted"]
    assert topics(await store.outbox.claim(10, LEASE)) == ["first"]
    assert await reading(store, lambda unit: unit.remembered("scope", "key")) == KEPT
    assert await reading(store, lambda unit: unit.used(KEY, "2026-11")) == 1
    sentinel = (await store.roster(PROJECT)).sentinels[SentinelId(1)]
    assert (sentinel.load, sentinel.last_assigned_at, sentinel.away_until) == (1, NOW, NOW + hours(1))


async def test_a_unit_that_raises_leaves_nothing(store: WholeStore) -> None:
    await apply(store, wanting(a_wanted(1)))
    before = await store.roster(PROJECT)
    spoilt: list[ApprovalRequest] = []

    async def spoil(unit: Unit) -> None:
        spoilt.append(await everything(unit))
        unit.apply(wanting(a_wanted(2)))
        raise Spoilt

    with pytest.raises(Spoilt):
        await store.write(PROJECT, spoil)
    with pytest.raises(RequestNotFound):
        await store.request(PROJECT, spoilt[0].id)
    assert await store.timeline(PROJECT, spoilt[0].id) == []
    assert await store.outbox.next_due() is None
    assert await reading(store, lambda unit: unit.remembered("scope", "key")) is None
    assert await reading(store, lambda unit: unit.used(KEY, "2026-11")) == 0
    assert await store.roster(PROJECT) == before
    assert (await add(store)).number == 1


async def test_a_save_that_raises_leaves_the_request_as_it_was(store: WholeStore) -> None:
    await apply(store, wanting(a_wanted(1)))
    request = await add(store, state=State.ASSIGNED, assigned_to=SentinelId(1))

    async def spoil(unit: Unit) -> None:
        read = await unit.request(request.id)
        unit.save(replace(read, state=State.CANCELLED, version=read.version + 1), [])
        raise Spoilt

    with pytest.raises(Spoilt):
        await store.write(PROJECT, spoil)
    assert await store.request(PROJECT, request.id) == request
    assert (await store.roster(PROJECT)).sentinels[SentinelId(1)].load == 1


async def test_a_unit_that_raises_harms_no_other_beside_it(store: WholeStore) -> None:
    await apply(store, wanting(a_wanted(1)))

    async def spoil(unit: Unit) -> None:
        await everything(unit)
        raise Spoilt

    works = [add(store), store.write(PROJECT, spoil), add(store), store.write(PROJECT, spoil), add(store)]
    outcomes = await asyncio.gather(*works, return_exceptions=True)
    kept = [o for o in outcomes if isinstance(o, ApprovalRequest)]
    assert sorted(numbers(kept)) == [1, 2, 3]
    assert [await store.request(PROJECT, r.id) for r in kept] == kept
    chain = [link.n for r in kept for link in await store.timeline(PROJECT, r.id)]
    assert sorted(chain) == [1, 2, 3]


async def test_many_at_once_lose_no_update(store: WholeStore) -> None:
    request = await add(store)
    await asyncio.gather(*(change(store, request) for _ in range(25)))
    assert (await store.request(PROJECT, request.id)).version == 26
    assert len(await store.timeline(PROJECT, request.id)) == 26


async def test_two_processes_at_once_lose_no_update(store: WholeStore, replica: WholeStore) -> None:
    request = await add(store)
    works = [change(s, request) for _ in range(10) for s in (store, replica)]
    await asyncio.gather(*works)
    assert (await store.request(PROJECT, request.id)).version == 21
    assert (await replica.request(PROJECT, request.id)).version == 21
    assert [r.n for r in await replica.timeline(PROJECT, request.id)] == list(range(1, 22))


async def test_of_two_processes_that_decide_one_wins_and_the_other_hears_who(
    store: WholeStore, replica: WholeStore
) -> None:
    await apply(store, wanting(a_wanted(1), a_wanted(2), domains=[a_domain(backups=True)]))
    desks = [Approvals(s, RecordingAnnouncer()) for s in (store, replica)]
    for _ in range(10):
        request = (await desks[0].submit(a_submit())).request
        decisions = [
            Decide(PROJECT, request.id, SentinelId(by), verdict, Door.API, "Because.")
            for by, verdict in ((1, Verdict.APPROVED), (2, Verdict.REJECTED))
        ]
        outcomes = await asyncio.gather(
            *(desk.decide(decision) for desk, decision in zip(desks, decisions, strict=True)),
            return_exceptions=True,
        )
        stands = (await store.request(PROJECT, request.id)).decision
        lost = [o for o in outcomes if isinstance(o, AlreadyEnded)]
        assert [o.request.decision for o in lost] == [stands]
    assert {s.load for s in (await store.roster(PROJECT)).sentinels.values()} == {0}


async def test_the_time_of_a_unit_is_the_clock_s(store: WholeStore, clock: Clock) -> None:
    async def now(unit: Unit) -> Any:
        return unit.now

    assert await reading(store, now) == NOW
    clock.advance(minutes(3))
    assert await reading(store, now) == NOW + minutes(3)


async def test_what_is_gathered_is_found_by_its_own_number(store: WholeStore) -> None:
    """Of several requests that one transaction holds and has not written yet."""

    async def make(unit: Unit) -> list[RequestId]:
        made = [a_request(unit.next_number()) for _ in range(3)]
        for request in made:
            unit.add(request, [])
        return [request.id for request in made]

    async def find(unit: Unit) -> list[RequestId]:
        return [(await unit.request(number)).id for number in (1, 2, 3)]

    made, found = await asyncio.gather(store.write(PROJECT, make), store.write(PROJECT, find))
    assert found == made


async def test_numbers_are_counted_per_project_without_gaps(store: WholeStore) -> None:
    made = await asyncio.gather(*(add(store, project) for _ in range(10) for project in (PROJECT, OTHER)))
    for project in (PROJECT, OTHER):
        assert sorted(r.number for r in made if r.project == project) == list(range(1, 11))


async def test_a_unit_may_take_several_numbers(store: WholeStore) -> None:
    async def two(unit: Unit) -> tuple[int, int]:
        made = [a_request(unit.next_number()) for _ in range(2)]
        for request in made:
            unit.add(request, [])
        return made[0].number, made[1].number

    assert await store.write(PROJECT, two) == (1, 2)
    assert (await add(store)).number == 3


async def test_another_project_sees_nothing(store: WholeStore) -> None:
    await apply(store, wanting(a_wanted(1)))
    request = await store.write(PROJECT, everything)
    for ref in (request.id, request.number):
        with pytest.raises(RequestNotFound):
            await store.request(OTHER, ref)
        with pytest.raises(RequestNotFound):
            await reading(store, lambda unit, named=ref: unit.request(named), OTHER)  # type: ignore[misc]
    assert await store.timeline(OTHER, request.id) == []
    assert await reading(store, lambda unit: unit.timeline(request.id), OTHER) == []
    assert await reading(store, lambda unit: unit.pending(10), OTHER) == []
    assert await reading(store, lambda unit: unit.due(10), OTHER) == []
    assert await reading(store, lambda unit: unit.assigned_to(SentinelId(1), 10), OTHER) == []
    assert (await store.roster(OTHER)).sentinels == {}


async def test_messages_carry_what_was_sent(store: WholeStore, clock: Clock) -> None:
    request = await add(store)
    message = a_message(
        "request.decided", "https://example.com/hook", request.id, signer="key:k1", body=b"\x00\xff{}"
    )
    card = a_message(
        "card", "slack:C1", request.id, carrier=Carrier.SLACK, intent={"surface": "dm:1"}, body=None
    )

    async def work(unit: Unit) -> None:
        unit.send([message, card])

    await store.write(PROJECT, work)
    first, second = sorted(await store.outbox.claim(10, LEASE), key=lambda d: d.seq)
    assert (first.project, first.carrier, first.lane, first.topic) == (
        PROJECT,
        Carrier.HTTP,
        "https://example.com/hook",
        "request.decided",
    )
    assert (first.request_id, first.url, first.signer, first.body) == (
        request.id,
        "https://example.com/",
        "key:k1",
        b"\x00\xff{}",
    )
    assert (first.attempt, first.created_at) == (1, NOW)
    assert (second.carrier, dict(second.intent), second.body) == (Carrier.SLACK, {"surface": "dm:1"}, None)
    assert first.id != second.id
