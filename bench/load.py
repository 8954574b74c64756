"""wrk, pinned to a core, and what it found."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("create.lua")


class NotAllGood(Exception):
    """Some answers were no 2xx, or none came: the figures mean nothing."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one run: answers a second, and latencies in milliseconds."""

    rate: float
    p50_ms: float
    p99_ms: float


def press(url: str, key: str, connections: int, seconds: float, core: int) -> Figures:
    """POST creates for so long over so many connections; raises NotAllGood."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "-s", str(SCRIPT), f"{url}/ai-request"]
    ran = subprocess.run(
        command,
        env=os.environ | {"BENCH_KEY": key},
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        capture_output=True,
        text=True,
        check=True,
    )
    return figures(ran.stdout)


def figures(output: str) -> Figures:
    """Read the line that the script printed; raises NotAllGood."""
    line = json.loads(output.strip().splitlines()[-1])
    if line["bad"] or line["broken"] or not line["good"]:
        raise NotAllGood(
            f"{line['bad']} of {line['bad'] + line['good']} answers were no 2xx,"
            f" {line['broken']} did not come; the first: {line['first_bad'] or '-'}"
        )
    return Figures(line["good"] / line["seconds"], line["p50_ms"], line["p99_ms"])
