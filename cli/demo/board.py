"""What the person sees of the demo: a table that fills, or plain lines where no terminal is."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table

from cli import output

Tell = Callable[[str, str, str], Awaitable[None]]
"""Tells of one request (by name) that one of the STEPS has happened, and how."""

STEPS = ("submitted", "assigned to", "card shown", "clicked", "callback", "GET says")


PACE_S = 0.4
"""How long each step stands on a terminal before the next one comes, so that eyes can follow."""


class Board:
    """Tells what happens to each request."""

    def __init__(self, names: Sequence[str], live: Live | None = None) -> None:
        self._cells = {name: dict.fromkeys(STEPS, "") for name in names}
        self._live = live
        self._began = time.monotonic()

    async def tell(self, name: str, step: str, text: str) -> None:
        """One step of one request."""
        if self._live is None:
            line = f"{time.monotonic() - self._began:5.1f} s  {name:<9} {step:<12} {text}"
            return output.at_once(output.visible(line))
        before = self._cells[name][step]
        self._cells[name][step] = f"{before}\n{text}" if before else text
        self._live.update(self._table(), refresh=True)
        await asyncio.sleep(PACE_S)
        return None

    def _table(self) -> Table:
        table = Table("request", *STEPS, box=None, padding=(0, 2, 1, 0), header_style="bold")
        for name, cells in self._cells.items():
            table.add_row(name, *(cells[step] for step in STEPS))
        return table


@contextmanager
def board(names: Sequence[str], *, quiet: bool = False) -> Iterator[Tell]:
    """A board on the terminal, or lines where there is none; nothing at all where `quiet`."""
    if quiet:
        yield _untold
    elif not sys.stdout.isatty():
        yield Board(names).tell
    else:
        with Live(console=Console(markup=False, highlight=False), auto_refresh=False) as live:
            yield Board(names, live).tell


async def _untold(name: str, step: str, text: str) -> None:
    """For programs, which read what came of it at the end."""
