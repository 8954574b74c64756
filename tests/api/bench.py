"""A desk with its HTTP door open, over a store in memory: what the tests of `api` call."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from api.app import build
from api.dialects.callbacks import CallbackAnnouncer
from api.encoders import ENCODERS
from api.metrics import Meter
from api.parts import ApiConfig, ApiDesk
from approvals import keys
from approvals.allowances import MemoryAllowances
from approvals.applying import Wanted
from approvals.clockwork import Clockwork
from approvals.figures import Figures
from approvals.keys import Key, Rate, Scope
from approvals.model import ApprovalRequest, Domain, ProjectId, RequestId
from approvals.ports import Announcer, Endpoints, Library, Unit
from approvals.service import Approvals
from approvals.waiting import Waiting
from tests.builders import a_wanted
from tests.fakes import Clock, MemoryStore
from tests.memory_library import MemoryEndpoints, MemoryLibrary, MemorySigningKeys

T = TypeVar("T")

DEFAULT = ProjectId("default")
OTHER = ProjectId("other")


class CountedWaiting(Waiting):
    """Waiting that can itself be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = asyncio.Event()

    def _future(self, request_id: RequestId, seen: int | None) -> asyncio.Future[ApprovalRequest]:
        future = super()._future(request_id, seen)
        future.add_done_callback(lambda _: self._changed.set())
        self._changed.set()
        return future

    async def until(self, count: int) -> None:
        """Until so many are waiting."""
        async with asyncio.timeout(10):
            while len(self) != count:
                self._changed.clear()
                await self._changed.wait()


class TellingStore(MemoryStore):
    """A store after whose commits everybody who waits is told, as the composition root has it."""

    def __init__(self, clock: Clock, waiting: Waiting) -> None:
        super().__init__(clock)
        self.waiting = waiting

    async def write(self, project: ProjectId, work: Callable[[Unit], Awaitable[T]]) -> T:
        result = await super().write(project, work)
        for request in self.tenants[project].requests.values():
            self.waiting.changed(request)
        return result


@dataclass
class Bench:
    """The desk behind the door, and the door."""

    store: TellingStore
    waiting: CountedWaiting
    clock: Clock
    desk: ApiDesk
    app: web.Application
    client: TestClient[web.Request, web.Application]
    faults: list[str]

    async def key(self, *scopes: str, project: ProjectId = DEFAULT, **changes: Any) -> str:
        """The text of a fresh key with these scopes (`requests` if none is named)."""
        key_id, text = keys.mint()
        wanted = frozenset(Scope(scope) for scope in scopes or ("requests",))
        key = Key(key_id, project, f"key of {project}", wanted, self.clock())
        await self.store.keys.create(replace(key, **changes), text, keys.mint_webhook_secret())
        return text

    async def call(self, method: str, path: str, key: str | None = None, **more: Any) -> ClientResponse:
        """One HTTP call with a key."""
        headers = {**({"x-api-key": key} if key else {}), **more.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **more)

    async def people(self, *wanted: Any, project: ProjectId = DEFAULT, domains: Any = None) -> None:
        """Make these the Sentinels of a project; the domain `legal` is configured unless others are."""
        rules = domains if domains is not None else {"legal": Domain("legal")}
        await self.desk.clockwork.apply(Wanted(project, domains=rules, sentinels=wanted))


async def opened(**config: Any) -> Bench:
    """A desk with one Sentinel (number 1, `legal`, everywhere), served on the loopback."""
    clock, waiting = Clock(), CountedWaiting()
    store = TellingStore(clock, waiting)
    endpoints, library = MemoryEndpoints(store, clock), MemoryLibrary(store)
    bench = await served(store, endpoints, library, clock, waiting, **config)
    await bench.people(a_wanted(1))
    return bench


async def served(
    store: Any,
    endpoints: Endpoints,
    library: Library,
    clock: Any,
    waiting: CountedWaiting,
    announcer: Announcer | None = None,
    **config: Any,
) -> Bench:
    """As `opened`, over any store and without people."""
    faults = list[str]()
    announcer = announcer or CallbackAnnouncer(ENCODERS)

    async def ready() -> list[str]:
        return faults

    settings = {
        "default_rate": Rate(1000, 60),
        "max_body": 256 * 1024,
        "blocking_s": 300,
        "callback_guard": refused_callback,
        "ready": ready,
    }
    desk = ApiDesk(
        approvals=Approvals(store, announcer),
        clockwork=Clockwork(store, announcer),
        requests=store,
        keys=store.keys,
        allowances=MemoryAllowances(),
        endpoints=endpoints,
        signing=MemorySigningKeys(clock),
        library=library,
        promises=store.promises,
        outbox=store.outbox,
        waiting=waiting,
        clock=clock,
        config=ApiConfig(**{**settings, **config}),
        meter=Meter(no_figures),
    )
    app = build(desk)
    server = TestServer(app)
    # As the composition root serves it: a body in an encoding is refused, not unpacked.
    await server.start_server(auto_decompress=False)
    return Bench(store, waiting, clock, desk, app, TestClient(server), faults)


async def no_figures() -> Figures:
    """A stand-in for the store's."""
    return Figures()


def refused_callback(url: str) -> str | None:
    """A stand-in for the guard of callbacks: https only."""
    return None if url.startswith("https://") else "must be an https address"
