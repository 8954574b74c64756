"""Stopped and started under load, and started after a while: nobody is refused, nothing is forgotten."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

import failpoints
from tests.faults.effort import Figures, scaled
from tests.faults.fleet import MARIE, NO_ANSWER, Fleet, flapping, fleet, meanwhile, settled

CLIENTS = 6
PENDING = 300
OVERDUE = 60
DECISION = {"as": MARIE, "verdict": "approved", "reasoning": "So be it."}
FAR = "2100-01-01T00:00:00Z"


@pytest.mark.postgres
async def test_rolling_restarts_cost_nobody_an_answer(
    tmp_path: Path, postgres_empty_url: str, figures: Figures
) -> None:
    """SIGTERM to one replica after the other: each ends with 0, and what was acknowledged is there."""
    rounds, created, slowest = scaled(2), dict[str, str](), 0.0
    more = asyncio.Event()

    async def client(desk: Fleet, n: int) -> None:
        for turn in count():
            words = f"client {n}, {turn}"
            created[words] = await desk.create(words, at=n)
            answer = await desk.decide(created[words], "approved", f"decide {words}", at=n)
            assert answer.status == 200
            more.set()

    async with fleet(tmp_path, 3, postgres_empty_url) as desk:
        await desk.start()
        async with meanwhile(*(client(desk, n) for n in range(CLIENTS))):
            for _ in range(rounds):
                for replica in desk.replicas:
                    more.clear()
                    await asyncio.wait_for(more.wait(), 30)
                    began = time.monotonic()
                    assert await replica.stop() == 0
                    slowest = max(slowest, time.monotonic() - began)
                    await replica.start()
        rows = await desk.rows("SELECT id, summary, status FROM requests")
        found = {row["summary"]: (row["id"], row["status"]) for row in rows}
        # The last of each client may have been cut by the end of the test, and none by a restart.
        assert {w: found[w][0] for w in created} == created
        assert len({s for w, (_, s) in found.items() if s != "approved"}) <= 1
        figures.note(restarts=3 * rounds, acknowledged=2 * len(created), slowest_stop_s=slowest)


async def test_what_was_being_sent_at_a_kill_waits_for_nobody(tmp_path: Path) -> None:
    """Who claimed it is gone, and whoever starts on a SQLite file knows that: its lease is over."""
    async with flapping(7) as receiver, fleet(tmp_path) as desk:
        receiver.steady = True
        await desk.start()
        request_id = await desk.create("Killed while it is told.", callback_url=receiver.url())
        await desk.first.stop()
        plain = desk.first.environment
        desk.first.environment = plain | {failpoints.VARIABLE: "claim.after=exit"}
        await desk.start()
        with suppress(*NO_ANSWER):
            await desk.post(f"/desk/v1/requests/{request_id}/decide", desk.judge, DECISION)
        (lane,) = await settled(desk, "SELECT lease_until FROM lanes WHERE lease_until IS NOT NULL", 1)
        await desk.kill()
        desk.first.environment = plain
        await desk.start()
        await receiver.until({request_id})
        (sent,) = await settled(desk, "SELECT attempt, done_at FROM deliveries WHERE state = 'delivered'", 1)
        assert sent["attempt"] == 2
        assert sent["done_at"] < lane["lease_until"]


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def test_a_start_does_what_fell_due_and_leaves_the_rest(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, figures: Figures
) -> None:
    url = None if kind == "sqlite" else request.getfixturevalue("postgres_empty_url")
    pending, overdue = scaled(PENDING), scaled(OVERDUE)
    async with fleet(tmp_path, 1, url) as desk:
        await desk.start()
        many = asyncio.Semaphore(32)

        async def ask(n: int) -> None:
            async with many:
                await desk.create(f"request {n}", expires_at=FAR)

        await asyncio.gather(*(ask(n) for n in range(pending)))
        await desk.kill()
        late = "'2026-01-01 00:00:00.000000'" if kind == "sqlite" else "'2026-01-01 00:00:00+00'"
        await desk.change(
            f"UPDATE requests SET expires_at = {late}, due_at = {late} WHERE number <= {overdue}"
        )
        began = time.monotonic()
        await desk.start()
        ready = time.monotonic() - began
        await settled(desk, "SELECT id FROM requests WHERE status = 'expired'", overdue)
        done = time.monotonic() - began
        expired = await desk.rows("SELECT number FROM requests WHERE status = 'expired' ORDER BY number")
        assert [row["number"] for row in expired] == list(range(1, overdue + 1))
        assert len(await desk.rows("SELECT id FROM requests WHERE status = 'assigned'")) == pending - overdue
        # Ten times the promise: the figures are for whoever measures.
        assert done < 100
        figures.note(pending=pending, overdue=overdue, ready_s=ready, done_s=done)
