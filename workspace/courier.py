"""Carries gestures and events to the app, by socket or by signed HTTP, and brings the ack back."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp

from workspace.faults import DELIVERY_KINDS, Fault
from workspace.record import Call, redacted
from workspace.signing import signed_headers
from workspace.sockets import ConnectionLost
from workspace.space import Workspace
from workspace.wire import Json, decode, encode

DEADLINE = 3.0  # seconds within which the app must acknowledge
USER_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"
REDIRECTS = 2

TIMEOUT = "operation_timeout"
FAILED = "dispatch_failed"
UNREACHABLE = "connection_failed"
NOT_CONFIGURED = "not_configured"


@dataclass(frozen=True)
class Parcel:
    """One thing to deliver. `kind` is interactive, slash_commands or events_api; `name` its subject."""

    kind: str
    name: str
    payload: Json
    team: str = ""
    channel: str = ""
    user: str = ""
    retry: int = 0
    retry_reason: str = ""


@dataclass(frozen=True)
class Ack:
    """The app's answer: its payload, or the fault that stands in for it.

    `fault` is "", "operation_timeout", "dispatch_failed", "connection_failed" or "not_configured";
    `reason` is the Events API's word for it; `no_retry` when the app asked for no more.
    """

    payload: Any = None
    fault: str = ""
    reason: str = ""
    no_retry: bool = False
    status: int = 200


@dataclass
class Courier:
    """Delivers parcels for one workspace; `session` exists while its server runs."""

    ws: Workspace
    session: aiohttp.ClientSession | None = None
    _held: list[asyncio.Event] = field(default_factory=list)

    async def deliver(self, parcel: Parcel) -> Ack:
        """Send a parcel and wait for its ack, three seconds at most."""
        call = self.ws.record.begin(
            self.ws.clock.now(),
            "delivery",
            parcel.name,
            team=parcel.team,
            channel=parcel.channel,
            user=parcel.user,
            sent=redacted(parcel.payload),
        )
        fault = self.ws.faults.take(DELIVERY_KINDS, parcel.name, parcel.channel)
        call.fault = fault.kind if fault else ""
        started = asyncio.get_running_loop().time()
        ack = await self._deliver(parcel, call, fault)
        call.millis = (asyncio.get_running_loop().time() - started) * 1000
        call.answer = ack.payload
        if ack.fault:
            self.ws.record.refuse(call, ack.fault, ack.status)
        self.ws.feed.add("call")
        return ack

    async def _deliver(self, parcel: Parcel, call: Call, fault: Fault | None) -> Ack:
        if self.ws.out or (fault and fault.kind == "delivery_lost"):
            return Ack(fault=FAILED, reason="connection_failed", status=0)
        if fault and fault.kind == "delivery_delay":
            await self.ws.clock.sleep(fault.seconds)
        if fault and fault.kind == "delivery_reorder":
            await self._hold(fault.seconds)
        if fault and fault.kind == "delivery_duplicate":
            first, _ = await asyncio.gather(self._send(parcel, call), self._send(parcel, call))
            return first
        answer = await self._send(parcel, call)
        self._let_go()
        return answer

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

    async def _send(self, parcel: Parcel, call: Call) -> Ack:
        ws = self.ws
        by_socket = ws.transport == "socket" or (ws.transport == "auto" and ws.sockets.connections)
        if by_socket:
            return await self._in_time(self._by_socket(parcel))
        if ws.request_url is None:
            return Ack(fault=NOT_CONFIGURED, reason="connection_failed", status=0)
        return await self._in_time(self._by_http(parcel, call))

    async def _in_time(self, sending: Coroutine[Any, Any, Ack]) -> Ack:
        """The ack, or a timeout once the deadline has passed on either clock."""
        task = asyncio.ensure_future(sending)
        virtual = asyncio.ensure_future(self.ws.clock.sleep(DEADLINE))
        try:
            await asyncio.wait({task, virtual}, timeout=DEADLINE, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else Ack(fault=TIMEOUT, reason="http_timeout", status=0)
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
            return Ack(fault=FAILED, reason="connection_failed", status=0)
        return Ack(payload=payload or None)

    async def _by_http(self, parcel: Parcel, call: Call) -> Ack:
        body, content_type = _encoded(parcel)
        headers = {
            "Content-Type": content_type,
            "User-Agent": USER_AGENT,
            **signed_headers(self.ws.signing_secret, self.ws.clock.now(), body),
        }
        if parcel.retry:
            headers["X-Slack-Retry-Num"] = str(parcel.retry)
            headers["X-Slack-Retry-Reason"] = parcel.retry_reason
        call.headers = {key: value for key, value in headers.items() if key != "X-Slack-Signature"}
        return await self.post(body, headers)

    async def post(self, body: bytes, headers: dict[str, str]) -> Ack:
        """POST raw bytes to the app's request URL."""
        if self.session is None or self.ws.request_url is None:
            return Ack(fault=NOT_CONFIGURED, reason="connection_failed", status=0)
        try:
            async with self.session.post(
                self.ws.request_url, data=body, headers=headers, max_redirects=REDIRECTS + 1
            ) as response:
                return _read(response.status, response.headers, await response.read())
        except aiohttp.TooManyRedirects:
            return Ack(fault=FAILED, reason="too_many_redirects", status=0)
        except aiohttp.ClientSSLError:
            return Ack(fault=FAILED, reason="ssl_error", status=0)
        except aiohttp.ClientError:
            return Ack(fault=UNREACHABLE, reason="connection_failed", status=0)


def _encoded(parcel: Parcel) -> tuple[bytes, str]:
    if parcel.kind == "events_api":
        return encode(parcel.payload), "application/json"
    form = "application/x-www-form-urlencoded"
    if parcel.kind == "slash_commands":
        return urlencode(parcel.payload).encode(), form
    return urlencode({"payload": encode(parcel.payload).decode()}).encode(), form


def _read(status: int, headers: Any, raw: bytes) -> Ack:
    if not 200 <= status < 300:
        return Ack(
            fault=FAILED,
            reason="http_error",
            no_retry=headers.get("X-Slack-No-Retry") == "1",
            status=status,
        )
    if not raw.strip():
        return Ack(status=status)
    if "json" in headers.get("Content-Type", ""):
        try:
            return Ack(payload=decode(raw), status=status)
        except ValueError:
            return Ack(fault=FAILED, reason="http_error", status=status)
    return Ack(payload={"text": raw.decode("utf-8", "replace")}, status=status)
