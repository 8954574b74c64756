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
from cli.standing import Standing, compare, rosters
from settings import Settings


def serve(as_json: AsJson = False) -> None:
    """Run the desk until SIGTERM or Ctrl-C. The environment says how; the README lists its variables."""

    def announce(url: str) -> None:
        output.at_once({"url": url} if as_json else f"Sentinel Desk answers on {url}")

    settings = environment.for_serving()
    for doubt in asyncio.run(_doubts(settings)):
        output.remark(f"warning: {doubt}")
    run(settings, announce)


def run(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve with these settings; `announce` is told the URL once the desk answers."""
    logs.configure(settings.log_level)
    try:
        code = asyncio.run(app.serve(settings, announce))
    except OSError as error:
        raise _worded(error, settings) from error
    if code:
        raise CommandFailed("the desk did not stop as it should; the log says why", code)


async def _doubts(settings: Settings) -> list[str]:
    """What the team may have meant otherwise. Serving applies nothing by itself."""
    async with app.open_desk(settings) as desk:
        standing = compare(settings.config, await rosters(desk))
    unasked = standing is Standing.MISSING and "config" not in settings.model_fields_set
    return [] if unasked or standing is Standing.APPLIED else [f"{settings.config} {standing.value}"]


def _worded(error: OSError, settings: Settings) -> CommandFailed:
    where = f"{settings.host}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        return CommandFailed(f"port {settings.port} is in use; DESK_PORT chooses another")
    if error.errno in {errno.EACCES, errno.EADDRNOTAVAIL}:
        return CommandFailed(f"cannot listen on {where}: {error.strerror}; DESK_HOST and DESK_PORT choose")
    return CommandFailed(f"{type(error).__name__}: {error}")
