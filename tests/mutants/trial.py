"""One trial: a copy of the code, perhaps with a mutant in it, and the tests that judge it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.mutants.mutant import Mutant

LONGEST_TEST_S = 60
LONGEST_TRIAL_S = 900

# What a copy does not need: environments, what tools keep, and the data of a desk that runs here.
_LEFT_BEHIND = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "node_modules", "*.db*")
# Most of a trial is starting up, and these plugins, which no trial needs, are half of that.
_UNUSED = [word for name in ("schemathesis", "anyio", "xdist", "pytest_cov") for word in ("-p", f"no:{name}")]
_FAILED = re.compile(r"^FAILED (.+?)(?: - .*)?$", re.MULTILINE)


class Verdict(StrEnum):
    """What the tests said of a copy of the code."""

    GREEN = "green"
    RED = "red"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict, the first test that failed, what pytest wrote, and how long it took.

    `broken` means that the tests did not get so far as to fail, which proves nothing.
    """

    verdict: Verdict
    failed: str | None
    output: str
    seconds: float


@contextmanager
def copy_of(tree: Path) -> Iterator[Path]:
    """A copy of the code in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder) / "desk"
        # Times of files are kept: what Python has compiled already stays good.
        shutil.copytree(tree, copy, ignore=_LEFT_BEHIND)
        yield copy


def judge(mutant: Mutant, tree: Path) -> Judged:
    """Put a mutant into a copy of `tree` and run its tests there."""
    with copy_of(tree) as copy:
        mutant.infect(copy)
        return run(mutant.tests, copy)


def run(tests: Sequence[str], tree: Path) -> Judged:
    """Run tests in a copy of the code, up to the first that fails."""
    began = time.monotonic()
    words = ["-q", "-x", "-rf", "--tb=short", "--no-header", "-p", "no:cacheprovider", *_UNUSED]
    command = [sys.executable, "-m", "pytest", *words, f"--timeout={LONGEST_TEST_S}", *tests]
    try:
        ran = subprocess.run(
            command,
            cwd=tree,
            env=_environment(tree),
            capture_output=True,
            text=True,
            timeout=LONGEST_TRIAL_S,
        )
    except subprocess.TimeoutExpired:
        return Judged(Verdict.BROKEN, None, "it did not end", time.monotonic() - began)
    output = ran.stdout + ran.stderr
    failed = _FAILED.findall(output)
    return Judged(
        _verdict(ran.returncode, failed), failed[0] if failed else None, output, time.monotonic() - began
    )


def _verdict(code: int, failed: Sequence[str]) -> Verdict:
    if code == 0:
        return Verdict.GREEN
    return Verdict.RED if code == 1 and failed else Verdict.BROKEN


def _environment(tree: Path) -> dict[str, str]:
    """The copy's modules come first, in whatever process a test starts."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("DESK_", "SLACK_"))}
    return plain | {"PYTHONPATH": os.pathsep.join(map(str, (tree, tree / "sdk/python/src")))}
