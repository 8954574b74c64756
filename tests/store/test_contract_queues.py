"""The contract of what waits: the queue, what is due, what somebody holds, and the agenda."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from approvals.model import ApprovalRequest, Priority, SentinelId, State
from approvals.ports import Unit
from tests.builders import NOW, PROJECT, a_wanted, hours, minutes, wanting
from tests.fakes import Clock
from tests.store.contract import (
    OTHER,
    WholeStore,
    add,
    apply,
    change,
    clock,
    numbers,
    reading,
    sqlite_template,
    store,
    store_factory,
)

__all__ = ["clock", "sqlite_template", "store", "store_factory"]


async def test_the_queue_goes_by_priority_then_age_and_page_by_page(store: WholeStore) -> None:
    for priority in (Priority.LOW, Priority.NORMAL, Priority.URGENT, Priority.HIGH, Priority.NORMAL):
        await add(store, priority=priority)
    await add(store, state=State.CANCELLED, priority=Priority.URGENT)
    queue = await reading(store, lambda unit: unit.pending(10))
    assert numbers(queue) == [3, 4, 2, 5, 1]
    seen: list[int] = []
    page = await reading(store, lambda unit: unit.pending(2))
    while page:
        seen.extend(numbers(page))
        page = await reading(store, partial(_queue_after, page[-1]))
    assert seen == [3, 4, 2, 5, 1]


async def test_what_is_due_comes_earliest_first(store: WholeStore, clock: Clock) -> None:
    await add(store, expires_at=NOW + minutes(3))
    await add(store, alarm_at=NOW + minutes(1), expires_at=NOW + minutes(9))
    await add(store, state=State.ASSIGNED, escalate_at=NOW + minutes(2))
    await add(store, expires_at=NOW + minutes(4), alarm_at=NOW + hours(1))
    await add(store)
    await add(store, state=State.EXPIRED, expires_at=NOW)
    assert await reading(store, lambda unit: unit.due(10)) == []
    clock.now = NOW + minutes(3)
    assert numbers(await reading(store, lambda unit: unit.due(10))) == [2, 3, 1]
    assert numbers(await reading(store, lambda unit: unit.due(2))) == [2, 3]


async def test_what_a_sentinel_holds_comes_oldest_first(store: WholeStore) -> None:
    await apply(store, wanting(a_wanted(1), a_wanted(2)))
    for state, holder in ((State.ASSIGNED, 1), (State.ASSIGNED, 2), (State.DECIDED, 1), (State.ASSIGNED, 1)):
        await add(store, state=state, assigned_to=SentinelId(holder))
    assert numbers(await reading(store, lambda unit: unit.assigned_to(SentinelId(1), 10))) == [1, 4]
    assert numbers(await reading(store, lambda unit: unit.assigned_to(SentinelId(1), 1))) == [1]


async def test_the_agenda_names_projects_in_which_something_is_due(store: WholeStore, clock: Clock) -> None:
    agenda = store.agenda
    assert await agenda.next_request_due() is None
    await add(store, expires_at=NOW + minutes(2))
    later = await add(store, OTHER, alarm_at=NOW + minutes(5), expires_at=NOW + hours(1))
    await add(store, OTHER, state=State.EXPIRED, expires_at=NOW)
    await add(store, OTHER)
    assert await agenda.next_request_due() == NOW + minutes(2)
    assert await agenda.due_projects() == []
    clock.now = NOW + minutes(2)
    assert await agenda.due_projects() == [PROJECT]
    clock.now = NOW + minutes(5)
    assert set(await agenda.due_projects()) == {PROJECT, OTHER}
    assert await agenda.next_request_due() == NOW + minutes(2)
    await change(store, later, alarm_at=None)
    assert await agenda.due_projects() == [PROJECT]


async def test_the_agenda_names_projects_in_which_somebody_waits(store: WholeStore) -> None:
    await apply(store, wanting(a_wanted(1)))
    request = await add(store)
    await add(store, OTHER, state=State.ASSIGNED, assigned_to=None)
    assert await store.agenda.queueing_projects() == [PROJECT]
    await change(store, request, state=State.ASSIGNED, assigned_to=SentinelId(1))
    assert await store.agenda.queueing_projects() == []


async def test_the_agenda_names_projects_in_which_somebody_holds_a_request(store: WholeStore) -> None:
    await apply(store, wanting(a_wanted(1)))
    await apply(store, replace(wanting(a_wanted(1)), project=OTHER))
    await add(store, OTHER)
    assert await store.agenda.holding_projects() == []
    request = await add(store, state=State.ASSIGNED, assigned_to=SentinelId(1))
    assert await store.agenda.holding_projects() == [PROJECT]
    await change(store, request, state=State.DECIDED)
    assert await store.agenda.holding_projects() == []


async def test_the_agenda_knows_when_the_next_person_returns(store: WholeStore, clock: Clock) -> None:
    await apply(store, wanting(a_wanted(1), a_wanted(2)))
    assert await store.agenda.next_return() is None

    async def leave(unit: Unit) -> None:
        unit.change_sentinel(SentinelId(1), away_until=NOW + hours(2))
        unit.change_sentinel(SentinelId(2), away_until=NOW + hours(1))

    await store.write(PROJECT, leave)
    assert await store.agenda.next_return() == NOW + hours(1)
    clock.now = NOW + hours(1)
    assert await store.agenda.next_return() == NOW + hours(2)
    clock.now = NOW + hours(2)
    assert await store.agenda.next_return() is None


async def _queue_after(last: ApprovalRequest, unit: Unit) -> Sequence[ApprovalRequest]:
    return await unit.pending(2, last)
