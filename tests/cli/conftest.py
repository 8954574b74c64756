"""The command line as tests use it: run in this process, in a folder and an environment of its own."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
import structlog

from app import Desk, open_desk
from approvals.model import ApprovalRequest
from cli import environment, main
from tests.builders import a_submit

T = TypeVar("T")

TEAM = """\
domains:
  legal: {backups: may_decide}
  finance: {reasoning: required}
sentinels:
  - {name: Marie Dupont, email: marie@example.com, domains: [legal], jurisdictions: [CA-QC, FR], capacity: 20}
  - {name: Claire Fontaine, email: claire@example.com, domains: [legal, finance], tier: 2}
"""


@dataclass(frozen=True)
class Ran:
    """What one command came to."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """What `--json` printed."""
        return json.loads(self.out)

    @property
    def why(self) -> str:
        """The one line of why it failed, also where it is JSON."""
        (line,) = [line for line in self.err.splitlines() if line.startswith(("error: ", '{"error": '))]
        return str(json.loads(line)["error"]) if line.startswith("{") else line.removeprefix("error: ")


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A folder and an environment of its own; logging is left as it was."""
    for name in [n for n in os.environ if n.startswith(("DESK_", "SLACK_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DESK_SECRET", "a secret for tests")
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command; what it printed, and its exit code."""

    def run(*words: str, code: int = 0) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(words)
        seen = capsys.readouterr()
        ran = Ran(int(ended.value.code or 0), seen.out, seen.err)
        assert ran.code == code, ran.err + ran.out
        return ran

    return run


@pytest.fixture
def team(run: Run) -> None:
    """A desk to which TEAM is applied."""
    Path("desk.yml").write_text(TEAM)
    run("apply", "desk.yml")


def on_desk(job: Callable[[Desk], Awaitable[T]]) -> T:
    """Work on the desk of the environment as a server would."""

    async def work() -> T:
        async with open_desk(environment.for_commands(fresh=True)) as desk:
            return await job(desk)

    return asyncio.run(work())


def submitted(**changes: Any) -> ApprovalRequest:
    """A request, made."""

    async def job(desk: Desk) -> ApprovalRequest:
        return (await desk.approvals.submit(a_submit(**changes))).request

    return on_desk(job)
