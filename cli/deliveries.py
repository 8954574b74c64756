"""`deliveries`: messages on their way out, and sending them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from app import Desk
from cli import output
from cli.failure import MISUSED, CommandFailed
from cli.opened import on_desk, project_named
from cli.options import DEFAULT_PROJECT, AsJson, Project

app = typer.Typer(no_args_is_help=True, help="Callbacks, webhooks and Slack messages: list and replay them.")

STATES = ("queued", "delivered", "dead")
FACTS = (
    "id",
    "carrier",
    "topic",
    "request_id",
    "url",
    "state",
    "attempt",
    "last_status",
    "last_error",
    "created_at",
    "due_at",
    "done_at",
)

Limit = Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")]
Url = Annotated[str | None, typer.Option(help="Only those to this address.")]


@app.command("list")
def listing(
    project: Project = DEFAULT_PROJECT,
    state: Annotated[str | None, typer.Option(help=f"One of {', '.join(STATES)}.")] = None,
    url: Url = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List deliveries, the newest first. A dead one was given up after its last try."""
    if state is not None and state not in STATES:
        raise CommandFailed(f"--state {state}: write {', '.join(STATES)}", MISUSED)
    found = on_desk(lambda desk: _find(desk, project, state, url, limit))
    if as_json:
        return output.json({"deliveries": [_facts(row) for row in found]})
    columns = ("id", "topic", "to", "state", "tries", "made", "why")
    return output.table(columns, map(_row, found), "no deliveries")


@app.command()
def replay(
    ids: Annotated[list[str] | None, typer.Argument(help="Deliveries, by id.", metavar="ID…")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="All that were given up.")] = False,
    url: Url = None,
    project: Project = DEFAULT_PROJECT,
    as_json: AsJson = False,
) -> None:
    """Send deliveries again: the same ids and the same bytes, so that receivers know them."""
    if bool(ids) == (dead or url is not None):
        raise CommandFailed("say either ids, or --dead, or --url with or without --dead", MISUSED)

    async def job(desk: Desk) -> int:
        known = await project_named(desk, project)
        chosen = ids or [r["id"] for r in await _find(desk, project, "dead" if dead else None, url, 10_000)]
        count = await desk.store.outbox.replay(known, chosen)
        if ids and count < len(set(ids)):
            raise CommandFailed(
                f"{count} of {len(set(ids))} sent again; project {project} has no others of these"
            )
        return count

    count = on_desk(job)
    if as_json:
        return output.json({"replayed": count})
    return output.say(f"{count} sent again")


async def _find(
    desk: Desk, project: str, state: str | None, url: str | None, limit: int
) -> Sequence[Mapping[str, Any]]:
    known = await project_named(desk, project)
    return await desk.store.outbox.listing(known, state=state, url=url, limit=limit)


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    # Bodies and intents stay inside: a list is for finding out, not for reading people's requests.
    return {name: row[name] for name in FACTS}


def _row(row: Mapping[str, Any]) -> tuple[object, ...]:
    why = row["last_error"] or (row["last_status"] if row["state"] != "delivered" else None)
    to = row["url"] or row["lane"]
    return row["id"], row["topic"], to, row["state"], row["attempt"], row["created_at"], why
