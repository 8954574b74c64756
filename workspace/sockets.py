"""Socket Mode: single-use tickets, up to ten connections, envelopes and their acknowledgements."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from workspace.ids import Ids
from workspace.wire import Json, decode, encode

LIMIT = 10
GRACE = 10  # seconds between asking for a refresh and cutting the connection
LIFETIME = 18_060  # seconds that a connection is said to live


@dataclass
class Connection:
    """One websocket of the app and the envelopes it has not acknowledged."""

    socket: web.WebSocketResponse
    cut: Callable[[], None]
    leaving: bool = False
    closing: bool = False
    waiting: dict[str, asyncio.Future[Json]] = field(default_factory=dict)


class ConnectionLost(Exception):
    """The socket closed before the envelope was acknowledged."""


class Sockets:
    """The app's open connections."""

    def __init__(self) -> None:
        self._tickets: set[str] = set()
        self.connections: list[Connection] = []
        self.accepted = 0
        self._turn = 0
        self._changed = asyncio.Event()

    def issue(self, ids: Ids) -> str:
        """A ticket that opens one connection, once."""
        ticket = ids.secret(length=32)
        self._tickets.add(ticket)
        return ticket

    def redeem(self, ticket: str) -> bool:
        """Whether the ticket was good; it is not any more."""
        known = ticket in self._tickets
        self._tickets.discard(ticket)
        return known

    async def serve(
        self, socket: web.WebSocketResponse, cut: Callable[[], None], app_id: str, host: str
    ) -> None:
        """Talk on an accepted websocket until it closes; `cut` severs it without a word."""
        if len(self.connections) >= LIMIT:
            await socket.send_str(encode({"type": "disconnect", "reason": "too_many_websockets"}).decode())
            await socket.close()
            return
        connection = Connection(socket, cut)
        self.connections.append(connection)
        self.accepted += 1
        self._announce()
        try:
            await socket.send_str(_hello(len(self.connections), app_id, host))
            await self._listen(connection)
        finally:
            self._forget(connection)

    async def send(self, kind: str, payload: Json, envelope_id: str, facts: Json | None = None) -> Json:
        """Give an envelope to the next connection in turn; returns the ack's payload.

        Raises ConnectionLost when the socket closes first.
        """
        connection = self._next()
        future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        connection.waiting[envelope_id] = future
        envelope = {"envelope_id": envelope_id, "type": kind, "payload": payload, **(facts or {})}
        envelope["accepts_response_payload"] = kind != "events_api"
        try:
            await connection.socket.send_str(encode(envelope).decode())
            return await future
        except ConnectionError as error:
            raise ConnectionLost from error
        finally:
            connection.waiting.pop(envelope_id, None)
            await _close_when_idle(connection)

    async def wait_for(self, count: int) -> None:
        """Return once at least `count` connections are open."""
        while len(self.connections) < count:
            await self._changed.wait()

    async def wait_accepted(self, count: int) -> None:
        """Return once `count` connections have been accepted since the start."""
        while self.accepted < count:
            await self._changed.wait()

    async def disconnect(self, reason: str) -> None:
        """Tell every connection that it ends, and why.

        `warning` only announces. After `refresh_requested` the client has ten seconds to come
        back by another connection, and envelopes go there; `link_disabled` closes this one as
        soon as its envelopes are acknowledged.
        """
        for connection in list(self.connections):
            with suppress(ConnectionError):
                note = {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink"}}
                await connection.socket.send_str(encode(note).decode())
                connection.leaving = reason != "warning"
                connection.closing = reason == "link_disabled"
                await _close_when_idle(connection)
            if reason == "refresh_requested":
                asyncio.get_running_loop().call_later(GRACE, connection.cut)

    def drop(self) -> None:
        """Cut every connection without a word."""
        for connection in list(self.connections):
            connection.cut()

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.socket:
            if message.type == WSMsgType.TEXT:
                _acknowledge(connection, message.data)

    def _next(self) -> Connection:
        open_ones = [connection for connection in self.connections if not connection.closing]
        staying = [connection for connection in open_ones if not connection.leaving] or open_ones
        if not staying:
            raise ConnectionLost
        self._turn += 1
        return staying[self._turn % len(staying)]

    def _forget(self, connection: Connection) -> None:
        self.connections.remove(connection)
        for future in connection.waiting.values():
            if not future.done():
                future.set_exception(ConnectionLost())
        self._announce()

    def _announce(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


async def _close_when_idle(connection: Connection) -> None:
    if connection.closing and not connection.waiting and not connection.socket.closed:
        await connection.socket.close()


def _acknowledge(connection: Connection, data: str) -> None:
    with suppress(ValueError):
        ack: Any = decode(data)
        future = connection.waiting.get(ack.get("envelope_id", "")) if isinstance(ack, dict) else None
        if future is not None and not future.done():
            future.set_result(ack.get("payload") or {})


def _hello(count: int, app_id: str, host: str) -> str:
    return encode(
        {
            "type": "hello",
            "num_connections": count,
            "connection_info": {"app_id": app_id},
            "debug_info": {"host": host, "build_number": 1, "approximate_connection_time": LIFETIME},
        }
    ).decode()
