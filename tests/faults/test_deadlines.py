"""The lock is held over the deadline, by another connection: nobody decides late, however early they came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from approvals.clockwork import Clockwork
from approvals.commands import Decide
from approvals.errors import DeadlinePassed
from approvals.model import ApprovalRequest, Door, SentinelId, State, Verdict
from approvals.service import Approvals
from scheduler.expiry import Sweeper
from store.agenda import SqlAgenda
from store.connections import open_engines
from store.engine import Store
from tests.auditing import sound
from tests.builders import PROJECT, a_submit, a_wanted, wanting
from tests.fakes import RecordingAnnouncer
from tests.faults.effort import Figures, scaled
from tests.store.databases import database_url, store

__all__ = ["database_url", "store"]

HELD = timedelta(seconds=0.6)
SKEW = timedelta(seconds=10)


@asynccontextmanager
async def locked(url: str) -> AsyncIterator[None]:
    """The project's lock is another's while the block runs."""
    engines = open_engines(url)
    writing = engines.writing()
    lock = "SELECT id FROM projects" + ("" if engines.sqlite else " FOR UPDATE")

    def take(connection: object) -> None:
        connection.begin()  # type: ignore[attr-defined]
        connection.execute(text(lock))  # type: ignore[attr-defined]

    await writing.run(take)
    try:
        yield
    finally:
        await writing.run(lambda connection: connection.rollback())
        await writing.close()
        await engines.dispose()


async def until(moment: datetime) -> None:
    """Until the wall clock says so."""
    await asyncio.sleep((moment - datetime.now(UTC)).total_seconds())


async def test_nobody_decides_late(database_url: str, store: Store, figures: Figures) -> None:
    rounds, late = scaled(3), 0
    announcer = RecordingAnnouncer()
    approvals, clockwork = Approvals(store, announcer), Clockwork(store, announcer)
    await clockwork.apply(wanting(a_wanted()))
    for _ in range(rounds):
        deadline = datetime.now(UTC) + HELD
        command = a_submit(expires_at=deadline)
        asked = await asyncio.gather(*(approvals.submit(command) for _ in range(10)))
        requests = [one.request for one in asked]
        async with locked(database_url):
            deciding = [asyncio.create_task(_decide(approvals, request)) for request in requests]
            await until(deadline)
            await asyncio.sleep(0.05)
        late += sum(await asyncio.gather(*deciding))
        while await clockwork.sweep(PROJECT):
            pass
        states = {(await store.request(PROJECT, r.id)).state for r in requests}
        assert states == {State.EXPIRED}
    assert late == 0
    figures.note(decisions=10 * rounds, late=late)
    await sound(database_url)


async def _decide(approvals: Approvals, request: ApprovalRequest) -> bool:
    """Whether it was decided."""
    try:
        await approvals.decide(
            Decide(PROJECT, request.id, SentinelId(1), Verdict.APPROVED, Door.API, "In time.")
        )
    except DeadlinePassed:
        return False
    return True


@pytest.mark.parametrize("skew", [-SKEW, SKEW], ids=["slow", "fast"])
async def test_a_replica_with_another_clock_expires_nothing_early(
    skew: timedelta, database_url: str, store: Store
) -> None:
    """What a skewed replica takes for due is looked at again under the lock, by the writer's clock."""
    announcer = RecordingAnnouncer()
    approvals, clockwork = Approvals(store, announcer), Clockwork(store, announcer)
    await clockwork.apply(wanting(a_wanted()))
    soon = datetime.now(UTC) + SKEW / 2
    request = (await approvals.submit(a_submit(expires_at=soon))).request
    engines = open_engines(database_url)
    sweeper = Sweeper(clockwork, SqlAgenda(engines, lambda: datetime.now(UTC) + skew))
    assert await sweeper.sweep() == 0
    assert await _decide(approvals, request)
    await engines.dispose()
