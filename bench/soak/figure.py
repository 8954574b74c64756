"""One figure: what was measured, what was promised, and whether it holds."""

from __future__ import annotations

import math
import resource
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """`promise` is its number (I-6, F-4 …); `holds` None: told only, nothing was promised."""

    promise: str
    what: str
    value: str
    target: str
    holds: bool | None

    def line(self, command: str) -> str:
        """As it is printed."""
        said = {True: "ok", False: "SHORT", None: "-"}[self.holds]
        return f"{said:<6}{self.promise:<6}{self.what}: {self.value} (target {self.target}) [{command}]"


@dataclass(frozen=True, slots=True)
class Effort:
    """How long the whole run may take. All counts are those of the targets from twenty minutes on."""

    minutes: float

    def count(self, whole: int) -> int:
        """So many of something that the target counts."""
        return max(1, round(whole * min(1.0, self.minutes / 20)))


def p99(values: Sequence[float]) -> float:
    """The value that 99 of 100 do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * 0.99) - 1)] if values else math.nan


def milliseconds(seconds: float) -> str:
    """Written for a line."""
    return f"{seconds * 1000:.0f} ms"


def resident_bytes(pid: int) -> int:
    """How much memory a process holds now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def open_files(pid: int) -> int:
    """How many file descriptors a process holds now."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
