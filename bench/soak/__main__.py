"""`make soak`: measure what is promised under trouble. `SOAK_MINUTES` (60) says how long it may take."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from api.connections import make_room
from bench.soak import chain, decisions, doors, expiries, leaks, receivers, stopping, suites
from bench.soak.desks import Ground, ground
from bench.soak.figure import Effort, Figure

Measurement = Callable[[Ground, Effort], Awaitable[list[Figure]]]

MEASUREMENTS: Mapping[str, Measurement] = {
    "revoked": doors.revoked_keys,
    "hostile": doors.hostile_bodies,
    "slow": doors.slow_sockets,
    "receivers": receivers.good_beside_dead,
    "late": decisions.late,
    "storm": decisions.storm,
    "expiry": expiries.timely,
    "restart": expiries.restart,
    "rolling": stopping.rolling,
    "verify": chain.verify,
    "leaks": leaks.watch,
    "fuzz": suites.fuzz,
    "faults": suites.faults,
    "mutants": suites.mutants,
}

_SOCKETS = 10_000


async def measure(names: Sequence[str], effort: Effort) -> bool:
    """Print each figure as soon as it is known; whether all that was promised holds."""
    held = True
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, ground(Path(folder)) as where:
        if where.postgres is None:
            print("PostgreSQL is not installed: measured on SQLite alone", flush=True)
        for name in names:
            began = time.monotonic()
            try:
                figures = await MEASUREMENTS[name](where, effort)
            except Exception:  # noqa: BLE001 - the others are measured all the same
                traceback.print_exc()
                figures = [Figure("", name, "could not be measured", "-", False)]
            for figure in figures:
                print(figure.line(f"make soak ARGS={name}"), flush=True)
            print(f"      {name} took {time.monotonic() - began:.0f} s", flush=True)
            held = held and all(figure.holds is not False for figure in figures)
    return held


def main(arguments: Sequence[str]) -> int:
    """0 where every figure holds its target."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument(
        "only", nargs="*", choices=[*MEASUREMENTS, []], help="which ones; all, if none is named"
    )
    options = parser.parse_args(arguments)
    effort = Effort(float(os.environ.get("SOAK_MINUTES") or 60))
    make_room(_SOCKETS)
    names = options.only or list(MEASUREMENTS)
    print(f"{len(names)} measurements in about {effort.minutes:g} minutes\n", flush=True)
    return 0 if asyncio.run(measure(names, effort)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
