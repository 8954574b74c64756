"""The auditor finds each thing that should be impossible, and nothing where all is well."""

import re
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, Executable, text

from api.dialects.callbacks import CallbackAnnouncer
from api.encoders import ENCODERS
from approvals.auditing import TRUTHS
from approvals.clockwork import Clockwork
from approvals.commands import Cancel, Decide, Idempotency
from approvals.model import ApprovalRequest, Dialect, Door, Verdict
from approvals.service import Approvals
from store import auditor
from store.connections import open_engines
from store.engine import Store
from store.migrations import migrate
from tests.builders import NOW, PROJECT, a_submit, a_wanted, wanting
from tests.store.databases import database_url, store

__all__ = ["database_url", "store"]

MESSAGE = (
    "project_id, carrier, lane, topic, request_id, signer, body, intent, state, attempt, due_at, created_at"
)
PROJECT_ROW = "created_at, version, chain_n, chain_hash, last_number, last_sentinel, intake"
SPOILED = {
    "answered_is_kept": "UPDATE idempotency SET request_id = 'gone'",
    "one_end": "UPDATE events SET record = REPLACE(record, '\"cancelled\"', '\"decided\"')",
    "in_time": "UPDATE requests SET expires_at = ended_at WHERE state = 'cancelled'",
    "told": "DELETE FROM deliveries",
    "evidence": "UPDATE requests SET decision = REPLACE(decision, '\"evidence\":{', '\"evidences\":{')",
    "no_stuck_message": "UPDATE lanes SET due_at = NULL",
    "nothing_late": "UPDATE requests SET due_at = '2020-01-01 00:00:00.000000' WHERE due_at IS NOT NULL",
    "told_once": f"INSERT INTO deliveries (id, {MESSAGE}) SELECT '', {MESSAGE} FROM deliveries WHERE seq = 1",
    "chain_whole": "DELETE FROM events WHERE n = 2",
    "every_change_recorded": "UPDATE requests SET version = version + 10",
    "loads_true": "UPDATE sentinels SET load = load + 1",
    "tallies_true": "UPDATE tallies SET requests = requests + 1 WHERE status = 'assigned' AND facet = 'all'",
}
"""For each truth, how a row is made to lie."""

DIALECTS = (Dialect.HUMANLAYER, Dialect.HUMANAPPROVAL, Dialect.HUMANCHECK, Dialect.HITL)


@pytest.fixture
async def lived(store: Store) -> Store:
    """A desk at which something of everything has happened, in every dialect."""
    announcer = CallbackAnnouncer(ENCODERS)
    approvals = Approvals(store, announcer)
    await Clockwork(store, announcer).apply(wanting(a_wanted()))

    async def ask(dialect: Dialect) -> ApprovalRequest:
        promised = Idempotency(f"key of {dialect}", "scope", "0" * 64, lambda request, roster: b"{}")
        url = f"https://receiver.example/{dialect}"
        return (
            await approvals.submit(
                a_submit(
                    dialect=dialect,
                    callback_url=url,
                    wire={"framework": "crew"},
                    idempotency=promised,
                    expires_at=datetime.fromisoformat("2100-01-01T00:00:00+00:00"),
                )
            )
        ).request

    for dialect in DIALECTS:
        await ask(dialect)
        promised = a_submit(dialect=dialect, callback_url="https://receiver.example/")
        decided, cancelled = (
            (await approvals.submit(promised)).request,
            (await approvals.submit(promised)).request,
        )
        await approvals.decide(
            Decide(PROJECT, decided.id, 1, Verdict.APPROVED, Door.API, '"kind":"expired","n":')
        )
        await approvals.cancel(Cancel(PROJECT, cancelled.id, "agent"))
    return store


async def spoil(store: Store, statement: str) -> None:
    """Change rows behind the store's back."""

    def job(connection: Connection, now: datetime) -> None:
        connection.execute(text(statement))

    await store.writer.run(job)


def test_every_truth_is_asked_for_and_spoiled_here() -> None:
    asked = auditor.LATELY.keys() | auditor.NOW.keys() | auditor.IN_TIME.keys() | auditor.IN_ALL.keys()
    assert asked == TRUTHS.keys() == SPOILED.keys()


async def test_where_all_is_well_nothing_is_found(lived: Store) -> None:
    assert await lived.auditor.sweep() == []
    assert await lived.auditor.sweep() == []
    assert await lived.auditor.whole() == []


@pytest.mark.parametrize("truth", SPOILED)
async def test_each_lie_is_found(lived: Store, truth: str) -> None:
    await spoil(lived, SPOILED[truth])
    found = {violation.truth for violation in await lived.auditor.whole()}
    if truth not in auditor.IN_ALL:
        found |= {violation.truth for violation in await lived.auditor.sweep()}
    assert truth in found


async def test_what_happened_since_the_last_sweep_is_asked_for_and_no_more(
    lived: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditor, "WINDOW", 3)
    assert await lived.auditor.sweep() == []
    await spoil(lived, SPOILED["told"])
    assert await lived.auditor.sweep() == []
    found = await lived.auditor.whole()
    assert {violation.truth for violation in found} == {"told"}
    assert "outbox of its callback" in str(found[0])


async def test_a_sweep_looks_up_what_it_asks_for_and_walks_through_nothing(tmp_path: Path) -> None:
    """Each minute, beside everybody's work, among however many requests there are."""
    # SQLite alone: an empty PostgreSQL reads whatever it likes.
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    await migrate(url)
    engines = open_engines(url)
    asked = {**auditor.LATELY, **auditor.NOW, **auditor.IN_TIME}
    for truth, question in ((truth, one) for truth, some in asked.items() for one in some):
        steps = await engines.read(partial(plan, question))
        told = "\n".join([truth, *steps])
        walks = [step for step in steps if re.match(r"SCAN (requests|events|deliveries)", step)]
        whole = [step for step in steps if re.match(r"SEARCH requests .*\(project_id=\?\)", step)]
        assert [*walks, *whole] == [], told
        # The chain's end is read from the end of its index.
        if truth != "chain_whole":
            assert not [step for step in steps if re.match(r"SEARCH events .*\(project_id=\?\)", step)], told
    await engines.dispose()


def plan(question: Executable, connection: Connection) -> list[str]:
    """How SQLite would answer, a line for each step."""
    literal = {"literal_binds": True, "render_postcompile": True}
    given = question.params(project="p", after=0, until=9, moment=NOW, pruned=NOW)  # type: ignore[attr-defined]
    words = str(given.compile(dialect=connection.dialect, compile_kwargs=literal))
    return [str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}")]


async def test_another_project_is_its_own(lived: Store) -> None:
    await spoil(lived, SPOILED["told"])
    empty = "created_at, 0, 0, '', 0, 0, '{}'"
    await spoil(lived, f"INSERT INTO projects (id, {PROJECT_ROW}) SELECT 'other', {empty} FROM projects")
    assert await lived.auditor.whole("other") == []
    assert {violation.project for violation in await lived.auditor.whole()} == {PROJECT}
