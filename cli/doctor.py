"""`doctor`: look at everything that a desk needs, and say what is wrong and what to do."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

import settings
from app import Desk
from approvals.authority import ANY_DOMAIN
from approvals.installations import Installation
from approvals.model import ProjectId, Roster
from approvals.times import milliseconds
from bot.manifest import INSTALL_PATH
from cli import environment, output, slack_check, workspaces
from cli.failure import CommandFailed
from cli.findings import NOTE, OK, PATIENCE_S, WRONG, Finding
from cli.opened import on_desk
from cli.options import AsJson
from cli.standing import Standing, compare, rosters
from scheduler.callback import Names
from scheduler.guard import Guard
from scheduler.reach import trouble
from settings import Settings, SettingsError
from store.migrations import DatabaseUnusable, behind
from store.readiness import MOST_SKEW, too_far_apart

ANYWHERE = ("0.0.0.0/0", "::/0")

_STATES = {
    Standing.APPLIED: OK,
    Standing.DIFFERENT: NOTE,
    Standing.MISSING: NOTE,
    Standing.WRONG: WRONG,
    Standing.UNREADABLE: WRONG,
}


def doctor(as_json: AsJson = False) -> None:
    """Check environment, database, clock, team, Slack, receivers and server; say what to do."""
    found = list(_findings())
    wrong = [one for one in found if one.state == WRONG]
    if as_json:
        output.json({"ok": not wrong, "findings": [asdict(one) for one in found]})
    else:
        for one in found:
            output.say(output.visible(f"{one.state:<6}{one.what:<13}{one.text}"))
    if wrong:
        raise CommandFailed(f"{len(wrong)} of {len(found)} checks found something wrong")


def _findings() -> Iterator[Finding]:
    try:
        found = environment.beside(settings.load())
    except SettingsError as error:
        yield from (Finding("environment", WRONG, mistake) for mistake in error.mistakes)
        return
    lacks = settings.lacking(found)
    yield from (Finding("environment", WRONG, mistake) for mistake in lacks)
    if not lacks:
        yield Finding("environment", OK, f"DESK_SLACK={found.slack}, {found.url}")
    yield from _database(found)
    yield from slack_check.look(found)
    yield from _deadman(found)
    yield _server(found)


def _database(found: Settings) -> Iterator[Finding]:
    file = found.database_file
    if file is not None and not file.exists():
        yield Finding("database", NOTE, f"{file} is not there yet; serve and apply make it")
        return
    try:
        environment.complete(found)
        outdated = asyncio.run(behind(found.database_url))
    except (SettingsError, DatabaseUnusable) as error:
        yield Finding("database", WRONG, str(error))
        return
    if outdated:
        yield Finding("database", NOTE, "has the schema of an older release; serve brings it up to date")
        return
    yield _readers(file) if file else Finding("database", OK, "PostgreSQL")
    yield from on_desk(_inside)


def _readers(file: Path) -> Finding:
    """Whether anybody but its owner can open the file; a closed folder keeps them out too."""
    if file.stat().st_mode & 0o077 and file.absolute().parent.stat().st_mode & 0o011:
        return Finding("database", NOTE, f"{file} can be read by others; `chmod go= {file}*` closes it")
    return Finding("database", OK, str(file))


async def _inside(desk: Desk) -> list[Finding]:
    """What can be said of what is kept: team by team, and desk.yml beside it."""
    known = await rosters(desk)
    clock = await _clock(desk)
    if not known:
        return [
            clock,
            Finding("team", NOTE, "nobody decides yet; `sentinel-desk apply desk.yml` says who does"),
        ]
    found = [finding for roster in known.values() for finding in _team(roster)]
    found += [await _deliveries(desk, project) for project in known]
    found += [one for roster in known.values() for one in await _receivers(desk.settings, roster)]
    if desk.settings.installable:
        found += await _workspaces(desk)
    return [clock, *found, _file(desk.settings, known)]


async def _clock(desk: Desk) -> Finding:
    skew = await desk.store.readiness.skew(desk.clock)
    if abs(skew) > MOST_SKEW:
        return Finding("clock", WRONG, too_far_apart(skew))
    return Finding("clock", OK, "this machine and the database agree on the time")


async def _receivers(found: Settings, roster: Roster) -> list[Finding]:
    """Whether each webhook endpoint can be connected to, by the rules of deliveries. Nothing is sent."""
    guard, names = Guard(found.callback_allow), Names()
    active = [endpoint for endpoint in roster.endpoints if endpoint.active]
    troubles = await asyncio.gather(*(trouble(e.url, guard, names, PATIENCE_S) for e in active))
    wrong = [
        Finding("receivers", WRONG, f"{roster.project}: endpoint {endpoint.id} ({_host(endpoint.url)}) {why}")
        for endpoint, why in zip(active, troubles, strict=True)
        if why is not None
    ]
    off = [endpoint.id for endpoint in roster.endpoints if not endpoint.active]
    if off:
        text = f"{roster.project}: {', '.join(off)} switched off; `endpoints activate ID` switches on again"
        wrong.append(Finding("receivers", NOTE, text))
    if active and not wrong:
        return [Finding("receivers", OK, f"{roster.project}: {len(active)} can be connected to")]
    return wrong


def _host(url: str) -> str:
    # The rest of the address may be a secret.
    return urlsplit(url).hostname or "?"


def _team(roster: Roster) -> Iterator[Finding]:
    active = [one for one in roster.sentinels.values() if one.active]
    empty = [slug for slug in roster.domains if not any({slug, ANY_DOMAIN} & one.domains for one in active)]
    for slug in empty:
        yield Finding("team", WRONG, f"{roster.project}: nobody active decides in {slug}; its requests wait")
    if not empty:
        text = f"{roster.project}: {len(active)} Sentinels, {len(roster.domains)} domains"
        yield Finding("team", OK, text)


async def _workspaces(desk: Desk) -> list[Finding]:
    """Where the app is installed, and whether every project has a workspace that it is in."""
    installed = await desk.store.installations.listing()
    named = await workspaces.workspaces_of_projects(desk)
    here = [one for one in installed if one.gone_at is None]
    served = {project for one in here for project in workspaces.served(one, named)}
    unserved = {project: name for project, name in named.items() if project not in served}
    return [*map(_installed, installed), *(_unserved(p, name, desk) for p, name in unserved.items())]


def _installed(one: Installation) -> Finding:
    where = f"{one.key} ({one.name})"
    if one.gone_at is None:
        return Finding("workspace", OK, f"{where}: the app is installed")
    return Finding("workspace", NOTE, f"{where}: the app is gone since {milliseconds(one.gone_at)}")


def _unserved(project: ProjectId, name: str | None, desk: Desk) -> Finding:
    if name is None:
        text = f"{project} names no workspace and has nobody in Slack; write `workspace: T…` in desk.yml"
        return Finding("workspace", WRONG, text)
    where = f"{desk.settings.url}{INSTALL_PATH}"
    text = f"{project} works in {name}, where the app is not installed; whoever may, opens {where}"
    return Finding("workspace", WRONG, text)


async def _deliveries(desk: Desk, project: ProjectId) -> Finding:
    dead = await desk.store.outbox.listing(project, state="dead", limit=1_000)
    if not dead:
        return Finding("deliveries", OK, f"{project}: none was given up")
    text = f"{project}: {len(dead)} were given up; `sentinel-desk deliveries list --state dead` says why"
    return Finding("deliveries", NOTE, text)


def _file(found: Settings, known: dict[ProjectId, Roster]) -> Finding:
    standing = compare(found.config, known)
    return Finding("desk.yml", _STATES[standing], f"{found.config} {standing.value}")


def _deadman(found: Settings) -> Iterator[Finding]:
    """Whether the monitor outside can be connected to; nothing is sent, it would count as a sign of life."""
    if found.deadman_url is None:
        return
    url = found.deadman_url.get_secret_value()
    why = asyncio.run(trouble(url, Guard(ANYWHERE), Names(), PATIENCE_S))
    if why is None:
        yield Finding("deadman", OK, f"{_host(url)} can be connected to; no ping was sent")
    else:
        yield Finding("deadman", WRONG, f"DESK_DEADMAN_URL ({_host(url)}) {why}")


def _server(found: Settings) -> Finding:
    # The environment's proxy is for the world outside, not for this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{found.url}/readyz", timeout=PATIENCE_S):
            return Finding("server", OK, f"{found.url} is ready")
    except urllib.error.HTTPError as error:
        return Finding("server", WRONG, f"{found.url}/readyz says {error.code}")
    except (OSError, ValueError):
        return Finding("server", NOTE, f"nothing answers on {found.url}; `sentinel-desk serve` starts it")
