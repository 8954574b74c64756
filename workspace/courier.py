"""Carries gestures and events to the app, by socket or by signed HTTP, and brings the ack back."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from workspace.faults import DELIVERY_KINDS, Fault
from workspace.letters import Letter, Parcel, letter
from workspace.record import Call, redacted
from workspace.sockets import ConnectionLost
from workspace.space import Workspace
from workspace.wire import Json, decode

DEADLINE = 3.0  # seconds within which the app must acknowledge
REDIRECTS = 2

TIMEOUT = "operation_timeout"
FAILED = "dispatch_failed"
UNREACHABLE = "connection_failed"
NOT_CONFIGURED = "not_configured"


@dataclass(frozen=True)
class Ack:
    """The app's answer: its payload, or the fault that stands in for it.

    `fault` is "", "operation_timeout", "dispatch_failed", "connection_failed" or "not_configured";
    `reason` is the Events API's word for it; `no_retry` when the app asked for no more. `status`
    is the HTTP status, 0 where there was none.
    """

    payload: Any = None
    fault: str = ""
    reason: str = ""
    no_retry: bool = False
    status: int = 200


LOST = Ack(fault=FAILED, reason="connection_failed", status=0)
LATE = Ack(fault=TIMEOUT, reason="http_timeout", status=0)
NOWHERE = Ack(fault=NOT_CONFIGURED, reason="connection_failed", status=0)


@dataclass
class Courier:
    """Delivers parcels for one workspace; `session` exists while its server runs."""

    ws: Workspace
    session: aiohttp.ClientSession | None = None
    _held: list[asyncio.Event] = field(default_factory=list)

    async def deliver(self, parcel: Parcel) -> Ack:
        """Send a parcel and wait for its ack, three seconds at most."""
        call = self._begin(parcel)
        fault = self.ws.faults.take(DELIVERY_KINDS, parcel.name, parcel.channel)
        call.fault = fault.kind if fault else ""
        started = asyncio.get_running_loop().time()
        ack = await self._with_fault(parcel, call, fault)
        call.millis = (asyncio.get_running_loop().time() - started) * 1000
        self._end(call, ack)
        return ack

    def _begin(self, parcel: Parcel) -> Call:
        return self.ws.record.begin(
            self.ws.clock.now(),
            "delivery",
            parcel.name,
            team=parcel.team,
            channel=parcel.channel,
            user=parcel.user,
            sent=redacted(parcel.payload),
        )

    def _end(self, call: Call, ack: Ack) -> None:
        call.answer, call.status = ack.payload, ack.status
        if ack.fault:
            self.ws.record.refuse(call, ack.fault, ack.status)
        self.ws.feed.add("call")

    async def _with_fault(self, parcel: Parcel, call: Call, fault: Fault | None) -> Ack:
        kind = fault.kind if fault else ""
        if self.ws.out or kind == "delivery_lost":
            return LOST
        if fault and kind == "delivery_delay":
            await asyncio.sleep(fault.seconds)
        if fault and kind == "delivery_reorder":
            await self._hold(fault.seconds)
        if kind == "delivery_duplicate":
            return (await asyncio.gather(*(self._send(parcel, call, None) for _ in range(2))))[0]
        ack = await self._send(parcel, call, fault)
        self._let_go()
        return ack

    async def _hold(self, seconds: float) -> None:
        """Wait until a later parcel has overtaken this one, or `seconds` are over."""
        overtaken = asyncio.Event()
        self._held.append(overtaken)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await overtaken.wait()

    def _let_go(self) -> None:
        for overtaken in self._held:
            overtaken.set()
        self._held.clear()

    async def _send(self, parcel: Parcel, call: Call, fault: Fault | None) -> Ack:
        ws = self.ws
        if ws.transport == "socket" or (ws.transport == "auto" and ws.sockets.connections):
            return await self._in_time(self._by_socket(parcel))
        if ws.request_url is None:
            return NOWHERE
        post = letter(parcel, ws.signing_secret, ws.clock.now(), fault)
        call.headers = post.without_signature()
        ack = await self._in_time(self._post(post, ws.request_url))
        if fault and fault.kind == "delivery_replay":
            again = self._begin(parcel)
            again.fault = "replayed"
            self._end(again, await self._in_time(self._post(post, ws.request_url)))
        return ack

    async def _in_time(self, sending: Coroutine[Any, Any, Ack]) -> Ack:
        """The ack, or a timeout once the deadline has passed on either clock."""
        task = asyncio.ensure_future(sending)
        virtual = asyncio.ensure_future(self.ws.clock.sleep(DEADLINE))
        try:
            await asyncio.wait({task, virtual}, timeout=DEADLINE, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else LATE
        finally:
            for each in (task, virtual):
                each.cancel()

    async def _by_socket(self, parcel: Parcel) -> Ack:
        facts: Json = {}
        if parcel.kind == "events_api":
            facts = {"retry_attempt": parcel.retry, "retry_reason": parcel.retry_reason}
        try:
            payload = await self.ws.sockets.send(
                parcel.kind, parcel.payload, self.ws.ids.hexadecimal(32), facts
            )
        except ConnectionLost:
            return LOST
        return Ack(payload=payload or None)

    async def _post(self, post: Letter, url: str) -> Ack:
        if self.session is None:
            return NOWHERE
        try:
            async with self.session.post(
                url, data=post.body, headers=post.headers, max_redirects=REDIRECTS + 1
            ) as response:
                return _read(response.status, response.headers, await response.read())
        except aiohttp.TooManyRedirects:
            return Ack(fault=FAILED, reason="too_many_redirects", status=0)
        except aiohttp.ClientSSLError:
            return Ack(fault=FAILED, reason="ssl_error", status=0)
        except (aiohttp.ClientError, OSError):
            return Ack(fault=UNREACHABLE, reason="connection_failed", status=0)


def _read(status: int, headers: Mapping[str, str], raw: bytes) -> Ack:
    if not 200 <= status < 300:
        no_retry = headers.get("X-Slack-No-Retry") == "1"
        return Ack(fault=FAILED, reason="http_error", no_retry=no_retry, status=status)
    if not raw.strip():
        return Ack(status=status)
    if "json" not in headers.get("Content-Type", ""):
        return Ack(payload={"text": raw.decode("utf-8", "replace")}, status=status)
    try:
        return Ack(payload=decode(raw), status=status)
    except ValueError:
        return Ack(fault=FAILED, reason="unknown_error", status=status)
