"""How a command fails: one line of why, and an exit code."""

from __future__ import annotations

REFUSED = 1
"""The desk, or the world, said no."""

MISUSED = 2
"""The command or its environment is not as it must be."""


class CommandFailed(Exception):
    """The command cannot do what was asked. The text is the line that a person reads."""

    def __init__(self, why: str, code: int = REFUSED) -> None:
        super().__init__(why)
        self.code = code
