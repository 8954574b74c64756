"""F-9: how long it takes to check the audit chain."""

from __future__ import annotations

import time

from bench.soak.desks import PROJECT, Ground, fill
from bench.soak.figure import Effort, Figure

EVENTS = 100_000
EVENTS_A_REQUEST = 2


async def verify(ground: Ground, effort: Effort) -> list[Figure]:
    """All events of one project."""
    async with ground.desk() as desk, desk.store() as store:
        await fill(store, effort.count(EVENTS) // EVENTS_A_REQUEST)
        began = time.monotonic()
        count = await store.verify(PROJECT)
        took = time.monotonic() - began
    allowed = 10 * count / EVENTS
    return [
        Figure("F-9", f"{count:,} events verified in", f"{took:.1f} s", f"{allowed:.1f} s", took <= allowed)
    ]
