"""Desks and commands, each in a process of its own, forked from one that has imported everything already.

Importing is most of what a start costs, and a test that kills a server sixty times pays for it sixty times.
What is forked runs `cli.main` with an environment of its own, can be signalled and killed like any process,
and ends as the interpreter ends. That `python -m cli` itself starts is shown by `tests/cli/test_serving.py`.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import gc
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from approvals import places
from cli import main

ROOT = Path(__file__).resolve().parents[1]
READY = "ready"
END = b"\0"
LONGEST = 1 << 24


@dataclass
class Child:
    """A forked process, its standard output, and how it ended."""

    pid: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    returncode: int | None = None
    _rest: asyncio.Future[bytes] | None = None

    async def line(self) -> bytes:
        """The next line that it prints; empty when it has ended."""
        line = await self.reader.readline()
        if line.startswith(END):
            self._ended(line)
            self.writer.close()
            return b""
        return line

    async def wait(self) -> int:
        """How it ended: its exit code, or minus the signal."""
        await self.output()
        assert self.returncode is not None
        return self.returncode

    async def output(self) -> bytes:
        """What it printed from here to its end. Any number may wait for it."""
        if self._rest is None:
            self._rest = asyncio.ensure_future(self._read())
        return await asyncio.shield(self._rest)

    async def _read(self) -> bytes:
        printed = b""
        if self.returncode is None:
            printed, _, end = (await self.reader.read(-1)).rpartition(END)
            self._ended(end)
        self.writer.close()
        return printed

    def send_signal(self, number: int) -> None:
        """Signal it, if it still runs."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def _ended(self, code: bytes) -> None:
        self.returncode = int(code.strip(END))


async def spawn(words: Sequence[str], environment: Mapping[str, str], log: Path) -> Child:
    """Run `sentinel-desk WORDS` in this environment and no other; its standard error is added to `log`."""
    reader, writer = await asyncio.open_unix_connection(_nursery(), limit=LONGEST)
    order = {"words": list(words), "environment": dict(environment), "log": str(log)}
    writer.write(json.dumps(order).encode() + b"\n")
    pid = int(await reader.readline())
    return Child(pid, reader, writer)


@cache
def _nursery() -> str:
    """The socket of this session's nursery, which ends with the session."""
    folder = tempfile.mkdtemp(prefix="nursery-", dir="/tmp")
    address = f"{folder}/socket"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.nursery", address],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline().strip() == READY
    atexit.register(_close, process, folder)
    return address


def _close(process: subprocess.Popen[str], folder: str) -> None:
    process.communicate()
    shutil.rmtree(folder, ignore_errors=True)


# From here on: inside the nursery


def keep(address: str) -> NoReturn:
    """Fork whatever is asked for, until nobody holds the other end of standard input."""
    places.atlas()
    gc.freeze()
    # Nobody waits for who attends to a child: the system lets go of them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(64)
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    while True:
        heard, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in heard:
            # The session is over, however it ended: take everything along that was forked.
            os.killpg(0, signal.SIGKILL)
        asked, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _attend(asked)
        asked.close()


def _attend(asked: socket.socket) -> NoReturn:
    """Fork once more, and stay to tell how that one ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    order = json.loads(asked.makefile("rb").readline())
    pid = os.fork()
    if pid == 0:
        _become(order, asked)
        main(order["words"])
    with contextlib.suppress(OSError):
        asked.sendall(f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(OSError):
        asked.sendall(END + str(os.waitstatus_to_exitcode(status)).encode() + b"\n")
    os._exit(0)


def _become(order: dict[str, Any], asked: socket.socket) -> None:
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (asked.fileno(), 1), (log, 2)):
        os.dup2(source, target)
    for spare in (log, nothing):
        os.close(spare)
    asked.close()
    os.environ.clear()
    os.environ.update(order["environment"])


if __name__ == "__main__":
    keep(sys.argv[1])
