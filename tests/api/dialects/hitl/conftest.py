"""The door over a real SQLite database, at the hour of the reference's own examples."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from approvals.model import Domain
from store.engine import open_store
from store.group import Committed
from store.migrations import migrate
from tests.api.bench import OTHER, Bench, CountedWaiting, opened, refused_callback, served
from tests.auditing import sound
from tests.builders import a_wanted
from tests.fakes import Clock

REFERENCE_TIME = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
GENERAL = {"general": Domain("general"), "legal": Domain("legal")}


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, migrated once."""
    path = tmp_path_factory.mktemp("hitl") / "desk.db"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
async def bench(migrated: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    """A desk where `reviewer@company.com` and three others review `general`, and another project."""
    path = shutil.copy(migrated, tmp_path / "desk.db")
    clock, waiting = Clock(REFERENCE_TIME), CountedWaiting()
    async with open_store(f"sqlite+aiosqlite:///{path}", secret="a secret for tests", clock=clock) as store:

        def committed(what: Committed) -> None:
            for request in what.requests:
                waiting.changed(request)

        store.on_commit.append(committed)
        bench = await served(
            store, store.endpoints, store.library, clock, waiting, callback_guard=refused_outside
        )
        await bench.people(*people(), domains=GENERAL)
        await bench.people(a_wanted(9, domains={"general"}), project=OTHER, domains=GENERAL)
        yield bench
        waiting.close()
        await bench.client.close()
    await sound(f"sqlite+aiosqlite:///{path}")


@pytest.fixture
async def quick() -> AsyncIterator[Bench]:
    """The same desk over a store in memory, for what never comes so far as to be stored."""
    bench = await opened()
    bench.clock.now = REFERENCE_TIME
    await bench.people(*people(), domains=GENERAL)
    yield bench
    bench.waiting.close()
    await bench.client.close()


def refused_outside(url: str) -> str | None:
    """The bench's own rule, but receivers on loopback may be called."""
    return None if url.startswith("http://127.0.0.1:") else refused_callback(url)


def people() -> tuple[object, ...]:
    """Two of tier 1, one of tier 2, and one who reviews only law."""
    return (
        a_wanted(1, name="Robin Reviewer", email="reviewer@company.com", domains={"general"}),
        a_wanted(2, domains={"general"}),
        a_wanted(3, domains={"general"}, tier=2),
        a_wanted(4, domains={"legal"}),
    )
