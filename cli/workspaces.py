"""`workspaces`: where the Slack app is installed, and which projects work there."""

from __future__ import annotations

from typing import Any

import typer

from app import Desk
from approvals.installations import Installation, workspace
from approvals.model import ProjectId
from approvals.times import milliseconds
from cli import output
from cli.opened import on_desk
from cli.options import AsJson

app = typer.Typer(no_args_is_help=True, help="Slack workspaces in which people installed the app.")


@app.command("list")
def listing(as_json: AsJson = False) -> None:
    """List them, the first one first. The id is what desk.yml names as `workspace`."""
    found = on_desk(_find)
    if as_json:
        return output.json({"workspaces": [_facts(one, projects) for one, projects in found]})
    columns = ("id", "name", "organisation", "installed", "state", "projects")
    rows = [_row(one, projects) for one, projects in found]
    return output.table(columns, rows, "the app is installed nowhere by OAuth; see docs/slack.md")


async def _find(desk: Desk) -> list[tuple[Installation, list[ProjectId]]]:
    named = await workspaces_of_projects(desk)
    return [(one, served(one, named)) for one in await desk.store.installations.listing()]


async def workspaces_of_projects(desk: Desk) -> dict[ProjectId, str | None]:
    """The workspace that each project names."""
    projects = await desk.store.agenda.projects()
    return {project: (await desk.store.roster(project)).workspace for project in projects}


def served(one: Installation, named: dict[ProjectId, str | None]) -> list[ProjectId]:
    """The projects that work where this installation is."""
    return [project for project, name in named.items() if name and one.workspace.covers(workspace(name))]


def _facts(one: Installation, projects: list[ProjectId]) -> dict[str, Any]:
    """Everything but the tokens."""
    return {
        "id": one.key,
        "name": one.name,
        "team": one.team,
        "enterprise": one.enterprise,
        "installed_at": milliseconds(one.installed_at),
        "installed_by": one.installed_by,
        "gone_at": milliseconds(one.gone_at) if one.gone_at else None,
        "token_expires_at": milliseconds(one.expires_at) if one.expires_at else None,
        "scopes": list(one.scopes),
        "projects": projects,
    }


def _row(one: Installation, projects: list[ProjectId]) -> tuple[str, ...]:
    state = f"gone since {milliseconds(one.gone_at)}" if one.gone_at else "installed"
    installed = f"{milliseconds(one.installed_at)} by {one.installed_by}"
    return one.key, one.name, one.enterprise or "", installed, state, ", ".join(projects)
