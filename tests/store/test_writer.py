"""The grouping writer: units share a commit and nothing else."""

import asyncio

import pytest
from sqlalchemy import text

from approvals.errors import RequestNotFound, StoreUnavailable
from approvals.events import Event, EventKind
from approvals.model import ProjectId
from approvals.ports import Unit
from approvals.service import Approvals
from store.engine import Store
from tests.builders import PROJECT, a_caller, a_submit, a_wanted, wanting
from tests.fakes import RecordingAnnouncer
from tests.store.databases import database_url, store

__all__ = ["database_url", "store"]


async def ready(store: Store) -> Approvals:
    """A desk over the store, with one Sentinel for legal matters."""

    async def apply(unit: Unit) -> None:
        unit.apply(wanting(a_wanted()))

    await store.write(PROJECT, apply)
    return Approvals(store, RecordingAnnouncer())


async def test_units_that_run_together_see_each_other_and_are_numbered_in_order(store: Store) -> None:
    approvals = await ready(store)
    submitted = await asyncio.gather(*(approvals.submit(a_submit()) for _ in range(40)))
    assert sorted(s.request.number for s in submitted) == list(range(1, 41))
    assert (await store.roster(PROJECT)).sentinels[1].load == 40
    assert await store.verify(PROJECT) == 80


async def test_a_unit_that_raises_leaves_nothing_and_harms_no_other(store: Store) -> None:
    approvals = await ready(store)

    async def spoil(unit: Unit) -> None:
        event = Event(EventKind.RATED, "nothing", unit.now, "test")
        unit.note([event])
        unit.change_sentinel(1, active=False)
        raise RequestNotFound("on purpose")

    good, bad, late = await asyncio.gather(
        approvals.submit(a_submit()),
        store.write(PROJECT, spoil),
        approvals.submit(a_submit()),
        return_exceptions=True,
    )
    assert isinstance(bad, RequestNotFound)
    assert {good.request.number, late.request.number} == {1, 2}
    assert (await store.roster(PROJECT)).sentinels[1].active
    assert await store.timeline(PROJECT, "nothing") == []


async def test_what_the_database_refuses_fails_alone(store: Store) -> None:
    approvals = await ready(store)

    async def refused(unit: Unit) -> None:
        # A usage without a key: NOT NULL is violated when the group is written.
        unit.count(None, "2026-11")

    outcomes = await asyncio.gather(
        *(approvals.submit(a_submit()) for _ in range(5)),
        store.write(PROJECT, refused),
        *(approvals.submit(a_submit()) for _ in range(5)),
        return_exceptions=True,
    )
    failed = [o for o in outcomes if isinstance(o, Exception)]
    assert [type(f) for f in failed] == [StoreUnavailable]
    numbers = sorted(o.request.number for o in outcomes if not isinstance(o, Exception) and o is not None)
    assert numbers == list(range(1, 11))
    assert await store.verify(PROJECT) == 20


async def test_nobody_is_answered_before_the_commit(store: Store) -> None:
    approvals = await ready(store)
    seen_by_a_reader: list[bool] = []

    async def submit_and_look() -> None:
        submitted = await approvals.submit(a_submit())
        await store.request(PROJECT, submitted.request.id)
        seen_by_a_reader.append(True)

    await asyncio.gather(*(submit_and_look() for _ in range(20)))
    assert len(seen_by_a_reader) == 20


async def test_a_caller_who_goes_away_stops_nobody(store: Store) -> None:
    approvals = await ready(store)
    leaving = asyncio.create_task(approvals.submit(a_submit()))
    staying = asyncio.create_task(approvals.submit(a_submit()))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).request.number in {1, 2}


async def test_another_project_has_its_own_numbers_and_chain(store: Store) -> None:
    approvals = await ready(store)
    other = ProjectId("other")
    await asyncio.gather(
        *(approvals.submit(a_submit(caller=a_caller(project=p))) for p in (PROJECT, other) * 3)
    )
    assert await store.verify(other) > 0
    with pytest.raises(RequestNotFound):
        await store.request(other, 4)


async def test_a_write_that_cannot_be_made_is_refused_in_words(store: Store) -> None:
    def broken(connection: object, now: object) -> None:
        connection.execute(text("SELECT * FROM nowhere"))  # type: ignore[attr-defined]

    with pytest.raises(StoreUnavailable):
        await store.writer.run(broken)
    await store.readiness.prove()


async def test_a_project_forgotten_in_the_middle_of_a_transaction_is_read_anew_after_it(store: Store) -> None:
    """Another process's change is noticed whenever it comes, in the middle of a group too."""
    approvals = await ready(store)

    async def interrupted(unit: Unit) -> int:
        store.writer.forget(PROJECT)
        return unit.roster.version

    async with asyncio.timeout(10):
        version, *submitted = await asyncio.gather(
            store.write(PROJECT, interrupted), *(approvals.submit(a_submit()) for _ in range(3))
        )
        after = await approvals.submit(a_submit())
    assert version == 1
    assert sorted(s.request.number for s in (*submitted, after)) == [1, 2, 3, 4]
    assert await store.verify(PROJECT) == 8


async def test_no_bug_of_ours_stops_the_writer(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    approvals = await ready(store)

    def broken(*_: object) -> None:
        raise KeyError("a bug")

    async with asyncio.timeout(10):
        with monkeypatch.context() as patch:
            patch.setattr("store.flush.write", broken)
            with pytest.raises(StoreUnavailable):
                await approvals.submit(a_submit())
        assert (await approvals.submit(a_submit())).request.number == 1


async def test_whoever_listens_and_breaks_costs_nobody_an_answer(store: Store) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("a bug")

    store.on_commit.append(broken)
    approvals = await ready(store)
    async with asyncio.timeout(10):
        numbers = [(await approvals.submit(a_submit())).request.number for _ in range(2)]
    assert numbers == [1, 2]
