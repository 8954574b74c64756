"""The sockets of the HTTP door: nobody holds one open without sending, and nobody holds them all.

aiohttp closes a connection that is idle between requests. What it does not bound is how long a
request may take to arrive, an answer to be taken, and how many connections there are: this does.
A client that waits for an answer is never cut.
"""

from __future__ import annotations

import asyncio
import logging
import re
import resource
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

log = logging.getLogger(__name__)

Malformed = Callable[[str, int, BaseException | None], web.Response]
"""`(path, status, error)` of a request that is no HTTP -> what its sender is told."""

MALFORMED: web.AppKey[Malformed] = web.AppKey("malformed")
"""Where an application says how such requests are answered."""

_REQUEST_LINE = re.compile(rb"(?:\A|\n)[A-Z]{1,20} +(/[!-~]{0,2000})")
_SHOWN = 4096

_SPARE_FILES = 512
"""What the process opens besides connections of clients: database, deliveries, logs."""


@dataclass(frozen=True, slots=True)
class Limits:
    """In seconds: until the first byte, for a request's head, for its body, and until an answer is taken.

    `total` and `per_address` are how many connections may be open; behind a proxy all of them
    come from one address.
    """

    idle_s: float = 5.0
    head_s: float = 10.0
    body_s: float = 15.0
    answer_s: float = 30.0
    total: int = 20_000
    per_address: int = 15_000


@dataclass(slots=True)
class Gate:
    """Counts the connections that are open, by address; `refused` and `cut` only rise."""

    limits: Limits
    open: int = 0
    refused: int = 0
    cut: int = 0
    _by_address: Counter[str] = field(default_factory=Counter)

    def admit(self, address: str) -> bool:
        """Whether one more may come; it is counted if so."""
        full = self.open >= self.limits.total or self._by_address[address] >= self.limits.per_address
        if full:
            self.refused += 1
            return False
        self.open += 1
        self._by_address[address] += 1
        return True

    def leave(self, address: str) -> None:
        """One that was admitted is closed."""
        self.open -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]


class Connection(web.RequestHandler):
    """One connection, with a timer for whatever the client owes: bytes, or that it takes an answer."""

    __slots__ = ("_address", "_arriving", "_gate", "_malformed", "_owed", "_shown", "_timer")

    def __init__(self, manager: web.Server, gate: Gate, malformed: Malformed | None, **options: Any) -> None:
        super().__init__(manager, **options)
        self._gate = gate
        self._malformed = malformed
        self._shown = b""
        self._address: str | None = None
        self._arriving: Any = None
        self._owed: str | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it, and wait for its first byte; one too many is closed at once."""
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if peer else ""
        if not self._gate.admit(address):
            self._abort()
            return
        self._address = address
        self._owes("a byte", self._gate.limits.idle_s)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Uncount it."""
        self._owes(None)
        if self._address is not None:
            self._gate.leave(self._address)
            self._address = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, then look at what has arrived in full and what has not."""
        self._shown = (self._shown + data)[:_SHOWN] if self._owed == "a head" else data
        super().data_received(data)
        if self._messages:
            self._arriving = self._messages[-1][1]
        if self.writing_paused:
            return
        if self._arriving is not None:
            self._owes_body()
        elif self._waiter is not None:
            # The start of a request, without its end.
            self._owes("a head", self._gate.limits.head_s)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what could not be read in the API's words. What it was is not logged: it may hold a key."""
        if self._malformed is None or request.writer.output_size > 0:
            return super().handle_error(request, status, exc, message)
        log.warning("a request failed before its route (%d, %s)", status, type(exc).__name__)
        lines = _REQUEST_LINE.findall(self._shown)
        response = self._malformed(lines[-1].decode() if lines else "", status, exc)
        response.force_close()
        return response

    def pause_writing(self) -> None:
        """The client takes the answer more slowly than it comes."""
        super().pause_writing()
        self._owes("room for the answer", self._gate.limits.answer_s)

    def resume_writing(self) -> None:
        """It has taken it."""
        self._owes(None)
        super().resume_writing()

    def _owes_body(self) -> None:
        if self._arriving.is_eof():
            self._arriving = None
            self._owes(None)
        else:
            self._owes("a body", self._gate.limits.body_s)

    def _owes(self, what: str | None, within_s: float = 0.0) -> None:
        """From now on the client owes this. Sending some of it wins no time."""
        if what == self._owed:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._owed = what
        self._timer = None if what is None else self._loop.call_later(within_s, self._cut)

    def _cut(self) -> None:
        self._timer = None
        self._gate.cut += 1
        self._abort()

    def _abort(self) -> None:
        # Not closed in order: a client that takes nothing would keep it for ever.
        if self.transport is not None:
            self.transport.abort()


class _Server(web.Server):
    """aiohttp's server, whose connections are watched."""

    def __init__(self, made: web.Server, gate: Gate, malformed: Malformed | None) -> None:
        super().__init__(
            made.request_handler,
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            loop=made._loop,
            **made._kwargs,
        )
        self._gate = gate
        self._malformed = malformed

    def __call__(self) -> Connection:
        return Connection(self, self._gate, self._malformed, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """aiohttp's runner of an application, over watched connections."""

    __slots__ = ("gate",)

    def __init__(self, app: web.Application, limits: Limits | None = None, **options: Any) -> None:
        """`options` are those of `aiohttp.web.AppRunner`."""
        super().__init__(app, **options)
        self.gate = Gate(limits or Limits())

    async def _make_server(self) -> web.Server:
        return _Server(await super()._make_server(), self.gate, self.app.get(MALFORMED))


def make_room(connections: int) -> int:
    """Let the process open as many sockets as that, as far as its hard limit allows; how many it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
