"""How fast a request is taken in, beside a bare aiohttp handler that keeps nothing.

Both servers run on the same core in turn (bare, desk, bare, desk …) and wrk on another; the
desk writes each request, its audit event and its messages durably to SQLite before it answers.
Figures are medians over the rounds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import median

from bench.bodies import HUMANLAYER
from bench.load import Figures, cores, press
from bench.servers import Server, bare, prepare

LEAST_RATIO = 0.10
"""The desk takes in at least so large a share of what a bare handler does."""

CONNECTIONS = (1, 32)
JUDGED = 32
"""One connection shows how long a single durable commit takes; a rate is what many get together."""

_WARM_UP_S = 1.0

Runs = dict[int, list[Figures]]
"""The figures of every round, by number of connections."""


def run(rounds: int, seconds: float) -> bool:
    """Measure and print; whether the ratio of the rates at JUDGED connections holds."""
    bare_runs, desk_runs = measure(rounds, seconds)
    print(f"POST /ai-request; medians of {rounds} runs of {seconds:g} s each\n")
    return report(bare_runs, desk_runs)


def measure(rounds: int, seconds: float) -> tuple[Runs, Runs]:
    """The figures of the bare handler and of the desk, each started afresh for every round."""
    server_core, load_core = cores()
    bare_runs: Runs = {n: [] for n in CONNECTIONS}
    desk_runs: Runs = {n: [] for n in CONNECTIONS}
    with tempfile.TemporaryDirectory() as folder:
        desk = prepare(Path(folder) / "prepared").desk
        for _ in range(rounds):
            for start, runs in ((bare, bare_runs), (desk, desk_runs)):
                _round(start, runs, seconds, server_core, load_core)
    return bare_runs, desk_runs


def _round(
    start: Callable[[int], AbstractContextManager[Server]],
    runs: Runs,
    seconds: float,
    server_core: int,
    load_core: int,
) -> None:
    for connections in CONNECTIONS:
        with start(server_core) as server:
            press(server, HUMANLAYER, connections, _WARM_UP_S, load_core)
            runs[connections].append(press(server, HUMANLAYER, connections, seconds, load_core))


def report(bare_runs: Runs, desk_runs: Runs) -> bool:
    """Print both and their ratio; whether it is at least the least."""
    print(f"{'connections':>11}   {'bare/s':>8} {'p50 ms':>8} {'p99 ms':>8}   ", end="")
    print(f"{'desk/s':>8} {'p50 ms':>8} {'p99 ms':>8}   {'desk/bare':>9}")
    ratios = {}
    for connections in CONNECTIONS:
        them, us = middle(bare_runs[connections]), middle(desk_runs[connections])
        ratios[connections] = us.rate / them.rate
        print(f"{connections:>11}   {_columns(them)}   {_columns(us)}   {ratios[connections]:>9.3f}")
    judged = ratios[JUDGED]
    holds = judged >= LEAST_RATIO
    print(
        f"\n{'ok' if holds else 'wrong'}: the ratio at {JUDGED} connections is {judged:.3f},"
        f" the least allowed is {LEAST_RATIO:.2f}"
    )
    return holds


def middle(runs: Sequence[Figures]) -> Figures:
    """The median of each figure."""
    return Figures(
        median(r.rate for r in runs), median(r.p50_ms for r in runs), median(r.p99_ms for r in runs)
    )


def _columns(figures: Figures) -> str:
    return f"{figures.rate:>8,.0f} {figures.p50_ms:>8.2f} {figures.p99_ms:>8.2f}"
