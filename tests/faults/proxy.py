"""A TCP proxy that passes everything on until it is told to do harm."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
CHUNK = 1 << 16


class Harm(StrEnum):
    """What happens to the next exchange in which the client says the word."""

    NONE = "none"
    CUT_BEFORE = "cut before it arrives"
    CUT_AMID = "cut in the middle of it"
    LOSE_ANSWER = "carried out, and the answer is lost"
    BLACK_HOLE = "swallowed"
    DELAY = "late"


@dataclass
class Proxy:
    """`harm` comes to the next chunk from a client that contains `word`, once."""

    connect: Callable[[], Awaitable[Streams]]
    word: bytes = b""
    harm: Harm = Harm.NONE
    port: int = 0
    delay_s: float = 1.0
    done: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def expect(self, harm: Harm, word: bytes) -> None:
        """Do this harm to whoever says the word next."""
        self.harm, self.word = harm, word
        self.done.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, both ways, until either side or the harm ends it."""
        there, back = await self.connect()
        losing = asyncio.Event()
        ways = {
            asyncio.create_task(self._forward(reader, back, losing)),
            asyncio.create_task(self._backward(there, writer, losing)),
        }
        self._tasks |= ways
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._tasks -= ways
            for end in (writer, back):
                end.transport.abort()

    async def _forward(
        self, reader: asyncio.StreamReader, back: asyncio.StreamWriter, losing: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                harm = Harm.NONE
                if self.harm is not Harm.NONE and self.word in chunk:
                    harm, self.harm = self.harm, Harm.NONE
                    self.done.set()
                if harm is Harm.CUT_BEFORE:
                    return
                if harm is Harm.BLACK_HOLE:
                    await asyncio.Event().wait()
                if harm is Harm.DELAY:
                    await asyncio.sleep(self.delay_s)
                if harm is Harm.LOSE_ANSWER:
                    losing.set()
                back.write(chunk[: len(chunk) // 2] if harm is Harm.CUT_AMID else chunk)
                await back.drain()
                if harm is Harm.CUT_AMID:
                    return

    async def _backward(
        self, there: asyncio.StreamReader, writer: asyncio.StreamWriter, losing: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while chunk := await there.read(CHUNK):
                if losing.is_set():
                    return
                writer.write(chunk)
                await writer.drain()


@asynccontextmanager
async def proxy(connect: Callable[[], Awaitable[Streams]]) -> AsyncIterator[Proxy]:
    """A proxy on a loopback port."""
    made, connections = Proxy(connect), set[asyncio.Task[None]]()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(made.serve(reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
