"""Places at which a test may stop the desk. Nothing happens at them unless the environment says so.

`FAILPOINTS="commit.before=exit; post.after=sleep:2@3"` arms two: the process ends at the first
pass of one, as if it had been killed, and stands still for two seconds at the third pass of the other.
Without `@`, `raise` and `sleep` happen at every pass.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

VARIABLE = "FAILPOINTS"
"""Not a setting of the desk: nobody who runs one needs it."""

EXIT_CODE = 70

BOUNDARIES = (
    "lock.before",
    "lock.after",
    "guard.before",
    "guard.after",
    "event.before",
    "event.after",
    "outbox.before",
    "outbox.after",
    "commit.before",
    "commit.after",
    "answer.before",
    "claim.before",
    "claim.after",
    "post.before",
    "post.after",
    "completion.before",
    "completion.after",
    "card.before",
    "card.after",
    "migration.before",
    "migration.step",
    "migration.after",
)
"""Every place there is: before and after each step of a transition, a delivery and a migration."""


class Failed(RuntimeError):
    """A failpoint raised."""


@dataclass(slots=True)
class _Trap:
    mode: str
    argument: float
    at: int | None
    passes: int = 0

    def spring(self, name: str) -> None:
        self.passes += 1
        if self.at is not None and self.passes != self.at:
            return
        if self.mode == "exit":
            os._exit(EXIT_CODE)
        if self.mode == "raise":
            raise Failed(name)
        time.sleep(self.argument)


_armed: dict[str, _Trap] = {}


def fail(name: str) -> None:
    """Stop here, if this place is armed."""
    if _armed and name in _armed:
        _armed[name].spring(name)


def arm(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Arm what the environment names and nothing else; the names. Raises ValueError for an unknown one."""
    _armed.clear()
    for order in filter(None, map(str.strip, environment.get(VARIABLE, "").split(";"))):
        name, _, how = order.partition("=")
        how, _, at = how.partition("@")
        mode, _, argument = how.partition(":")
        if name not in BOUNDARIES or mode not in {"raise", "sleep", "exit"}:
            raise ValueError(f"{VARIABLE}: {order!r} is no failpoint")
        _armed[name] = _Trap(mode, float(argument or 0), int(at) if at else None)
    return tuple(_armed)
