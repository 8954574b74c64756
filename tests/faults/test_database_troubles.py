"""A database that is locked, full or cut off: nothing is said that is not so, and it goes on by itself."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from pathlib import Path

import pytest

from tests.faults.fleet import Fleet, asked, fleet
from tests.journeys.process import STOPS_WITHIN_S

RECOVERS_WITHIN_S = 50


async def refused(desk: Fleet, words: str) -> None:
    """A create is refused for now, in words and with a time to come again; reading goes on meanwhile."""
    known = await desk.rows("SELECT id FROM requests LIMIT 1")
    trying = asyncio.create_task(_create(desk, words))
    assert (await desk.look(known[0]["id"]))["summary"] == "before"
    status, retry_after = await trying
    assert (status, retry_after) == (503, "2")
    assert await desk.rows(f"SELECT id FROM requests WHERE summary = '{words}'") == []


async def _create(desk: Fleet, words: str) -> tuple[int, str | None]:
    headers = {"x-api-key": desk.agent}
    async with desk.http.post(f"{desk.first.url}/ai-request", json=asked(words), headers=headers) as answer:
        return answer.status, answer.headers.get("Retry-After")


async def recovered(desk: Fleet, words: str) -> None:
    """It takes writes again, without a restart."""
    async with asyncio.timeout(RECOVERS_WITHIN_S):
        await desk.create(words)


async def test_a_locked_file(tmp_path: Path) -> None:
    async with fleet(tmp_path) as desk:
        await desk.start()
        await desk.create("before")
        holder = sqlite3.connect(tmp_path / "desk.db", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        await refused(desk, "locked")
        holder.execute("ROLLBACK")
        holder.close()
        await recovered(desk, "after")


@pytest.mark.parametrize("room", [0, 4096], ids=["not a byte", "a few pages"])
async def test_a_full_disk(room: int, tmp_path: Path) -> None:
    """The server's files may grow no more: what a full disk and one that became read-only come to."""
    async with fleet(tmp_path) as desk:
        await desk.start()
        await desk.create("before")
        server = desk.first.server
        assert server is not None
        _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
        size = (tmp_path / "desk.db-wal").stat().st_size + room if room else 0
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size, hard))
        if room:
            while (await _create(desk, "filling"))[0] == 200:
                pass
        await refused(desk, "full")
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (hard, hard))
        await recovered(desk, "after")
        assert await asyncio.wait_for(desk.first.stop(), STOPS_WITHIN_S) == 0


@pytest.mark.postgres
async def test_connections_that_the_server_ends(tmp_path: Path, postgres_empty_url: str) -> None:
    """A failover comes to this: every connection is gone at once, and the next one works."""
    async with fleet(tmp_path, 1, postgres_empty_url) as desk:
        await desk.start()
        await desk.create("before")
        for n in range(3):
            await desk.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
            await asyncio.gather(*(desk.create(f"after {n} {i}") for i in range(8)))
        assert len(await desk.rows("SELECT id FROM requests")) == 25
