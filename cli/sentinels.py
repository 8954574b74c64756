"""`sentinels`: who there is, and their coming and going."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from api.desk import translate
from api.instants import read
from app import Desk
from approvals import times
from approvals.commands import SetActive, SetAway
from approvals.model import Roster, Sentinel
from cli import output
from cli.failure import MISUSED, CommandFailed
from cli.opened import on_desk, project_named, sentinel_named
from cli.options import DEFAULT_PROJECT, AsJson, Project

app = typer.Typer(no_args_is_help=True, help="Who decides: list them, and let them come and go.")

Who = Annotated[str, typer.Argument(help="The Sentinel's e-mail, number or name.", metavar="EMAIL")]


@app.command("list")
def listing(project: Project = DEFAULT_PROJECT, as_json: AsJson = False) -> None:
    """List the Sentinels, by number."""

    async def job(desk: Desk) -> Roster:
        return await desk.store.roster(await project_named(desk, project))

    everybody = sorted(on_desk(job).sentinels.values(), key=lambda one: one.id)
    if as_json:
        return output.json({"sentinels": [translate.sentinel(one) for one in everybody]})
    columns = ("no", "name", "e-mail", "domains", "jurisdictions", "tier", "open", "state")
    return output.table(columns, map(_row, everybody), "nobody yet; `sentinel-desk apply desk.yml` adds them")


@app.command()
def away(
    who: Who,
    until: Annotated[str, typer.Option(help="2026-12-24T09:00:00-05:00, or a time from now: 48h, 7d.")],
    delegate: Annotated[str | None, typer.Option(help="Who takes the open requests, if able.")] = None,
    project: Project = DEFAULT_PROJECT,
    as_json: AsJson = False,
) -> None:
    """Let a Sentinel be absent: open requests go on at once."""

    async def job(desk: Desk) -> Sentinel:
        roster = await desk.store.roster(await project_named(desk, project))
        leaving = sentinel_named(roster, who)
        heir = sentinel_named(roster, delegate) if delegate else None
        if heir is not None and heir.id == leaving.id:
            raise CommandFailed("the delegate must be somebody else", MISUSED)
        command = SetAway(roster.project, leaving.id, _until(until, desk), heir.id if heir else None)
        return await desk.clockwork.set_away(command)

    _tell(on_desk(job), as_json)


@app.command()
def back(who: Who, project: Project = DEFAULT_PROJECT, as_json: AsJson = False) -> None:
    """Let a Sentinel be here again: what waits may go to them at once."""

    async def job(desk: Desk) -> Sentinel:
        roster = await desk.store.roster(await project_named(desk, project))
        command = SetAway(roster.project, sentinel_named(roster, who).id, None)
        returned = await desk.clockwork.set_away(command)
        await desk.clockwork.dispatch(roster.project)
        return returned

    _tell(on_desk(job), as_json)


@app.command()
def activate(who: Who, project: Project = DEFAULT_PROJECT, as_json: AsJson = False) -> None:
    """Let a Sentinel decide again."""
    _tell(_set_active(who, project, True), as_json)


@app.command()
def deactivate(who: Who, project: Project = DEFAULT_PROJECT, as_json: AsJson = False) -> None:
    """Let a Sentinel decide nothing any more: open requests go on at once."""
    _tell(_set_active(who, project, False), as_json)


def _set_active(who: str, project: str, active: bool) -> Sentinel:
    async def job(desk: Desk) -> Sentinel:
        roster = await desk.store.roster(await project_named(desk, project))
        command = SetActive(roster.project, sentinel_named(roster, who).id, active)
        changed = await desk.clockwork.set_active(command)
        if active:
            await desk.clockwork.dispatch(roster.project)
        return changed

    return on_desk(job)


def _until(text: str, desk: Desk) -> datetime:
    now = desk.clock()
    span = times.duration(text)
    moment = now + span if span else read(text)
    if moment is None or moment.tzinfo is None:
        raise CommandFailed(
            f"--until {text}: write 2026-12-24T09:00:00Z, with its zone, or 48h or 7d", MISUSED
        )
    if moment <= now:
        raise CommandFailed(f"--until {text} is not in the future", MISUSED)
    return moment.astimezone(UTC)


def _tell(one: Sentinel, as_json: bool) -> None:
    if as_json:
        return output.json(translate.sentinel(one))
    return output.say(output.visible(f"{one.name}: {_state(one)}, {one.load} open"))


def _state(one: Sentinel) -> str:
    if not one.active:
        return "inactive"
    return f"away until {output.when(one.away_until)}" if one.away_until else "active"


def _row(one: Sentinel) -> tuple[object, ...]:
    load = f"{one.load}/{one.capacity}" if one.capacity else one.load
    return one.id, one.name, one.email, one.domains, one.jurisdictions, one.tier, load, _state(one)
