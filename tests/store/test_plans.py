"""No statement of a request's life walks through all that a project ever had.

SQLite alone: an empty PostgreSQL reads whatever it likes.
"""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from approvals.clockwork import Clockwork
from approvals.commands import Answer, Ask, Cancel, Decide, Escalate, SetAway
from approvals.model import Door, SentinelId, Verdict
from approvals.service import Approvals
from bot.announcer import CardAnnouncer, repair_row
from bot.topics import CARD
from store.engine import Store, open_store
from store.migrations import migrate
from tests.builders import PROJECT, a_domain, a_submit, a_wanted, hours, wanting
from tests.store.databases import SECRET

GROWS = "requests|events|deliveries|cards|idempotency"
"""The tables that hold what ever was."""

WALKS = re.compile(
    rf"SCAN (?:{GROWS})\b(?! USING INDEX ix_requests_queue)"
    rf"|SEARCH (?:{GROWS})\b.* INDEX (?!ix_requests_queue|ix_cards_open)\w+ \(project_id=\?\)"
    rf"|SEARCH events USING PRIMARY KEY \(project_id=\?\)"
)
"""A whole table, or all of a project; the two indexes named hold only what is open."""

Asked = dict[str, Any]


@contextmanager
def listening() -> Iterator[Asked]:
    """Every statement that reads, with the values of its first use."""
    asked: Asked = {}

    def hear(
        connection: Connection, cursor: object, statement: str, values: Any, context: object, many: bool
    ) -> None:
        if not many and statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            asked.setdefault(statement, values)

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Store]:
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    await migrate(url)
    async with open_store(url, secret=SECRET) as store:
        yield store


async def live(store: Store) -> None:
    """Something of everything that happens day by day."""
    announcer = CardAnnouncer()
    approvals, clockwork = Approvals(store, announcer), Clockwork(store, announcer)
    people = (a_wanted(1), a_wanted(2, tier=2))
    await clockwork.apply(wanting(*people, domains=[a_domain(channel="#legal")]))
    first, second, third, _ = [(await approvals.submit(a_submit())).request for _ in range(4)]
    await approvals.ask(Ask(PROJECT, first.id, SentinelId(1), "Why?", Door.API))
    await approvals.answer(Answer(PROJECT, first.id, 1, "So.", "agent"))
    await approvals.decide(Decide(PROJECT, first.id, SentinelId(1), Verdict.APPROVED, Door.API))
    await approvals.escalate(Escalate(PROJECT, second.id, SentinelId(1), Door.API, reasoning="Up."))
    await approvals.cancel(Cancel(PROJECT, third.id, "agent"))
    await store.timeline(PROJECT, first.id)
    now = await store.write(PROJECT, _now)
    await clockwork.set_away(SetAway(PROJECT, SentinelId(1), now + hours(24), None, "Somebody"))
    await clockwork.dispatch(PROJECT)
    await clockwork.sweep(PROJECT)
    await store.agenda.due_projects()
    await store.agenda.next_request_due()
    await store.cards.repair(PROJECT, ["legal"], CARD, lambda astray: repair_row(astray, None))
    await store.cards.unshown(PROJECT, SentinelId(1), 5)
    await store.auditor.sweep()
    await store.outbox.next_due()


async def _now(unit: Any) -> Any:
    return unit.now


async def test_nothing_of_a_days_work_walks_through_everything(empty: Store) -> None:
    with listening() as asked:
        await live(empty)
    walking = await empty.writer.run(lambda connection, now: [*_walking(connection, asked)])
    assert walking == []


def _walking(connection: Connection, asked: Asked) -> Iterator[str]:
    for statement, values in asked.items():
        steps = [
            str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
        # The end of a chain is read from the end of its index.
        if "max(events.n)" not in statement and any(WALKS.search(step) for step in steps):
            yield "\n".join([statement, *steps])
