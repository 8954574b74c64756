"""`verify` and `manifest`: what can be checked or printed without a server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Literal

import typer

from app import Desk
from approvals.auditing import TRUTHS, Violation
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
    """Check the audit chain, that no event was changed, removed, added or moved, and all rows beside it."""

    async def job(desk: Desk) -> tuple[list[dict[str, object]], list[Violation]]:
        named = await project_named(desk, project) if project else None
        names = await desk.store.agenda.projects() if named is None else [named]
        chains = [await _checked(desk, name) for name in names]
        return chains, await desk.store.auditor.whole(named)

    chains, violations = on_desk(job)
    if as_json:
        intact = not violations and all(one["intact"] for one in chains)
        found = [{**asdict(v), "invariant": TRUTHS[v.truth].number} for v in violations]
        output.json({"intact": intact, "projects": chains, "violations": found})
    else:
        for one in chains:
            output.say(f"{one['project']}: {_result(one)}")
        for violation in violations:
            output.say(str(violation))
        if not violations:
            output.say(f"{len(TRUTHS)} invariants hold: no row contradicts another")
    _refuse(chains, violations)


def _refuse(chains: Sequence[dict[str, object]], violations: Sequence[Violation]) -> None:
    for one in chains:
        if not one["intact"]:
            raise CommandFailed(
                f"the audit chain of project {one['project']} is broken at event {one['broken_at']}", REFUSED
            )
    if violations:
        raise CommandFailed(str(violations[0]), REFUSED)


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
