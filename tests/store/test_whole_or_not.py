"""A decision and everything that follows from it: written together, once, on what was read, or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from approvals.commands import Decide
from approvals.errors import StoreUnavailable
from approvals.model import Door, SentinelId, State, Verdict
from approvals.ports import Unit
from approvals.service import Approvals
from store import group
from store.engine import Store, open_store
from store.flush import LostUpdate, write
from store.migrations import migrate
from tests.builders import PROJECT, a_submit, a_wanted, wanting
from tests.fakes import RecordingAnnouncer
from tests.store.databases import SECRET, tamper

PARTS = ["requests", "events", "deliveries", "lanes", "sentinels", "projects", "tallies"]


@pytest.fixture
async def url(tmp_path: Path) -> str:
    """A migrated SQLite database."""
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    await migrate(url)
    return url


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """A store over it, with one Sentinel for legal matters."""
    async with open_store(url, secret=SECRET) as opened:

        async def apply(unit: Unit) -> None:
            unit.apply(wanting(a_wanted()))

        await opened.write(PROJECT, apply)
        yield opened


@pytest.mark.parametrize("part", PARTS)
async def test_a_decision_of_which_a_part_cannot_be_written_is_not_made(
    url: str, store: Store, part: str
) -> None:
    approvals = Approvals(store, RecordingAnnouncer())
    request = (await approvals.submit(a_submit())).request
    decide = Decide(PROJECT, request.id, SentinelId(1), Verdict.APPROVED, Door.API, "Read.")
    for verb in ("INSERT", "UPDATE"):
        refuse = "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        tamper(url, f"CREATE TRIGGER full_{verb} BEFORE {verb} ON {part} {refuse}")
    with pytest.raises(StoreUnavailable):
        await approvals.decide(decide)
    stands = await store.request(PROJECT, request.id)
    assert (stands.state, stands.version) == (State.ASSIGNED, request.version)
    assert [r.event.kind.value for r in await store.timeline(PROJECT, request.id)] == [
        "submitted",
        "assigned",
    ]
    assert len(await store.outbox.listing(PROJECT)) == 2

    for verb in ("INSERT", "UPDATE"):
        tamper(url, f"DROP TRIGGER full_{verb}")
    assert (await approvals.decide(decide)).request.outcome == "approved"
    assert len(await store.outbox.listing(PROJECT)) == 3
    assert await store.verify(PROJECT) == 3


async def test_a_request_that_somebody_changed_meanwhile_is_not_overwritten(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever passed the lock: the version that was read guards the write all the same."""
    approvals = Approvals(store, RecordingAnnouncer())
    request = (await approvals.submit(a_submit())).request
    refused: list[LostUpdate] = []

    def meddled(connection: Any, *others: Any) -> None:
        if not refused:
            connection.execute(text("UPDATE requests SET version = version + 1"))
        try:
            write(connection, *others)
        except LostUpdate as error:
            refused.append(error)
            raise

    monkeypatch.setattr(group.flush, "write", meddled)
    done = await approvals.decide(
        Decide(PROJECT, request.id, SentinelId(1), Verdict.APPROVED, Door.API, "Read.")
    )
    assert len(refused) == 1
    assert done.request.outcome == "approved"


async def test_a_commit_whose_answer_is_lost_is_not_made_twice(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    approvals = Approvals(store, RecordingAnnouncer())
    whole, lost = group.Group.perform, []

    def perform(self: group.Group, *how: Any) -> None:
        whole(self, *how)
        if not lost:
            lost.append(self)
            raise OperationalError(
                "COMMIT", {}, ConnectionError("the answer is lost"), connection_invalidated=True
            )

    monkeypatch.setattr(group.Group, "perform", perform)
    submitted = await approvals.submit(a_submit())
    assert len(lost) == 1
    assert submitted.request.number == 1
    assert (await store.request(PROJECT, 1)).id == submitted.request.id
    assert await store.verify(PROJECT) == 2
