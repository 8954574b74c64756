"""The command line: every command is thin, takes `--json`, and fails with one line of why."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import typer

import failpoints
import logs
from approvals.errors import ApprovalError
from cli import (
    apply,
    backup,
    deliveries,
    demo,
    doctor,
    endpoints,
    evidence,
    explain,
    keys,
    output,
    quickstart,
    requests,
    sentinels,
    serve,
    signing_keys,
    workspaces,
)
from cli.failure import MISUSED, REFUSED, CommandFailed
from settings import SettingsError
from store.lock import DatabaseBusy
from store.migrations import DatabaseUnusable
from store.vault import WrongSecret

__all__ = ["main"]

INTERRUPTED = 130


def commands() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        name="sentinel-desk",
        help="Human approval for AI agents, decided in chat.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for command in (
        serve.serve,
        apply.apply,
        explain.explain,
        evidence.verify,
        evidence.manifest,
        backup.backup,
        backup.restore,
        backup.restored,
        demo.demo,
        doctor.doctor,
    ):
        app.command()(command)
    app.command(hidden=True)(quickstart.quickstart)
    groups = {
        "keys": keys,
        "endpoints": endpoints,
        "sentinels": sentinels,
        "requests": requests,
        "deliveries": deliveries,
        "signing-keys": signing_keys,
        "workspaces": workspaces,
    }
    for name, module in groups.items():
        app.add_typer(module.app, name=name)
    return app


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit: 0 done, 1 refused, 2 misused or badly set up."""
    logs.configure("warning")
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    for armed in failpoints.arm(os.environ):
        output.remark(f"warning: the failpoint {armed} is armed; this is for tests alone")
    words = sys.argv[1:] if arguments is None else arguments
    try:
        # What `--help` and the like come to is returned; commands return nothing.
        return int(commands()(args=words, prog_name="sentinel-desk", standalone_mode=False) or 0)
    except SettingsError as error:
        return _fail(error.mistakes, MISUSED, words)
    except CommandFailed as error:
        return _fail([str(error)], error.code, words)
    except (ApprovalError, DatabaseBusy, DatabaseUnusable, WrongSecret) as error:
        return _fail([str(error)], REFUSED, words)
    except typer.TyperException as error:
        return _misused(error, words)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED


def _misused(error: typer.TyperException, words: Sequence[str]) -> int:
    """A command line that cannot be read; where nothing was asked, the help is the answer."""
    said = error.format_message()
    if "\n" in said:
        output.remark(said)
        return MISUSED
    return _fail([said], MISUSED, words)


def _fail(reasons: Sequence[str], code: int, words: Sequence[str]) -> int:
    """Say why on stderr, a line for each reason, or one JSON object where JSON was asked for."""
    if "--json" in words:
        output.remark(json.dumps({"error": "; ".join(reasons), "code": code}, ensure_ascii=False))
        return code
    for reason in reasons:
        output.remark(f"error: {output.visible(reason)}")
    return code
