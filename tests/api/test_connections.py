"""Connections that send nothing, too slowly or too many are closed; who waits for an answer is not."""

import asyncio
import resource
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from api.connections import Gate, Limits, Runner, make_room

PATIENT = Limits(idle_s=60, head_s=60, body_s=60, answer_s=60)
HEAD = b"POST /echo HTTP/1.1\r\nHost: desk\r\nContent-Length: 10\r\n"
WHOLE = HEAD + b"\r\n0123456789"
WITHIN_S = 20


@dataclass
class Peer:
    """A client that sends what it likes, when it likes."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def sends(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def cut(self) -> None:
        """Wait until the server hangs up."""
        async with asyncio.timeout(WITHIN_S):
            with suppress(ConnectionError):
                while await self.reader.read(65536):
                    pass

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()

    async def answer(self) -> bytes:
        """The head and body of one answer to WHOLE."""
        async with asyncio.timeout(WITHIN_S):
            await self.reader.readuntil(b"\r\n\r\n")
            return await self.reader.readexactly(10)


@dataclass
class Site:
    """A server with two routes: one that echoes, and one that waits until it is let go."""

    port: int
    gate: Gate
    held: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def peer(self) -> Peer:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        peer = Peer(reader, writer)
        self.stack.push_async_callback(peer.close)
        return peer

    async def until(self, so: Callable[[], bool]) -> None:
        """Wait until the gate shows it. Nothing announces it, so the loop is let run."""
        async with asyncio.timeout(WITHIN_S):
            while not so():  # noqa: ASYNC110
                await asyncio.sleep(0)


@asynccontextmanager
async def serving(limits: Limits) -> AsyncIterator[Site]:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    async def hold(request: web.Request) -> web.Response:
        site.held.set()
        await site.let_go.wait()
        return web.Response(body=b"0123456789")

    async def flood(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * 32 * 1024 * 1024)

    app = web.Application()
    app.add_routes([web.post("/echo", echo), web.get("/hold", hold), web.get("/flood", flood)])
    runner = Runner(app, limits, handler_cancellation=True, access_log=None, shutdown_timeout=1)
    await runner.setup()
    tcp = web.TCPSite(runner, "127.0.0.1", 0)
    await tcp.start()
    make_room(4 * MANY)
    site = Site(tcp.port, runner.gate)
    async with site.stack:
        yield site
    await runner.cleanup()


def limits(**changes: float) -> Limits:
    """Patient in all but these."""
    return Limits(**{**{name: getattr(PATIENT, name) for name in PATIENT.__slots__}, **changes})


async def test_who_sends_nothing_is_cut() -> None:
    async with serving(limits(idle_s=0.05)) as site:
        await (await site.peer()).cut()
        assert site.gate.cut == 1


@pytest.mark.parametrize("start", [b"P", HEAD])
async def test_half_a_head_is_cut(start: bytes) -> None:
    async with serving(limits(head_s=0.05)) as site:
        peer = await site.peer()
        await peer.sends(start)
        await peer.cut()
        assert site.gate.cut == 1


async def test_half_a_head_after_an_answer_is_cut() -> None:
    async with serving(limits(head_s=0.05)) as site:
        peer = await site.peer()
        await peer.sends(WHOLE)
        assert await peer.answer() == b"0123456789"
        await peer.sends(HEAD)
        await peer.cut()
        assert site.gate.cut == 1


@pytest.mark.parametrize("start", [HEAD + b"\r\n", HEAD + b"\r\n01234"])
async def test_half_a_body_is_cut(start: bytes) -> None:
    async with serving(limits(body_s=0.05)) as site:
        peer = await site.peer()
        await peer.sends(start)
        await peer.cut()
        assert site.gate.cut == 1


async def test_drop_by_drop_is_no_way_out() -> None:
    async with serving(limits(head_s=0.2)) as site:
        peer = await site.peer()
        await peer.sends(HEAD + b"X-Slow: ")

        async def drip() -> None:
            while True:
                await peer.sends(b"x")
                await asyncio.sleep(0.01)

        dripping = asyncio.create_task(drip())
        await peer.cut()
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)
        assert site.gate.cut == 1


async def test_who_does_not_take_the_answer_is_cut() -> None:
    async with serving(limits(answer_s=0.05)) as site:
        peer = await site.peer()
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await peer.sends(b"GET /flood HTTP/1.1\r\nHost: desk\r\n\r\n")
        await site.until(lambda: site.gate.cut == 1)
        await site.until(lambda: site.gate.open == 0)


async def test_who_waits_for_an_answer_is_not_cut() -> None:
    short = Limits(idle_s=0.3, head_s=0.3, body_s=0.3, answer_s=0.3)
    async with serving(short) as site:
        waiting = await site.peer()
        await waiting.sends(b"GET /hold HTTP/1.1\r\nHost: desk\r\n\r\n")
        await site.held.wait()
        # Whoever came later and sends nothing is cut first, so all the limits are over by then.
        await (await site.peer()).cut()
        site.let_go.set()
        assert await waiting.answer() == b"0123456789"


async def test_a_connection_serves_many_requests() -> None:
    async with serving(PATIENT) as site:
        peer = await site.peer()
        for _ in range(3):
            await peer.sends(HEAD)
            await peer.sends(b"\r\n01234")
            await peer.sends(b"56789")
            assert await peer.answer() == b"0123456789"
        await peer.sends(WHOLE * 3)
        assert [await peer.answer() for _ in range(3)] == [b"0123456789"] * 3
        assert (site.gate.open, site.gate.cut) == (1, 0)


@pytest.mark.parametrize("bound", ["total", "per_address"])
async def test_one_too_many_is_refused_and_room_is_made_again(bound: str) -> None:
    async with serving(limits(**{bound: 2})) as site:
        first, second = await site.peer(), await site.peer()
        await site.until(lambda: site.gate.open == 2)
        await (await site.peer()).cut()
        assert (site.gate.open, site.gate.refused) == (2, 1)
        first.writer.close()
        await site.until(lambda: site.gate.open == 1)
        third = await site.peer()
        for peer in (second, third):
            await peer.sends(WHOLE)
            assert await peer.answer() == b"0123456789"


MANY = 2_000
SLOW = (b"", b"GET /echo HTTP/1.1\r\nHost:", HEAD, HEAD + b"\r\n0123")
"""Nothing, half a head in two sizes, half a body."""


async def test_many_slow_ones_do_not_keep_a_good_one_out() -> None:
    short = limits(idle_s=WITHIN_S / 4, head_s=WITHIN_S / 4, body_s=WITHIN_S / 4)
    async with serving(short) as site, sockets(site, MANY) as slow:
        for number, one in enumerate(slow):
            one.send(SLOW[number % len(SLOW)])
        await site.until(lambda: site.gate.open == MANY)
        good = await site.peer()
        await good.sends(WHOLE)
        assert await good.answer() == b"0123456789"
        await site.until(lambda: site.gate.open == 1)
        assert (site.gate.cut, site.gate.refused) == (MANY, 0)


async def test_two_thousand_who_wait_behind_one_address_are_answered() -> None:
    async with serving(Limits()) as site, sockets(site, MANY) as waiting:
        for one in waiting:
            one.send(b"GET /hold HTTP/1.1\r\nHost: desk\r\n\r\n")
        await site.until(lambda: site.gate.open == MANY)
        site.let_go.set()
        loop = asyncio.get_running_loop()
        for one in waiting:
            assert (await asyncio.wait_for(loop.sock_recv(one, 65536), WITHIN_S)).startswith(b"HTTP/1.1 200")
        assert site.gate.cut == 0


@asynccontextmanager
async def sockets(site: Site, count: int) -> AsyncIterator[list[socket.socket]]:
    """Bare connections: cheap enough to have thousands."""
    loop = asyncio.get_running_loop()
    with ExitStack() as stack:
        found = []
        for _ in range(count):
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            await loop.sock_connect(one, ("127.0.0.1", site.port))
            found.append(one)
        yield found


def test_addresses_are_counted_apart_and_forgotten() -> None:
    gate = Gate(Limits(per_address=1))
    assert gate.admit("10.0.0.1")
    assert not gate.admit("10.0.0.1")
    assert gate.admit("10.0.0.2")
    gate.leave("10.0.0.1")
    gate.leave("10.0.0.2")
    assert (gate.open, gate.refused, gate._by_address) == (0, 1, {})


def test_room_is_made_up_to_the_hard_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    held = {"now": (1024, 4096)}
    monkeypatch.setattr(resource, "getrlimit", lambda _: held["now"])
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: held.update(now=wanted))
    assert make_room(100) == 1024
    assert make_room(1000) == 1512
    assert make_room(100_000) == 4096
