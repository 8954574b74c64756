"""What has to be mended in the samples before anybody could run them, and why. One table.

Base URLs and keys are changed apart from this. Each repair fails where it is no longer needed.
"""

from __future__ import annotations

import io
import re
import textwrap
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class Repair(Protocol):
    """One change to a sample."""

    def mend(self, code: str) -> str:
        """The sample, changed."""


@dataclass(frozen=True)
class Instead:
    """Other words, or (as `pattern`) another form."""

    reason: str
    old: str
    new: str
    pattern: bool = False

    def mend(self, code: str) -> str:
        """Everywhere."""
        old = self.old if self.pattern else re.escape(self.old)
        new = self.new if self.pattern else self.new.replace("\\", "\\\\")
        mended, count = re.subn(old, new, code)
        assert count, f"{self.reason}: {self.old!r} is not there"
        return mended


@dataclass(frozen=True)
class Broken:
    """Line breaks where the document has lost them: each entry is how deep, then what begins the line."""

    reason: str
    lines: tuple[tuple[int, str], ...]

    def mend(self, code: str) -> str:
        """Each line once, in order."""
        done = ""
        for depth, start in self.lines:
            before, found, code = code.partition(start)
            assert found, f"{self.reason}: {start!r} is not there"
            done += f"{before.rstrip()}\n{'    ' * depth}{start}"
        return done + code


@dataclass(frozen=True)
class Indented:
    """How deep each logical line of Python stands, one digit each, where the document has lost it."""

    reason: str
    depths: str

    def mend(self, code: str) -> str:
        """Every line."""
        lines = logical_lines(code)
        assert len(lines) == len(self.depths), f"{self.reason}: {len(lines)} lines, {len(self.depths)} depths"
        return "\n".join(
            textwrap.indent(line, "    " * int(depth)) for depth, line in zip(self.depths, lines, strict=True)
        )


def logical_lines(code: str) -> list[str]:
    """Python's lines, those that a bracket continues joined to the first; blank ones left out."""
    found, pending = [], ""
    for line in filter(str.strip, code.splitlines()):
        pending = f"{pending}\n{line}" if pending else line
        if _open_brackets(pending) == 0:
            found.append(pending)
            pending = ""
    return [*found, pending] if pending else found


def _open_brackets(code: str) -> int:
    depth = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.OP:
                depth += (token.string in "([{") - (token.string in ")]}")
    except tokenize.TokenError:
        pass
    return depth


LOST = "the document has lost its line breaks"
LOST_INDENTATION = "the document has lost its indentation"
SECONDS = "seconds between polls would make the test as slow"
PLACEHOLDER = "an id that stands for any"
SPLIT = "a space has come between an f and its string, and around what it holds"
PAST = "a date that has passed since"
UNNAMED = "a name that the sample leaves to its reader"

_F_STRINGS = (
    Instead(SPLIT, r'\bf "', 'f"', pattern=True),
    Instead(SPLIT, r"/ \{ (\w+) \} ", r"/{\1}", pattern=True),
)

REPAIRS: Mapping[str, tuple[Repair, ...]] = {
    "humanlayer curl submit": (Instead(LOST, " \\ ", " \\\n"),),
    "humanlayer curl status": (Instead(LOST, " \\ ", " \\\n"), Instead(PLACEHOLDER, "a1b2c3d4-...", "$ID")),
    "humanlayer javascript": (
        Broken(
            LOST,
            (
                (0, "// 1. Submit a request"),
                (0, "async function requestDecision"),
                (0, "// 2. Wait for decision (polling)"),
                (0, "async function waitForDecision"),
                (0, "// 3. Usage"),
                (0, "const { request_id }"),
                (0, "// { verdict"),
            ),
        ),
        Instead(SECONDS, "15000", "50"),
    ),
    "humanlayer python": (
        Broken(
            LOST,
            (
                (0, "API = "),
                (0, "HEADERS = "),
                (0, "# 1. Submit a request"),
                (0, "resp = "),
                (0, "request_id = "),
                (0, "# 2. Wait for decision"),
                (0, "while True:"),
                (1, "r = "),
                (1, "data = "),
                (1, "if data"),
                (2, 'print(f"Verdict'),
                (2, 'print(f"Reasoning'),
                (2, "break"),
                (1, "time.sleep"),
            ),
        ),
        Instead(SECONDS, "time.sleep(15)", "time.sleep(0.05)"),
    ),
    "humancheck blocking": (Indented(LOST_INDENTATION, "0000112"),),
    "humancheck details": _F_STRINGS,
    "humancheck decision": (*_F_STRINGS, Indented(LOST_INDENTATION, "000112121201")),
    "humancheck polling": (
        *_F_STRINGS,
        Indented(LOST_INDENTATION, "0011223343334300"),
        Instead(SECONDS, "poll_interval = 5", "poll_interval = 0.05"),
    ),
    "humancheck approve": _F_STRINGS,
    "humancheck reject": _F_STRINGS,
    "humancheck modify": _F_STRINGS,
    "humancheck feedback": _F_STRINGS,
    "humancheck errors": (
        Instead(SPLIT, r'\bf "', 'f"', pattern=True),
        Indented(LOST_INDENTATION, "0111012121212"),
        Instead(UNNAMED, "{ ... }", "BODY"),
    ),
    "humancheck complete": (
        Instead(SPLIT, r'\bf "', 'f"', pattern=True),
        Indented(LOST_INDENTATION, "0001122222323322323332330"),
    ),
    "humancheck curl get": (Instead(PLACEHOLDER, "/reviews/1", "/reviews/$ID"),),
    "humanapproval infrastructure": (Instead(UNNAMED, "calculateCost(instanceType, count)", "count * 70"),),
    "humanapproval deployment": (Instead(SECONDS, "sleep 5", "sleep 0.05"),),
    "humanapproval sdk": (
        Instead(
            "it was announced and never published; ours reads the same", "human_approval", "sentinel_desk"
        ),
    ),
    "humanapproval express": (Instead("the port may be taken", "3000", "process.env.PORT"),),
    "humanapproval create": (Instead(PAST, "2026-01-20", "2036-01-20"),),
    "hitl create": (
        Instead(PLACEHOLDER, "template_123", "$TEMPLATE"),
        Instead(PAST, "2024-01-20", "2034-01-20"),
    ),
    "hitl retry": (Instead(SECONDS, "time.sleep(delay)", "time.sleep(delay / 100)"),),
}
"""A sample's name -> its repairs, in order."""
