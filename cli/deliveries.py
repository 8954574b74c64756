"""`deliveries`: messages on their way out, and sending them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from api.instants import read
from app import Desk
from approvals import times
from approvals.model import ProjectId
from approvals.outbox import STATES, Among, Carrier
from cli import output
from cli.failure import MISUSED, CommandFailed
from cli.opened import on_desk, project_named, reference
from cli.options import DEFAULT_PROJECT, AsJson, Project

app = typer.Typer(no_args_is_help=True, help="Callbacks, webhooks and Slack messages: list and replay them.")

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
To = Annotated[str | None, typer.Option("--endpoint", help="Only those to the endpoint of this id.")]
About = Annotated[str | None, typer.Option("--request", help="Only those about this request.")]
Since = Annotated[
    str | None,
    typer.Option(help="Only those made since then: 2026-11-22T18:00:00Z, or 2h for that long ago."),
]
Until = Annotated[str | None, typer.Option(help="Only those made before then, written alike.")]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries somebody means, in their words."""

    state: str | None
    url: str | None
    endpoint: str | None
    request: str | None
    since: str | None
    until: str | None

    async def among(self, desk: Desk, project: ProjectId) -> Among:
        """The same in the store's words. Raises CommandFailed for what cannot be read."""
        about = None
        if self.request is not None:
            about = (await desk.store.request(project, reference(self.request))).id
        return Among(
            state=self.state,
            url=self.url,
            endpoint=self.endpoint,
            request_id=about,
            since=_moment("--since", self.since, desk.clock()),
            until=_moment("--until", self.until, desk.clock()),
        )


@app.command("list")
def listing(
    project: Project = DEFAULT_PROJECT,
    state: Annotated[str | None, typer.Option(help=f"One of {', '.join(STATES)}.")] = None,
    url: Url = None,
    endpoint: To = None,
    request: About = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List deliveries, the newest first. A dead one was given up after its last try."""
    if state is not None and state not in STATES:
        raise CommandFailed(f"--state {state}: write {', '.join(STATES)}", MISUSED)
    wanted = Wanted(state, url, endpoint, request, since, until)

    async def job(desk: Desk) -> Sequence[Mapping[str, Any]]:
        known = await project_named(desk, project)
        return await desk.store.outbox.listing(known, limit=limit, **await wanted.among(desk, known))

    found = on_desk(job)
    if as_json:
        return output.json({"deliveries": [_facts(row) for row in found]})
    columns = ("id", "topic", "to", "state", "tries", "made", "why")
    return output.table(columns, map(_row, found), "no deliveries")


@app.command()
def replay(
    ids: Annotated[list[str] | None, typer.Argument(help="Deliveries, by id.", metavar="ID…")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="Only those that were given up.")] = False,
    url: Url = None,
    endpoint: To = None,
    request: About = None,
    since: Since = None,
    until: Until = None,
    project: Project = DEFAULT_PROJECT,
    as_json: AsJson = False,
) -> None:
    """Send deliveries again: the same ids and the same bytes, so that receivers know them.

    Name them, or say which: to an endpoint, about a request, of a span of time, given up, or several.
    """
    wanted = Wanted("dead" if dead else None, url, endpoint, request, since, until)
    narrowed = wanted != Wanted(None, None, None, None, None, None)
    if bool(ids) == narrowed:
        raise CommandFailed(
            "say either ids, or which: --dead, --url, --endpoint, --request, --since, --until", MISUSED
        )

    async def job(desk: Desk) -> int:
        known = await project_named(desk, project)
        if not ids:
            among = await wanted.among(desk, known)
            # Cards follow the present by themselves; what Slack refused is sent again only as such.
            carrier = None if dead else Carrier.HTTP
            return await desk.store.outbox.replay_among(known, **among | {"carrier": carrier})
        count = await desk.store.outbox.replay(known, ids)
        if count < len(set(ids)):
            raise CommandFailed(
                f"{count} of {len(set(ids))} sent again; project {project} has no others of these"
            )
        return count

    count = on_desk(job)
    if as_json:
        return output.json({"replayed": count})
    return output.say(f"{count} sent again")


def _moment(option: str, text: str | None, now: datetime) -> datetime | None:
    if text is None:
        return None
    span = times.duration(text)
    moment = now - span if span else read(text)
    if moment is None or moment.tzinfo is None:
        raise CommandFailed(f"{option} {text}: write 2026-11-22T18:00:00Z, with its zone, or 2h", MISUSED)
    return moment.astimezone(UTC)


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    # Bodies and intents stay inside: a list is for finding out, not for reading people's requests.
    return {name: row[name] for name in FACTS}


def _row(row: Mapping[str, Any]) -> tuple[object, ...]:
    why = row["last_error"] or (row["last_status"] if row["state"] != "delivered" else None)
    to = row["url"] or row["lane"]
    return row["id"], row["topic"], to, row["state"], row["attempt"], row["created_at"], why
