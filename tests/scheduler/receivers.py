"""Receivers of callbacks on loopback: one that answers as told, and one that counts who comes near."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from aiohttp import web
from multidict import CIMultiDict

from approvals.model import ProjectId
from approvals.outbox import Carrier, Delivery

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

DELIVERY = Delivery(
    id="msg_1",
    project=ProjectId("default"),
    carrier=Carrier.HTTP,
    lane="http:receiver",
    topic="request.decided",
    request_id=None,
    url=None,
    signer="key:k1",
    body=b'{"status": "d\xc3\xa9cid\xc3\xa9",  "n": 1}',
    intent={},
    attempt=1,
    created_at=datetime(2026, 2, 14, 16, 30, tzinfo=UTC),
    seq=1,
)


def delivery(url: str, **changes: object) -> Delivery:
    """A message for a receiver."""
    return replace(DELIVERY, url=url, **changes)  # type: ignore[arg-type]


@dataclass
class Seen:
    """What a receiver got."""

    method: str
    path: str
    headers: CIMultiDict[str]
    body: bytes


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def ok(_: web.Request) -> web.StreamResponse:
    """200."""
    return web.Response()


@dataclass
class Receiver:
    """An HTTP server on loopback that notes each call and answers as `answer` says."""

    answer: Answer = ok
    host: str = "127.0.0.1"
    seen: list[Seen] = field(default_factory=list)
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    port: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.host}:{self.port}/hook"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=1 << 20)
        app.router.add_route("*", "/{rest:.*}", self._handle)
        # A handler that never answers is let go at once when the receiver closes.
        self._runner = web.AppRunner(app, shutdown_timeout=0, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._runner.cleanup()

    async def wait_for(self, count: int, within_s: float = 10) -> list[Seen]:
        """The calls so far, once there are `count`."""
        async with asyncio.timeout(within_s), self.arrived:
            await self.arrived.wait_for(lambda: len(self.seen) >= count)
        return self.seen

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        async with self.arrived:
            self.seen.append(Seen(request.method, request.path_qs, CIMultiDict(request.headers), body))
            self.arrived.notify_all()
        return await self.answer(request)


@dataclass
class Canary:
    """A port to which nobody may connect."""

    port: int = 0
    connections: int = 0


@asynccontextmanager
async def canary(host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Canary]:
    """A listener that counts connections and speaks no protocol."""
    found = Canary()

    def count(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.connections += 1
        writer.close()

    server = await asyncio.start_server(count, host, port)
    async with server:
        found.port = server.sockets[0].getsockname()[1]
        yield found


@asynccontextmanager
async def black_hole() -> AsyncIterator[str]:
    """A receiver that takes everything and never answers. Gives its URL."""
    swallowing: set[asyncio.Task[None]] = set()

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while await reader.read(65536):
                pass
        writer.close()

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        swallowing.add(asyncio.create_task(swallow(reader, writer)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    await asyncio.gather(*swallowing)


@asynccontextmanager
async def raw(answer: bytes) -> AsyncIterator[str]:
    """A receiver that sends these bytes, whatever it hears, and hangs up. Gives its URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def secrets(_: str) -> list[str]:
    """The secrets of every signer."""
    return [SECRET]


def wall() -> datetime:
    """The time."""
    return datetime.now(UTC)


DAY = timedelta(days=1)
