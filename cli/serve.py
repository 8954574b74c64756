"""`serve` and `quickstart`: the desk itself."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable

import app
import logs
from cli import environment, output
from cli.failure import CommandFailed
from cli.options import AsJson
from settings import Settings


def serve(as_json: AsJson = False) -> None:
    """Run the desk until SIGTERM or Ctrl-C. The environment says how; the README lists its variables."""

    def announce(url: str) -> None:
        output.at_once({"url": url} if as_json else f"Sentinel Desk answers on {url}")

    run(environment.for_serving(), announce)


def run(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve with these settings; `announce` is told the URL once the desk answers."""
    logs.configure(settings.log_level)
    try:
        code = asyncio.run(app.serve(settings, announce))
    except OSError as error:
        raise _worded(error, settings) from error
    if code:
        raise CommandFailed("the desk did not stop as it should; the log says why", code)


def _worded(error: OSError, settings: Settings) -> CommandFailed:
    where = f"{settings.host}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        return CommandFailed(f"port {settings.port} is in use; DESK_PORT chooses another")
    if error.errno in {errno.EACCES, errno.EADDRNOTAVAIL}:
        return CommandFailed(f"cannot listen on {where}: {error.strerror}; DESK_HOST and DESK_PORT choose")
    return CommandFailed(f"{type(error).__name__}: {error}")
