"""The two servers, each as a process on the core that it is given."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
STOP_S = 30
SECRET = "a secret for benchmarks"


@dataclass(frozen=True, slots=True)
class Server:
    """Something that answers `POST /ai-request`."""

    url: str
    key: str


@contextmanager
def bare(core: int) -> Iterator[Server]:
    """A bare aiohttp handler."""
    with _process([sys.executable, "-m", "bench.bare"], os.environ, core) as line:
        yield Server(line, "none")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A desk that is set up and does not run: its folder and a key."""

    folder: Path
    key: str

    @contextmanager
    def desk(self, core: int) -> Iterator[Server]:
        """The desk over a fresh copy of its database."""
        copy = self.folder.with_name("running")
        shutil.copytree(self.folder, copy)
        try:
            with _process([sys.executable, "-m", "cli", "serve", "--json"], environment(copy), core) as line:
                yield Server(json.loads(line)["url"], self.key)
        finally:
            shutil.rmtree(copy)


@contextmanager
def program(module: str, words: Sequence[str], env: Mapping[str, str], core: int) -> Iterator[str]:
    """`python -m MODULE WORDS` pinned to one core; gives its first line of output."""
    with _process([sys.executable, "-m", module, *words], env, core) as line:
        yield line


def prepare(folder: Path, roster: Path = ROOT / "desk.yml") -> Prepared:
    """Apply a `desk.yml` to a new SQLite database in `folder`, and make a key."""
    folder.mkdir()
    _command(folder, "apply", str(roster))
    return Prepared(folder, make_key(folder, "requests"))


def make_key(folder: Path, scope: str, *options: str) -> str:
    """A key to the desk in `folder`."""
    words = ("--project", "default", "--name", "bench", "--scope", scope, *options, "--json")
    return str(json.loads(_command(folder, "keys", "create", *words))["key"])


def environment(folder: Path) -> Mapping[str, str]:
    """The settings of a desk in `folder`: SQLite, the local workspace, no rate limit."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("DESK_", "SLACK_"))}
    return inherited | {
        "DESK_PORT": "0",
        "DESK_DATABASE_URL": f"sqlite:///{folder}/desk.db",
        "DESK_CONFIG": str(ROOT / "desk.yml"),
        "DESK_SLACK": "local",
        "DESK_RATE_LIMIT": "off",
        "DESK_MAX_OPEN": "off",
        "DESK_SECRET": SECRET,
    }


def _command(folder: Path, *words: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "cli", *words],
        cwd=ROOT,
        env=environment(folder),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return ran.stdout


@contextmanager
def _process(command: Sequence[str], env: Mapping[str, str], core: int) -> Iterator[str]:
    """A process pinned to one core, threads included; gives its first line of output."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline().strip()
        if not line:
            raise RuntimeError(f"{command[2]} ended with {process.wait()} before it answered")
        yield line
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
