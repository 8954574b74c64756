"""Many who wait at once, over real connections: all are told, nothing is asked meanwhile, nothing is left.

`make bench ARGS=waiters` does the same with 10,000 at a desk over SQLite.
"""

import asyncio
from collections import Counter
from typing import Any

import pytest

from api.connections import make_room
from approvals.commands import Decide
from approvals.model import Door, SentinelId, Verdict
from bench.crowd import KINDS, Client
from tests.api.bench import DEFAULT, Bench
from tests.builders import a_submit, a_wanted

COUNT = 400


async def come(bench: Bench, kind: str, count: int) -> list[Client]:
    """So many clients, each with its request sent."""
    key, clients = await bench.key(), list[Client]()
    for number in range(1, count + 1):
        head, body = KINDS[kind](number)
        more = f"Host: localhost\r\nx-api-key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
        asks = (head + more).encode() + body
        _, client = await asyncio.get_running_loop().create_connection(
            lambda asks=asks: Client(asks),  # type: ignore[misc]
            "127.0.0.1",
            bench.client.port,
        )
        clients.append(client)
    return clients


def counted(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each read of the store is asked for, from now on."""
    asked = Counter[str]()

    def counting(name: str) -> Any:
        read = getattr(bench.store, name)

        async def ask(*words: Any) -> Any:
            asked[name] += 1
            return await read(*words)

        return ask

    for name in ("request", "roster", "timeline", "listing", "count"):
        monkeypatch.setattr(bench.store, name, counting(name))
    return asked


@pytest.mark.parametrize("kind", KINDS)
async def test_many_wait_at_once(bench: Bench, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make_room(2 * COUNT)
    await bench.people(a_wanted(1, domains=frozenset({"*"})))
    if kind != "blocking":
        for _ in range(COUNT):
            await bench.desk.approvals.submit(a_submit())
    before = asyncio.all_tasks()
    clients = await come(bench, kind, COUNT)
    await bench.waiting.until(COUNT)
    asked = counted(bench, monkeypatch)
    # Others come and go, and the loop turns.
    for _ in range(20):
        await bench.call("GET", "/healthz")
    assert not asked

    gone, patient = clients[: COUNT // 2], clients[COUNT // 2 :]
    for client in gone:
        client.leave()
    await bench.waiting.until(COUNT - len(gone))
    for number in range(1, COUNT + 1):
        await bench.desk.approvals.decide(
            Decide(DEFAULT, number, SentinelId(1), Verdict.APPROVED, Door.API, "Fine.")
        )
    async with asyncio.timeout(30):
        told = await asyncio.gather(*(client.status for client in patient))
    assert set(told) == {201 if kind == "blocking" else 200}
    assert len(bench.waiting) == 0

    for client in patient:
        client.leave()
    await bench.client.session.connector.close()
    if left := asyncio.all_tasks() - before:
        async with asyncio.timeout(10):
            await asyncio.wait(left)
