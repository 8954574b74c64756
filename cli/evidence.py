"""`verify` and `manifest`: what can be checked or printed without a server."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from app import Desk
from approvals.model import ProjectId
from bot import manifest as slack_app
from cli import output
from cli.failure import MISUSED, REFUSED, CommandFailed
from cli.opened import on_desk, project_named
from cli.options import AsJson
from store.chain import BrokenChain


def verify(
    project: Annotated[str | None, typer.Option("--project", "-p", help="Only this one; else all.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check the audit chain: that no event was changed, removed, added or moved."""

    async def job(desk: Desk) -> list[dict[str, object]]:
        names = [await project_named(desk, project)] if project else await desk.store.agenda.projects()
        return [await _checked(desk, name) for name in names]

    found = on_desk(job)
    broken = [one for one in found if not one["intact"]]
    if as_json:
        output.json({"intact": not broken, "projects": found})
    else:
        for one in found:
            output.say(f"{one['project']}: {_result(one)}")
    if broken:
        raise CommandFailed(
            f"the audit chain of project {broken[0]['project']} is broken at event {broken[0]['broken_at']}",
            REFUSED,
        )


def manifest(
    transport: Annotated[
        Literal["socket", "http"], typer.Option(help="How the desk reaches Slack.")
    ] = "socket",
    url: Annotated[
        str | None, typer.Option(help="The desk's public address, for http and --installable.")
    ] = None,
    installable: Annotated[
        bool, typer.Option("--installable", help="For an app that people install in many workspaces.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print the manifest from which Slack makes the app."""
    try:
        if as_json:
            return output.json(slack_app.manifest(transport, url, installable=installable))
        return output.say(slack_app.as_yaml(transport, url, installable=installable).rstrip())
    except ValueError as error:
        raise CommandFailed(str(error), MISUSED) from error


async def _checked(desk: Desk, project: ProjectId) -> dict[str, object]:
    try:
        events = await desk.store.verify(project)
    except BrokenChain as broken:
        return {"project": project, "intact": False, "broken_at": broken.n}
    return {"project": project, "intact": True, "events": events}


def _result(one: dict[str, object]) -> str:
    if one["intact"]:
        return f"{one['events']} events, each as it was written"
    return f"broken at event {one['broken_at']}"
