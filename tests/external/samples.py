"""The samples of the reference documents: cut out of them while the tests run, and mended by a table.

The documents lie beside the checkout, as they were handed over; nothing of them is kept here. A sample
is changed in its base URL, its key, and as `repairs.py` says.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.external.repairs import REPAIRS
from tests.require import missing

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT.parent / "shared" / "seeds"

HUMANCHECK, HUMANAPPROVAL, HUMANLAYER, EXAMPLES, HITL = "000", "001", "002", "003", "004"

BASES = {
    HUMANCHECK: "https://api.humancheck.dev",
    HUMANAPPROVAL: "https://humanapproval.dev",
    HUMANLAYER: "https://humanlayer.systems/.netlify/functions",
    EXAMPLES: "https://humanapproval.dev",
    HITL: "https://api.hitl.sh",
}
"""The base URL that each document's samples call."""

KEYS = ("hl_your_key", "your-api-key-here", "your_api_key_here", "your_api_key")
"""What stands for a key in them."""

_LABELS = ("bash", "json", "javascript", "python", "json — webhook payload", "Response:", "")


def document(number: str) -> str:
    """A document's text; skips where it is absent."""
    found = sorted(SEEDS.glob(f"{number}_*.txt")) if SEEDS.is_dir() else []
    if len(found) != 1:
        missing("external", f"the reference document {number} does not lie beside the checkout")
    return found[0].read_text(encoding="utf-8")


def sample(number: str, after: str, before: str | None = None, *, nth: int = 1) -> str:
    """The lines between the nth line that reads `after` and the next that begins with `before`, as they are.

    An `after` that ends in `…` says only how its line begins. Without `before` it is the one line that
    follows. Labels such as `json` on top are left out.
    """
    lines = document(number).splitlines()
    starts = [n for n, line in enumerate(lines) if _reads(line.strip(), after)]
    rest = lines[starts[nth - 1] + 1 :]
    while rest[0].strip() in _LABELS:
        rest = rest[1:]
    if before is None:
        return rest[0]
    end = next(n for n, line in enumerate(rest) if line.strip().startswith(before))
    return "\n".join(rest[:end]).strip("\n")


def _reads(line: str, wanted: str) -> bool:
    return line.startswith(wanted[:-1]) if wanted.endswith("…") else line == wanted


def documented(number: str, after: str, before: str, *, nth: int = 1) -> Any:
    """A sample that is JSON, read."""
    return json.loads(sample(number, after, before, nth=nth))


def mended(name: str, number: str, code: str, url: str, key: str) -> str:
    """A sample that runs against the desk at `url` with `key`; every repair must still be needed."""
    for repair in REPAIRS.get(name, ()):
        code = repair.mend(code)
    code = code.replace(BASES[number], url)
    for placeholder in KEYS:
        code = code.replace(placeholder, key)
    return code


def within(code: str, before: str = "", after: str = "") -> str:
    """A Python sample that awaits things with a `client`, as a program, something before and after it."""
    body = "\n".join(f"        {line}" for line in [*code.splitlines(), *after.splitlines()])
    return f"""
import asyncio, json, httpx
{before}
async def main():
    async with httpx.AsyncClient() as client:
{body}
asyncio.run(main())
"""
