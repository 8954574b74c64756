"""How hard the faults try, and the figures that they come to.

`FAULTS_SCALE` multiplies every count of this folder: 1 (the default) is what a change can wait for, more is
what a long run wants. `FAULTS_FIGURES` names a file to which each figure is added as a line of JSON.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

SCALE = "FAULTS_SCALE"
FIGURES = "FAULTS_FIGURES"


def factor() -> float:
    """By how much every count is multiplied."""
    return float(os.environ.get(SCALE) or 1)


def scaled(count: int) -> int:
    """A count of the bounded run, as many as this run wants; one at least."""
    return max(1, round(count * factor()))


@dataclass
class Figures:
    """What one test measured. Nothing is asserted here: figures are for whoever reads them."""

    test: str
    noted: dict[str, float] = field(default_factory=dict)

    def note(self, **figures: float) -> None:
        """Keep figures, by a name that says their unit (`acknowledged`, `ready_s`)."""
        self.noted |= figures

    def publish(self) -> None:
        """Add them to the file of figures, where there is one."""
        path = os.environ.get(FIGURES)
        if path and self.noted:
            with Path(path).open("a") as file:
                print(json.dumps({"test": self.test, "scale": factor(), **self.noted}), file=file)
