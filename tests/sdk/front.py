"""What stands between the client and a desk in tests: it writes down what arrives, and fails when told to."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Fault = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]

PATIENCE_S = 20


@dataclass(frozen=True)
class Seen:
    """One call as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Front(ABC):
    """A desk as a client sees it. `faults` are what goes wrong with the next calls, one each."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.url = ""
        self.seen: list[Seen] = []
        self.faults: deque[Fault] = deque()
        self._held = 0
        self._changed = asyncio.Event()
        self._released = asyncio.Event()

    @asynccontextmanager
    async def served(self) -> AsyncIterator[Self]:
        """Itself, on a loopback port."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def until_held(self, count: int) -> None:
        """Wait until that many answers are being held back."""
        async with asyncio.timeout(PATIENCE_S):
            while self._held != count:
                await self._changed.wait()

    def release(self) -> None:
        """Let every held answer go as things stand, as a process that stops does."""
        self._released.set()
        self._released = asyncio.Event()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        seen = Seen(request.method, request.path_qs, dict(request.headers), await request.read())
        self.seen.append(seen)
        if self.faults:
            return await self.faults.popleft()(request, self.answer)
        if "Prefer" not in request.headers:
            return await self.answer(request)
        self._count(1)
        try:
            return await self._answer_or_release(request)
        finally:
            self._count(-1)

    async def _answer_or_release(self, request: web.Request) -> web.StreamResponse:
        answering = asyncio.ensure_future(self.answer(request))
        leaving = asyncio.ensure_future(self._released.wait())
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            return answering.result() if answering.done() else await self.answer(request, hold=False)
        finally:
            answering.cancel()
            leaving.cancel()

    def _count(self, step: int) -> None:
        self._held += step
        self._changed.set()
        self._changed = asyncio.Event()

    @abstractmethod
    async def answer(self, request: web.Request, hold: bool = True) -> web.StreamResponse:
        """What the desk says."""

    @abstractmethod
    async def decide(self, request_id: str, verdict: str, note: str | None = None) -> None:
        """Approve or reject, as a person would."""

    @abstractmethod
    async def ask(self, request_id: str, question: str) -> None:
        """Ask the agent something."""

    @abstractmethod
    async def made(self) -> list[dict[str, Any]]:
        """All requests as the desk shows them, oldest first."""


def answering(status: int, headers: dict[str, str] | None = None, text: str = "{}") -> Fault:
    """Answer that, and do nothing."""

    async def fault(request: web.Request, handler: Handler) -> web.StreamResponse:
        return web.Response(status=status, headers=headers, text=text)

    return fault


async def lost_before(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Break the connection off before doing anything."""
    return _cut(request)


async def lost_after(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Do it, and break the connection off before the answer."""
    await handler(request)
    return _cut(request)


def _cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
