"""One contract, three stores: memory, SQLite, PostgreSQL. The `test_contract_*` files hold each to it."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest

from approvals.applying import Wanted
from approvals.events import Event, EventKind
from approvals.model import ApprovalRequest, ProjectId, RequestId, SentinelId, State
from approvals.outbox import Carrier, Outgoing
from approvals.ports import Agenda, Cards, Keys, Outbox, Requests, Store, Unit
from store.engine import open_store
from store.migrations import migrate
from tests.builders import PROJECT, a_request, a_wanted, wanting
from tests.fakes import Clock, MemoryStore

__all__ = ["OTHER", "add", "apply", "clock", "replica", "sends", "sqlite_template", "store", "store_factory"]

OTHER = ProjectId("other")
"""A project that must never see anything of the first."""

T = TypeVar("T")


class WholeStore(Store, Requests, Protocol):
    """A store with all its ports."""

    @property
    def keys(self) -> Keys: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def cards(self) -> Cards: ...

    @property
    def agenda(self) -> Agenda: ...


Factory = Callable[[], AbstractAsyncContextManager[WholeStore]]


@pytest.fixture
def clock() -> Clock:
    """The clock of every store of the test."""
    return Clock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database that nobody uses: the tests' databases are copies of it."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store_factory(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path) -> Factory:
    """Opens the test's store; called again, another process's view of the same."""
    if request.param == "memory":
        return _always(MemoryStore(clock))
    if request.param == "sqlite":
        path = tmp_path / "desk.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite+aiosqlite:///{path}"
    else:
        url = request.getfixturevalue("postgres_url")
    return lambda: open_store(url, secret="x" * 16, clock=clock)


@pytest.fixture
async def store(store_factory: Factory) -> AsyncIterator[WholeStore]:
    """The test's store."""
    async with store_factory() as opened:
        yield opened


@pytest.fixture
async def replica(store_factory: Factory, store: WholeStore) -> AsyncIterator[WholeStore]:
    """What another process sees of it."""
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(store_factory())


def _always(opened: MemoryStore) -> Factory:
    @asynccontextmanager
    async def factory() -> AsyncIterator[WholeStore]:
        yield opened

    return factory


async def apply(store: Store, wanted: Wanted) -> None:
    """Make the roster what is wanted, and nothing else."""

    async def work(unit: Unit) -> None:
        unit.apply(wanted)

    await store.write(wanted.project, work)


async def add(store: Store, project: ProjectId = PROJECT, **changes: Any) -> ApprovalRequest:
    """Keep a new request, submitted now."""

    async def work(unit: Unit) -> ApprovalRequest:
        fields = {"created_at": unit.now, "updated_at": unit.now, **changes}
        request = a_request(unit.next_number(), project=project, **fields)
        unit.add(request, [an_event(request, unit)])
        return request

    return await store.write(project, work)


async def change(store: Store, request: ApprovalRequest, **changes: Any) -> ApprovalRequest:
    """Keep the next version of a request, with these changes."""

    async def work(unit: Unit) -> ApprovalRequest:
        before = await unit.request(request.id)
        after = replace(before, version=before.version + 1, **changes)
        unit.save(after, [an_event(after, unit, EventKind.AMENDED)])
        return after

    return await store.write(request.project, work)


async def reading(store: Store, work: Callable[[Unit], Awaitable[T]], project: ProjectId = PROJECT) -> T:
    """What a unit reads."""
    return await store.write(project, work)


def an_event(
    request: ApprovalRequest, unit: Unit, kind: EventKind = EventKind.SUBMITTED, **data: Any
) -> Event:
    """A fact about a request."""
    return Event(kind, request.id, unit.now, "test", data)


async def sends(store: Store, *messages: Outgoing, project: ProjectId = PROJECT) -> None:
    """Let a unit send these messages."""

    async def work(unit: Unit) -> None:
        unit.send(messages)

    await store.write(project, work)


def a_message(topic: str, lane: str = "lane", about: str | None = None, **changes: Any) -> Outgoing:
    """A callback that waits in a lane."""
    request_id = None if about is None else RequestId(about)
    message = Outgoing(Carrier.HTTP, lane, topic, request_id, url="https://example.com/", body=b"{}")
    return replace(message, **changes)


def topics(deliveries: Iterable[Any]) -> list[str]:
    """The topics of deliveries, in order."""
    return [delivery.topic for delivery in deliveries]


def numbers(requests: Sequence[ApprovalRequest]) -> list[int]:
    """The numbers of requests, in order."""
    return [request.number for request in requests]


HOLDER, COLLEAGUE = SentinelId(1), SentinelId(2)


async def held(store: Store, **changes: Any) -> ApprovalRequest:
    """Keep a new request that the first Sentinel has."""
    facts = {"state": State.ASSIGNED, "assigned_to": HOLDER, "recipients": (HOLDER,)}
    return await add(store, **(facts | changes))


@pytest.fixture
async def people(store: WholeStore) -> None:
    """Two Sentinels in each project."""
    for project in (PROJECT, OTHER):
        await apply(store, replace(wanting(a_wanted(1), a_wanted(2)), project=project))
