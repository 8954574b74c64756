"""Running samples as their readers would: each in a process of its own, in a folder of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.ports import unused_port
from tests.require import missing

PATIENCE_S = 60
ROOT = Path(__file__).resolve().parents[2]


def tool(name: str) -> str:
    """The path of a program; skips where it is absent."""
    found = shutil.which(name)
    if found is None:
        missing("external", f"no {name} on this machine")
    return found


def node_modules(*names: str) -> str:
    """Where Node finds these modules, in `NODE_PATH`; skips where it does not."""
    script = "".join(f"require({name!r});" for name in names)
    tried = subprocess.run([tool("node"), "-e", script], capture_output=True, check=False)
    if tried.returncode:
        missing("external", f"Node does not find {', '.join(names)} (npm install, and NODE_PATH)")
    return os.environ.get("NODE_PATH", "")


async def bash(folder: Path, code: str, **environment: str) -> str:
    """Run a shell sample; what it printed."""
    tool("curl")
    return await _ran(folder, [tool("bash"), "-euo", "pipefail", "-c", code], environment)


async def python(folder: Path, code: str, **environment: str) -> str:
    """Run a Python sample; what it printed."""
    file = folder / "sample.py"
    file.write_text(code, encoding="utf-8")
    return await _ran(folder, [sys.executable, str(file)], environment)


async def node(folder: Path, code: str, **environment: str) -> str:
    """Run a JavaScript sample, a module so that it may await; what it printed."""
    file = folder / "sample.mjs"
    file.write_text(code, encoding="utf-8")
    return await _ran(folder, [tool("node"), str(file)], environment)


class Server:
    """A sample that serves."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._printed = ""

    async def prints(self, *words: str) -> None:
        """Until it has printed all of this."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while not all(word in self._printed for word in words):
                line = await self._process.stdout.readline()
                assert line, f"it has ended; it printed: {self._printed[-2000:]}"
                self._printed += line.decode()


@asynccontextmanager
async def serving(folder: Path, command: list[str], port: int) -> AsyncIterator[Server]:
    """A sample that serves, from when it listens until the block ends."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        await _listening(process, port)
        yield Server(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), PATIENCE_S)


def free_port() -> int:
    """A port that nobody has."""
    return unused_port()


async def _ran(folder: Path, command: list[str], environment: dict[str, str]) -> str:
    ran = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(ran.communicate(), PATIENCE_S)
    finally:
        if ran.returncode is None:
            ran.kill()
            await ran.wait()
    assert ran.returncode == 0, f"exit {ran.returncode}: {err.decode()[-2000:]}{out.decode()[-2000:]}"
    return out.decode()


async def _listening(process: asyncio.subprocess.Process, port: int) -> None:
    """Until somebody can connect to the port; only trying tells."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            assert process.returncode is None, "the sample ended before it listened"
            with contextlib.suppress(ConnectionRefusedError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                await writer.wait_closed()
                return
            await asyncio.sleep(0.05)
