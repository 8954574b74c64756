"""I-6, I-20: how late the clock is, and how soon a restart has done what fell due meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from approvals.model import State
from bench.soak.desks import Desk, Ground, fill
from bench.soak.figure import Effort, Figure, p99
from store import tables

EXPIRING, WITHIN_S = 10_000, 60
PENDING, OVERDUE = 10_000, 2_000

# How fast a desk is filled past its door, on a slow and busy machine: deadlines must lie ahead of that.
_FILLED_A_SECOND = 250
_LOOK_EVERY_S = 0.1

_r = tables.requests.c


async def timely(ground: Ground, effort: Effort) -> list[Figure]:
    """Many deadlines in a minute, on each database with all of its servers running."""
    return [await _timely(ground, kind, servers, effort) for kind, servers in ground.kinds]


async def _timely(ground: Ground, kind: str, servers: int, effort: Effort) -> Figure:
    count = effort.count(EXPIRING)
    within = max(5.0, WITHIN_S * count / EXPIRING)
    async with ground.desk(kind) as desk, desk.store() as store:
        await desk.start(servers)
        first = datetime.now(UTC) + timedelta(seconds=5 + count / _FILLED_A_SECOND)
        await fill(store, count, lambda n: first + timedelta(seconds=within * n / count))
        await _asleep_until(first + timedelta(seconds=within))
        late = await _lags(desk, count)
    return Figure(
        "I-6",
        f"{count:,} deadlines within {within:.0f} s, {kind}, {servers} server(s): lag p99, greatest",
        f"{p99(late):.2f} s, {max(late):.2f} s; before its time {sum(lag < 0 for lag in late)}",
        "2 s, 5 s; 0",
        p99(late) <= 2 and max(late) <= 5 and min(late) >= 0,
    )


async def restart(ground: Ground, effort: Effort) -> list[Figure]:
    """A desk that comes back among many requests, some of which fell due while it was away."""
    return [await _restart(ground, kind, effort) for kind, _ in ground.kinds]


async def _restart(ground: Ground, kind: str, effort: Effort) -> Figure:
    pending, overdue = effort.count(PENDING), effort.count(OVERDUE)
    async with ground.desk(kind) as desk:
        soon = datetime.now(UTC) + timedelta(seconds=5 + overdue / _FILLED_A_SECOND)
        async with desk.store() as store:
            await fill(store, overdue, lambda _: soon)
            await fill(store, pending, lambda _: soon + timedelta(days=1))
        await _asleep_until(soon)
        began = time.monotonic()
        (server,) = await desk.start()
        async with desk.reading() as read:
            await _until(read, overdue)
            took = time.monotonic() - began
            rest = await read(select(func.count()).where(_r.state != State.EXPIRED.value, _r.version == 2))
    unchanged = next(iter(rest[0].values()))
    return Figure(
        "I-20",
        f"restart among {pending:,} open and {overdue:,} overdue, {kind}: ready, overdue done",
        f"{server.ready_s:.1f} s, {took:.1f} s; {unchanged:,} unchanged",
        f"3 s, 10 s; {pending:,}",
        server.ready_s <= 3 and took <= 10 and unchanged == pending,
    )


async def _until(read: Callable[[Any], Any], expired: int) -> None:
    """Wait until so many have expired; a database has no other way to tell somebody outside."""
    counting = select(func.count().label("n")).where(_r.state == State.EXPIRED.value)
    async with asyncio.timeout(120):
        while (await read(counting))[0]["n"] < expired:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_EVERY_S)


async def _lags(desk: Desk, count: int) -> list[float]:
    """By how many seconds each end came after its deadline."""
    async with desk.reading() as read:
        await _until(read, count)
        rows = await read(select(_r.ended_at, _r.expires_at).where(_r.state == State.EXPIRED.value))
    return [(row["ended_at"] - row["expires_at"]).total_seconds() for row in rows]


async def _asleep_until(moment: datetime) -> None:
    await asyncio.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))
