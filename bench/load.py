"""wrk, pinned to a core, and what it found."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.servers import Server

SCRIPT = Path(__file__).with_name("call.lua")


class NotAllGood(Exception):
    """Some answers were no 2xx, or none came: the figures mean nothing."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one run: answers a second, and latencies in milliseconds."""

    rate: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked: a POST of `body` to `path`, or a GET where there is none."""

    path: str
    body: dict[str, Any] | None = None


def press(server: Server, call: Call, connections: int, seconds: float, core: int) -> Figures:
    """Make a call for so long over so many connections; raises NotAllGood."""
    url = f"{server.url}{call.path}"
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "-s", str(SCRIPT), url]
    body = {} if call.body is None else {"BENCH_BODY": json.dumps(call.body, ensure_ascii=False)}
    ran = subprocess.run(
        command,
        env=os.environ | {"BENCH_KEY": server.key} | body,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        capture_output=True,
        text=True,
        check=True,
    )
    return figures(ran.stdout)


def cores() -> tuple[int, int]:
    """The core of the server and that of the load."""
    server, load, *_ = sorted(os.sched_getaffinity(0))
    return server, load


def not_comparable() -> str | None:
    """Why no figures from this machine would mean anything; None where they would."""
    if shutil.which("wrk") is None:
        return "wrk is not installed (on Debian: apt install wrk)"
    if not hasattr(os, "sched_getaffinity"):
        return "processes cannot be pinned to a core on this system"
    if len(os.sched_getaffinity(0)) < 2:
        return "it takes two cores, one for the server and one for the load"
    return None


def figures(output: str) -> Figures:
    """Read the line that the script printed; raises NotAllGood."""
    line = json.loads(output.strip().splitlines()[-1])
    if line["bad"] or line["broken"] or not line["good"]:
        raise NotAllGood(
            f"{line['bad']} of {line['bad'] + line['good']} answers were no 2xx,"
            f" {line['broken']} did not come; the first: {line['first_bad'] or '-'}"
        )
    return Figures(line["good"] / line["seconds"], line["p50_ms"], line["p99_ms"])
