"""What the person sees of the demo: a story that grows, or plain lines where no terminal is."""

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
"""Tells of one request, by name, what has happened to it and how."""

PACE_S = 0.4
"""How long each step stands on a terminal before the next one comes, so that eyes can follow."""


class Lines:
    """One line per step, with the seconds since the beginning."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    async def tell(self, name: str, step: str, text: str) -> None:
        """One step of one request."""
        line = f"{time.monotonic() - self._began:5.1f} s  {name:<9} {step:<12} {text}"
        output.at_once(output.visible(line))


class Story:
    """All requests on one screen, each with what has happened to it so far."""

    def __init__(self, names: Sequence[str], live: Live) -> None:
        self._steps: dict[str, list[tuple[str, str]]] = {name: [] for name in names}
        self._live = live

    async def tell(self, name: str, step: str, text: str) -> None:
        """One step of one request."""
        self._steps[name].append((step, text))
        self._live.update(self._grid(), refresh=True)
        await asyncio.sleep(PACE_S)

    def _grid(self) -> Table:
        grid = Table.grid(padding=(0, 2))
        for name, steps in self._steps.items():
            grid.add_row(name if steps else f"{name} …", style="bold" if steps else "dim")
            for step, text in steps:
                grid.add_row(f"  {step}", output.visible(text))
        return grid


@contextmanager
def board(names: Sequence[str], *, quiet: bool = False) -> Iterator[Tell]:
    """A story on a terminal, or lines where there is none; nothing at all where `quiet`."""
    if quiet:
        yield _untold
    elif not sys.stdout.isatty():
        yield Lines().tell
    else:
        with Live(console=Console(markup=False, highlight=False), auto_refresh=False) as live:
            yield Story(names, live).tell


async def _untold(name: str, step: str, text: str) -> None:
    """For programs, which read what came of it at the end."""
