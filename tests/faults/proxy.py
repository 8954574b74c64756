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
    CUT_ANSWER = "carried out, and the answer is cut in the middle"
    BLACK_HOLE = "swallowed"
    DELAY = "late"
    ANSWER = "answered by somebody on the way"


@dataclass
class Proxy:
    """`harm` comes to the next chunk from a client that contains `word`, once; `struck` is that chunk."""

    connect: Callable[[], Awaitable[Streams]]
    word: bytes = b""
    harm: Harm = Harm.NONE
    port: int = 0
    delay_s: float = 1.0
    answer: bytes = b""
    struck: bytes = b""
    done: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def expect(self, harm: Harm, word: bytes, answer: bytes = b"") -> None:
        """Do this harm to whoever says the word next; `answer` is what an ANSWER says."""
        self.harm, self.word, self.answer = harm, word, answer
        self.done.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, both ways, until either side or the harm ends it."""
        there, back = await self.connect()
        line = _Line(reader, writer, there, back)
        ways = {asyncio.create_task(self._forward(line)), asyncio.create_task(self._backward(line))}
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

    async def _forward(self, line: _Line) -> None:
        with suppress(OSError):
            while chunk := await line.reader.read(CHUNK):
                harm = Harm.NONE
                if self.harm is not Harm.NONE and self.word in chunk:
                    harm, self.harm, self.struck = self.harm, Harm.NONE, chunk
                    self.done.set()
                if harm is Harm.CUT_BEFORE:
                    return
                if harm is Harm.BLACK_HOLE:
                    await asyncio.Event().wait()
                if harm is Harm.ANSWER:
                    await self._answer(line)
                    return
                if harm is Harm.DELAY:
                    await asyncio.sleep(self.delay_s)
                line.harm = harm
                line.back.write(chunk[: len(chunk) // 2] if harm is Harm.CUT_AMID else chunk)
                await line.back.drain()
                if harm is Harm.CUT_AMID:
                    return
        if line.harm is Harm.DELAY:
            # The client has gone; what it said arrives all the same.
            await asyncio.Event().wait()

    async def _answer(self, line: _Line) -> None:
        line.writer.write(self.answer)
        await line.writer.drain()
        # Until the client has heard it and hangs up: to cut it here could take the answer back.
        while await line.reader.read(CHUNK):
            pass

    async def _backward(self, line: _Line) -> None:
        with suppress(OSError):
            while chunk := await line.there.read(CHUNK):
                if line.harm is Harm.LOSE_ANSWER:
                    return
                cut = line.harm is Harm.CUT_ANSWER
                line.writer.write(chunk[: len(chunk) // 2] if cut else chunk)
                await line.writer.drain()
                if cut:
                    line.writer.close()
                    await line.writer.wait_closed()
                    return


@dataclass
class _Line:
    """A connection: the client's ends, the server's ends, and the harm that the answer is to meet."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    there: asyncio.StreamReader
    back: asyncio.StreamWriter
    harm: Harm = Harm.NONE


def too_many(retry_after: str, body: bytes = b'{"ok":false,"error":"ratelimited"}') -> bytes:
    """An HTTP answer 429, as Slack gives it or a gateway before it."""
    kind = "application/json" if body.startswith(b"{") else "text/html"
    head = (
        "HTTP/1.1 429 Too Many Requests",
        f"Retry-After: {retry_after}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    return "\r\n".join((*head, "", "")).encode() + body


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
