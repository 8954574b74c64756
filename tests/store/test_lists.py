"""Lists that cost the same among any number: an index answers each combination that a reference offers."""

import itertools
import re
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, select

from approvals.commands import Amend, Cancel, Decide
from approvals.model import Dialect, Door, SentinelId, State, Verdict
from approvals.ports import Listing
from approvals.service import Approvals
from store import facets, requests, tables
from store.connections import open_engines
from store.engine import Store, open_store
from store.migrations import config, migrate
from tests.builders import PROJECT, a_submit, a_wanted, wanting
from tests.fakes import RecordingAnnouncer
from tests.store.contract import apply
from tests.store.databases import SECRET, database_url, store

__all__ = ["database_url", "store"]

OPEN, ENDED = frozenset({"pending", "assigned", "started"}), frozenset({"approved"})

WORDS: list[dict[str, Any]] = [
    {},
    {"title": "payment"},
    {"framework": "langgraph"},
    {"title": "payment", "framework": "langgraph"},
    {"template_id": "template_1"},
    {"assignee": SentinelId(1)},
    {"template_id": "template_1", "assignee": SentinelId(1)},
]
STATUSES: list[dict[str, Any]] = [{}, {"outcomes": ENDED}, {"outcomes": OPEN}]
COUNTED = [{**words, **status} for words, status in itertools.product(WORDS, STATUSES)]
ASKED: list[dict[str, Any]] = [{"agent_id": "a"}, {"external_id": "x"}, *COUNTED]
"""What the four references let a client ask for, and nothing else."""

PAGES: list[dict[str, Any]] = [{}, {"before": 7}, {"offset": 100}]


def spelled(asked: dict[str, Any]) -> str:
    """The same words in every process: sets have no order of their own."""
    words = ((name, sorted(word) if isinstance(word, frozenset) else word) for name, word in asked.items())
    return " ".join(f"{name}={word}" for name, word in words)


def plan(connection: Connection, listing: Listing) -> list[str]:
    """How SQLite would find the page, a line for each step."""
    wanted = requests._wanted(listing)
    statement, values = requests.paged(PROJECT, listing)
    assert wanted.items() <= values.items()
    literal = {"literal_binds": True, "render_postcompile": True}
    words = str(statement.params(values).compile(dialect=connection.dialect, compile_kwargs=literal))
    return [str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}")]


@pytest.mark.parametrize("page", PAGES, ids=["first", "keyset", "page 3"])
async def test_an_index_finds_the_numbers_of_a_page(tmp_path: Path, page: dict[str, Any]) -> None:
    # SQLite alone: an empty PostgreSQL reads whatever it likes.
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    await migrate(url)
    engines = open_engines(url)
    for asked in ASKED:
        listing = Listing(50, **asked, **page)
        steps = await engines.read(lambda connection, listing=listing: plan(connection, listing))
        told = "\n".join([str(listing), *steps])
        assert not [step for step in steps if step.startswith("SCAN requests")], told
        found = [re.search(r"USING (?:COVERING )?INDEX (\w+) \((.*)\)", step) for step in steps]
        looked = [match[2] for match in found if match and match[1] != "ix_requests_number"]
        columns = set(requests._wanted(listing)) | ({"status"} if "outcomes" in asked else set())
        assert all(f"{column}=?" in words for words in looked for column in columns), told
        assert bool(looked) == bool(columns), told
        # Only what the look-ups have found is sorted, never what they look through.
        pairs = itertools.pairwise(steps)
        assert not [b for a, b in pairs if a.startswith("SEARCH requests") and "TEMP B-TREE" in b], told
    await engines.dispose()


@pytest.mark.parametrize("asked", COUNTED, ids=spelled)
def test_a_total_is_kept_for_it(asked: dict[str, Any]) -> None:
    assert facets.tally(Listing(50, **asked)) is not None


async def shelved(store: Store) -> None:
    """A dozen requests with every facet, some of which have moved on."""
    await apply(store, wanting(a_wanted(1), a_wanted(2)))
    approvals = Approvals(store, RecordingAnnouncer())
    for number in range(12):
        wire = [{}, {"framework": "langgraph"}, {"template_id": "template_1"}][number % 3]
        title = ["payment", "a\nb"][number % 2]
        await approvals.submit(a_submit(dialect=Dialect.HITL, title=title, wire=wire))
    await approvals.cancel(Cancel(PROJECT, 1, "agent"))
    await approvals.amend(Amend(PROJECT, 3, "agent", content={"title": "payment"}))
    await approvals.decide(await deciding(store, 4))


async def test_totals_are_those_of_the_requests_whatever_happens_to_them(store: Store) -> None:
    await shelved(store)
    for title, framework, template_id, assignee, outcomes in itertools.product(
        [None, "payment", "a\nb"],
        [None, "langgraph"],
        [None, "template_1"],
        [None, SentinelId(1), SentinelId(2)],
        [None, OPEN, ENDED, frozenset({"cancelled"})],
    ):
        listing = Listing(
            100,
            title=title,
            framework=framework,
            template_id=template_id,
            assignee=assignee,
            outcomes=outcomes,
        )
        assert await store.count(PROJECT, listing) == len(await store.listing(PROJECT, listing)), listing


def test_every_status_is_known() -> None:
    assert sorted(facets.STATUSES) == sorted({*State, *Verdict, "started"} - {State.DECIDED})


async def test_a_database_of_the_version_before_gets_its_totals(database_url: str) -> None:
    def before(connection: Connection) -> None:
        with connection.begin():
            command.downgrade(config(connection), "0001")

    async with open_store(database_url, secret=SECRET) as store:
        await shelved(store)
        kept = await store.requests._engines.read(totals)
    engines = open_engines(database_url)
    writing = engines.writing()
    await writing.run(before)
    assert len(await engines.read(totals)) < len(kept)
    await writing.close()
    await engines.dispose()
    await migrate(database_url)
    async with open_store(database_url, secret=SECRET) as store:
        assert await store.requests._engines.read(totals) == kept


def totals(connection: Connection) -> list[tuple[object, ...]]:
    """Every tally that counts something."""
    statement = select(tables.tallies).where(tables.tallies.c.requests != 0)
    return sorted(tuple(row) for row in connection.execute(statement))


async def deciding(store: Store, number: int) -> Decide:
    """The command by which whoever holds it approves."""
    holder = (await store.request(PROJECT, number)).assigned_to
    assert holder is not None
    return Decide(PROJECT, number, holder, Verdict.APPROVED, Door.API, "Fine.")
