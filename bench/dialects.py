"""How fast each dialect takes a request in, beside the primary one, on the same desk."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from bench.bodies import DIALECTS
from bench.load import cores, press
from bench.servers import prepare

LEAST_RATIO = 0.85
"""No dialect is more than 15 % slower than `humanlayer`."""

CONNECTIONS = 32
_WARM_UP_S = 1.0


def run(rounds: int, seconds: float) -> bool:
    """Measure and print; whether every dialect keeps up."""
    rates: dict[str, list[float]] = {name: [] for name in DIALECTS}
    server_core, load_core = cores()
    with tempfile.TemporaryDirectory() as folder:
        desk = prepare(Path(folder) / "prepared").desk
        # One after the other on a fresh desk each, so that none pays for the rows of another.
        for _ in range(rounds):
            for name, call in DIALECTS.items():
                with desk(server_core) as server:
                    press(server, call, CONNECTIONS, _WARM_UP_S, load_core)
                    rates[name].append(press(server, call, CONNECTIONS, seconds, load_core).rate)
    return report({name: median(found) for name, found in rates.items()}, rounds, seconds)


def report(rates: dict[str, float], rounds: int, seconds: float) -> bool:
    """Print each rate beside the first one's; whether none falls behind too far."""
    print(
        f"\nCreates in each dialect, {CONNECTIONS} connections; medians of {rounds} runs of {seconds:g} s\n"
    )
    first = next(iter(rates.values()))
    print(f"{'dialect':>15} {'creates/s':>10} {'of humanlayer':>14}")
    for name, rate in rates.items():
        print(f"{name:>15} {rate:>10,.0f} {rate / first:>14.3f}")
    least = min(rates.values()) / first
    holds = least >= LEAST_RATIO
    print(f"\n{'ok' if holds else 'wrong'}: the least is {least:.3f}, the least allowed {LEAST_RATIO:.2f}")
    return holds
