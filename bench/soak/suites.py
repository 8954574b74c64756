"""I-1, F-8 and the mutants: the suites of `tests/`, tried for longer than a change can wait for."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys

from bench.servers import ROOT
from bench.soak.desks import Ground
from bench.soak.figure import Effort, Figure

MINUTES_A_SCALE = 7.5
"""So many minutes of the whole run are worth the faults' counts once."""

CALLS_A_MINUTE = 1_700


async def faults(ground: Ground, effort: Effort) -> list[Figure]:
    """Kills, storms, failpoints, model and clocks of `tests/faults`, and the figures that they noted."""
    scale = effort.minutes / MINUTES_A_SCALE
    noted = ground.folder / "faults.jsonl"
    told = {"FAULTS_SCALE": f"{scale:g}", "FAULTS_FIGURES": str(noted)}
    held, last = await _pytest("tests/faults", **told)
    lines = noted.read_text().splitlines() if noted.exists() else []
    return [
        Figure("I-*", f"tests/faults at {scale:g} times its counts", last, "all pass", held),
        *(_noted(json.loads(line)) for line in lines),
    ]


def _noted(figures: dict[str, object]) -> Figure:
    test = figures.pop("test")
    figures.pop("scale", None)
    value = ", ".join(
        f"{name} {n:,.4g}" if isinstance(n, float) else f"{name} {n}" for name, n in figures.items()
    )
    return Figure("", str(test), value, "as the test asserts", None)


async def fuzz(ground: Ground, effort: Effort) -> list[Figure]:
    """Spoilt calls of every route, other ones at each run."""
    calls, seed = round(CALLS_A_MINUTE * effort.minutes), secrets.token_hex(4)
    held, last = await _pytest("tests/api/test_fuzz.py", FUZZ=str(calls), FUZZ_SEED=seed)
    what = f"{calls:,} spoilt calls on each database (FUZZ_SEED={seed}): answered by a server error"
    return [Figure("F-8", what, "0" if held else last, "0", held)]


async def mutants(ground: Ground, effort: Effort) -> list[Figure]:
    """`make mutants`; part of a whole run, and left out of a short one."""
    if effort.minutes < 30:
        return [Figure("M-*", "mutants", "not tried in a run under 30 minutes", "all caught", None)]
    held, last = await _run("-m", "tests.mutants")
    return [Figure("M-*", "mutants", last, "all caught", held)]


async def _pytest(path: str, **told: str) -> tuple[bool, str]:
    return await _run("-m", "pytest", "-q", "-p", "no:cacheprovider", path, **told)


async def _run(*words: str, **told: str) -> tuple[bool, str]:
    """Whether it went well, and the last line that it printed; all of it is shown where it did not."""
    ran = await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        cwd=ROOT,
        env=os.environ | told,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await ran.communicate()
    text = out.decode(errors="replace")
    if ran.returncode:
        print(text, file=sys.stderr)
    return ran.returncode == 0, (text.strip().splitlines() or [""])[-1].strip("= ")
