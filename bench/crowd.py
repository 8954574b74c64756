"""Many clients that wait, as one process: each asks once on a connection of its own and listens.

Commands come on standard input, one a line: `leave N` hangs up so many. What happens is told on
standard output, a JSON object a line: `sent`, `left`, and `answered` once nobody waits any more.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from api.connections import make_room

AT_ONCE = 200
"""How many connect at the same time."""

_REVIEW = json.dumps({"task_type": "legal", "proposed_action": "Sign it.", "blocking": True}).encode()


def held(number: int) -> tuple[str, bytes]:
    """A GET that is held open until the request of this number has ended."""
    return f"GET /reviews/{number} HTTP/1.1\r\nPrefer: wait=300\r\n", b""


def blocking(number: int) -> tuple[str, bytes]:
    """A create whose answer comes with the decision."""
    return "POST /reviews HTTP/1.1\r\nContent-Type: application/json\r\n", _REVIEW


KINDS: dict[str, Callable[[int], tuple[str, bytes]]] = {"Prefer: wait": held, "blocking": blocking}


class Client(asyncio.Protocol):
    """One connection: what it is told in the end, as an HTTP status; 0 where it is cut off."""

    def __init__(self, asks: bytes) -> None:
        self._asks = asks
        self.transport: asyncio.Transport | None = None
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._asks)

    def data_received(self, data: bytes) -> None:
        """The status stands at the front of the first bytes."""
        if not self.status.done():
            self.status.set_result(int(data.split(b" ", 2)[1]))

    def connection_lost(self, exc: BaseException | None) -> None:
        """Cut off."""
        if not self.status.done():
            self.status.set_result(0)

    def leave(self) -> None:
        """Hang up without waiting for the answer."""
        self.status.cancel()
        if self.transport is not None:
            self.transport.abort()


async def crowd(url: str, key: str, kind: str, count: int) -> None:
    """Connect, ask, and do as told until everybody who stays has an answer."""
    make_room(count)
    gate = asyncio.Semaphore(AT_ONCE)
    clients = await asyncio.gather(
        *(_client(url, _asking(url, key, kind, n + 1), gate) for n in range(count))
    )
    _tell(sent=len(clients))
    listening = asyncio.create_task(_obey(clients))
    await asyncio.wait([client.status for client in clients])
    stayed = [client.status.result() for client in clients if not client.status.cancelled()]
    _tell(answered=len(stayed), bad=sum(status not in (200, 201) for status in stayed))
    listening.cancel()


async def _client(url: str, asks: bytes, gate: asyncio.Semaphore) -> Client:
    where = urlsplit(url)
    async with gate:
        _, client = await asyncio.get_running_loop().create_connection(
            lambda: Client(asks), where.hostname, where.port
        )
    return client


def _asking(url: str, key: str, kind: str, number: int) -> bytes:
    head, body = KINDS[kind](number)
    more = f"Host: {urlsplit(url).netloc}\r\nx-api-key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + more).encode() + body


async def _obey(clients: Sequence[Client]) -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while line := await reader.readline():
        leaving = clients[: int(line.split()[1])]
        for client in leaving:
            client.leave()
        _tell(left=len(leaving))


def _tell(**facts: int) -> None:
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    asyncio.run(crowd(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
