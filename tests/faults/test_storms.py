"""Many at once, over several replicas: one wins, everybody else is told who, and nothing is done twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.faults.effort import Figures, scaled
from tests.faults.fleet import Answer, Fleet, flapping, fleet, settled

pytestmark = pytest.mark.postgres

DECIDERS = 64
REQUESTS = 4
ENDS = {"approved", "rejected", "cancelled", "expired"}


def soon(seconds: float) -> str:
    """An instant from now, as a client writes it."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


async def try_it(desk: Fleet, request_id: str, what: str, n: int) -> tuple[str, Answer]:
    """One of many who want the same request to end in another way."""
    if what == "cancelled":
        return what, await desk.cancel(request_id, at=n)
    return what, await desk.decide(request_id, what, f"{n} for {request_id}", at=n)


async def test_of_all_who_decide_one_wins_and_the_others_are_told(
    tmp_path: Path, postgres_empty_url: str, figures: Figures
) -> None:
    requests, losers = scaled(REQUESTS), 0
    async with fleet(tmp_path, 3, postgres_empty_url) as desk:
        await desk.start()
        for n in range(requests):
            # Every second one is at its deadline while they decide.
            late = {"expires_at": soon(1)} if n % 2 else {}
            request_id = await desk.create(f"storm {n}", **late)
            if late:
                await asyncio.sleep(0.8)
            wants = islice(cycle(["approved", "rejected", "cancelled"]), DECIDERS)
            told = await asyncio.gather(*(try_it(desk, request_id, what, i) for i, what in enumerate(wants)))
            if late:
                await settled(
                    desk, f"SELECT id FROM requests WHERE id = '{request_id}' AND due_at IS NULL", 1
                )
            row = (await desk.rows(f"SELECT status FROM requests WHERE id = '{request_id}'"))[0]
            winners = [what for what, answer in told if answer.status == 200]
            assert row["status"] in ENDS
            assert winners == ([] if row["status"] == "expired" else [row["status"]])
            lost = [answer for _, answer in told if answer.status != 200]
            losers += len(lost)
            assert {answer.status for answer in lost} == {409}
            words = (row["status"],) if winners else ("deadline", "expired")
            assert [a for a in lost if not any(w in str(a.said).lower() for w in words)] == []
        figures.note(requests=requests, deciders=DECIDERS, refused=losers)


async def test_creates_under_one_key_are_one_request(
    tmp_path: Path, postgres_empty_url: str, figures: Figures
) -> None:
    rounds = scaled(4)
    async with fleet(tmp_path, 3, postgres_empty_url) as desk:
        await desk.start()
        for n in range(rounds):
            ids = await asyncio.gather(*(desk.create(f"same {n}", at=i) for i in range(50)))
            assert len(set(ids)) == 1
        assert len(await desk.rows("SELECT id FROM requests")) == rounds
        figures.note(keys=rounds, callers=50)


@pytest.mark.parametrize("replicas", [1, 2, 4, 8])
async def test_replicas_that_start_together_double_nothing(
    replicas: int, tmp_path: Path, postgres_empty_url: str, figures: Figures
) -> None:
    """All are down while requests fall due; then all start at once, and each end happens once."""
    number = scaled(10)
    async with flapping(3) as receiver, fleet(tmp_path, replicas, postgres_empty_url) as desk:
        receiver.steady = True
        await desk.start()
        ids = await asyncio.gather(
            *(
                desk.create(f"due {n}", at=n, expires_at=soon(3600), callback_url=receiver.url(n))
                for n in range(number)
            )
        )
        await desk.kill()
        # The deadline comes while nobody runs.
        past = "2026-01-01 00:00:00+00"
        await desk.change(f"UPDATE requests SET expires_at = '{past}', due_at = '{past}'")
        await desk.start()
        await receiver.until(set(ids))
        receiver.check()
        sent = await desk.rows("SELECT id FROM deliveries WHERE carrier = 'http'")
        assert len(sent) == number
        ends = await desk.rows('SELECT n FROM events WHERE record LIKE \'%"kind":"expired"%\'')
        assert len(ends) == number
        figures.note(replicas=replicas, expired=number)
