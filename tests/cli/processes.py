"""A command in a process of its own, and what can be asked of it while it runs."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STOPS_WITHIN_S = 20


@contextmanager
def server(*words: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """A command that keeps running, in the folder of the test; it must be gone at the end."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DESK_PORT": "0", "DESK_SLACK": "off"} | settings
    command = [sys.executable, "-m", "cli", *words]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    """The next line that it prints."""
    assert process.stdout is not None
    found = process.stdout.readline()
    assert found, process.stderr.read() if process.stderr else ""
    return found.rstrip("\n")


def stopped(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> int:
    """The exit code after a signal."""
    process.send_signal(number)
    return process.wait(STOPS_WITHIN_S)


def asked(url: str, key: str | None = None, body: object = None) -> Any:
    """The JSON that an address answers."""
    headers = {"content-type": "application/json"} | ({"x-api-key": key} if key else {})
    data = None if body is None else json.dumps(body).encode()
    return _fetched(urllib.request.Request(url, data, headers))


def curled(command: str) -> Any:
    """The JSON that a printed curl line gets, as a shell and curl read it."""
    words = iter(shlex.split(command)[2:])
    url, headers, body = "", {}, None
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words).encode()
        else:
            url = word
    return _fetched(urllib.request.Request(url, body, headers))


def welcomed(process: subprocess.Popen[str]) -> dict[str, str]:
    """What `quickstart` prints, up to its last line: the facts by name."""
    lines = [line(process)]
    while not lines[-1].startswith("Ctrl-C"):
        lines.append(line(process))
    facts = dict(
        text.strip().split("  ", 1) for text in lines if text.startswith("  ") and "curl" not in text
    )
    curls = [text.strip() for text in lines if text.strip().startswith("curl")]
    return {name: value.strip() for name, value in facts.items()} | {
        "url": lines[0].split()[-1],
        "first": curls[0],
        "second": curls[1],
    }


def _fetched(request: urllib.request.Request) -> Any:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        return json.load(answer)
