"""`endpoints`: who hears of every decision of a project."""

from __future__ import annotations

import difflib
from typing import Annotated

import typer

from app import Desk
from approvals.applying import WantedEndpoint
from approvals.model import Dialect, Endpoint
from approvals.subscriptions import EVENTS
from cli import output
from cli.failure import MISUSED, CommandFailed
from cli.opened import on_desk, project_named
from cli.options import DEFAULT_PROJECT, AsJson, Project
from scheduler.guard import Guard

app = typer.Typer(no_args_is_help=True, help="Webhook endpoints: make, list, rotate, switch and delete them.")

Id = Annotated[str, typer.Argument(help="The endpoint's id, as `endpoints list` shows it.", metavar="ID")]

SOURCE = "desk"
"""Who made it: this command, or our own API."""


@app.command()
def create(
    url: Annotated[str, typer.Option(help="Where events are posted to.")],
    dialect: Annotated[str, typer.Option(help=f"Whose events: {', '.join(Dialect)}.")],
    event: Annotated[list[str] | None, typer.Option(help="Which; may be repeated. Default: all.")] = None,
    project: Project = DEFAULT_PROJECT,
    as_json: AsJson = False,
) -> None:
    """Make an endpoint. Its secret is shown once and never again."""
    words = _dialect(dialect)
    wanted = WantedEndpoint(url, words, _events(words, event))

    async def job(desk: Desk) -> tuple[Endpoint, str]:
        refused = Guard(desk.settings.callback_allow).refusal(url)
        if refused:
            raise CommandFailed(f"--url {url}: {refused}", MISUSED)
        return await desk.store.endpoints.create(await project_named(desk, project), wanted, SOURCE)

    made, secret = on_desk(job)
    _show(_facts(made) | {"secret": secret}, as_json)


@app.command("list")
def listing(project: Project = DEFAULT_PROJECT, as_json: AsJson = False) -> None:
    """List the endpoints, those of desk.yml too."""

    async def job(desk: Desk) -> tuple[Endpoint, ...]:
        return (await desk.store.roster(await project_named(desk, project))).endpoints

    found = on_desk(job)
    if as_json:
        return output.json({"endpoints": [_facts(one) for one in found]})
    columns = ("id", "url", "dialect", "events", "state", "made by")
    rows = [
        (e.id, e.url, e.dialect.value, e.events, "active" if e.active else "off", e.source) for e in found
    ]
    return output.table(columns, rows, "no endpoints")


@app.command()
def rotate(endpoint_id: Id, project: Project = DEFAULT_PROJECT, as_json: AsJson = False) -> None:
    """Give an endpoint a new secret. The one before signs beside it until the next rotation."""

    async def job(desk: Desk) -> str | None:
        return await desk.store.endpoints.rotate(await project_named(desk, project), endpoint_id)

    secret = on_desk(job)
    if secret is None:
        raise _unknown(endpoint_id, project)
    _show({"id": endpoint_id, "secret": secret}, as_json)


@app.command()
def activate(endpoint_id: Id, project: Project = DEFAULT_PROJECT, as_json: AsJson = False) -> None:
    """Switch an endpoint on, for what happens from now on. `deliveries replay` sends what it missed."""
    _set_active(endpoint_id, project, True, as_json)


@app.command()
def deactivate(endpoint_id: Id, project: Project = DEFAULT_PROJECT, as_json: AsJson = False) -> None:
    """Switch an endpoint off. One of desk.yml is switched on again by the next apply."""
    _set_active(endpoint_id, project, False, as_json)


@app.command()
def delete(endpoint_id: Id, project: Project = DEFAULT_PROJECT, as_json: AsJson = False) -> None:
    """Remove an endpoint. One of desk.yml comes back with the next apply."""

    async def job(desk: Desk) -> bool:
        return await desk.store.endpoints.delete(await project_named(desk, project), endpoint_id)

    if not on_desk(job):
        raise _unknown(endpoint_id, project)
    if as_json:
        return output.json({"id": endpoint_id, "deleted": True})
    return output.say(f"{endpoint_id} is deleted")


def _set_active(endpoint_id: str, project: str, active: bool, as_json: bool) -> None:
    async def job(desk: Desk) -> Endpoint | None:
        known = await project_named(desk, project)
        return await desk.store.endpoints.change(known, endpoint_id, active=active)

    changed = on_desk(job)
    if changed is None:
        raise _unknown(endpoint_id, project)
    if as_json:
        return output.json(_facts(changed))
    return output.say(f"{endpoint_id} is {'active' if active else 'off'}")


def _show(facts: dict[str, object], as_json: bool) -> None:
    if as_json:
        return output.json(facts)
    output.say(f"id      {facts['id']}")
    output.say(f"secret  {facts['secret']}")
    return output.remark("Keep the secret now: it is not shown again.")


def _facts(one: Endpoint) -> dict[str, object]:
    return {
        "id": one.id,
        "url": one.url,
        "dialect": one.dialect.value,
        "events": list(one.events),
        "active": one.active,
        "source": one.source,
    }


def _unknown(endpoint_id: str, project: str) -> CommandFailed:
    return CommandFailed(f"project {project} has no endpoint {output.visible(endpoint_id[:60])}")


def _dialect(text: str) -> Dialect:
    if text not in set(Dialect):
        raise CommandFailed(
            f"--dialect {text}: write {', '.join(Dialect)}{_meant(text, list(Dialect))}", MISUSED
        )
    return Dialect(text)


def _events(dialect: Dialect, names: list[str] | None) -> tuple[str, ...]:
    known = EVENTS[dialect]
    for name in names or ():
        if name not in known:
            raise CommandFailed(f"--event {name}: write {', '.join(known)}{_meant(name, known)}", MISUSED)
    return tuple(dict.fromkeys(names)) if names else known


def _meant(text: str, words: list[str] | tuple[str, ...]) -> str:
    near = difflib.get_close_matches(text, [str(word) for word in words], 1)
    return f"; did you mean {near[0]}?" if near else ""
