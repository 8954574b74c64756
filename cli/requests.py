"""`requests`: look at them, follow one, take one back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC
from typing import Annotated

import orjson
import typer

from api.desk import translate
from app import Desk
from approvals.commands import Cancel
from approvals.events import RecordedEvent
from approvals.model import ApprovalRequest, Door, Json, Roster, State, Verdict
from approvals.ports import Listing
from cli import output
from cli.failure import MISUSED, CommandFailed
from cli.opened import on_desk, project_named, reference
from cli.options import DEFAULT_PROJECT, AsJson, Project
from store.notices import Elsewhere

app = typer.Typer(no_args_is_help=True, help="Requests: list, show, watch and cancel them.")

Id = Annotated[str, typer.Argument(help="A request, by any form of its id.", metavar="REQUEST_ID")]

OPEN = (State.PENDING.value, State.ASSIGNED.value)
STATES = (*OPEN, *(v.value for v in Verdict), State.EXPIRED.value, State.CANCELLED.value)

Shown = tuple[ApprovalRequest, Roster, Sequence[RecordedEvent]]


@app.command("list")
def listing(
    project: Project = DEFAULT_PROJECT,
    state: Annotated[
        list[str] | None, typer.Option(help=f"open, or one of {', '.join(STATES)}; may be repeated.")
    ] = None,
    agent: Annotated[str | None, typer.Option(help="Only of the agent with this id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List requests, the newest first."""
    wanted = Listing(limit=limit, agent_id=agent, outcomes=_outcomes(state))

    async def job(desk: Desk) -> tuple[Sequence[ApprovalRequest], Roster]:
        known = await project_named(desk, project)
        return await desk.store.listing(known, wanted), await desk.store.roster(known)

    found, roster = on_desk(job)
    if as_json:
        return output.json({"requests": [translate.canonical(one, roster) for one in found]})
    columns = ("no", "id", "made", "domain", "state", "with", "title")
    return output.table(columns, [_row(one, roster) for one in found], "no requests")


@app.command()
def show(request_id: Id, project: Project = DEFAULT_PROJECT, as_json: AsJson = False) -> None:
    """Show one request and everything that happened to it."""
    _print(on_desk(lambda desk: _look(desk, project, request_id)), as_json)


@app.command()
def watch(request_id: Id, project: Project = DEFAULT_PROJECT, as_json: AsJson = False) -> None:
    """Tell what happens to one request until it has ended."""

    async def job(desk: Desk) -> Shown:
        told, changed = 0, asyncio.Event()

        async def hear(_: Elsewhere) -> None:
            changed.set()

        desk.store.on_elsewhere.append(hear)
        while True:
            # Before looking: what comes meanwhile is looked at again.
            changed.clear()
            seen = await _look(desk, project, request_id)
            for recorded in () if as_json else seen[2][told:]:
                output.say(_line(recorded))
            told = len(seen[2])
            if seen[0].state.terminal:
                return seen
            await changed.wait()

    request, roster, _ = on_desk(job)
    if as_json:
        output.json(translate.canonical(request, roster))


@app.command()
def cancel(request_id: Id, project: Project = DEFAULT_PROJECT, as_json: AsJson = False) -> None:
    """Take a request back, in the name of whoever made it."""

    async def job(desk: Desk) -> tuple[ApprovalRequest, Roster]:
        known = await project_named(desk, project)
        command = Cancel(known, reference(request_id), "command line", Door.COMMAND)
        return await desk.approvals.cancel(command), await desk.store.roster(known)

    request, roster = on_desk(job)
    if as_json:
        return output.json(translate.canonical(request, roster))
    return output.say(f"{request.id} is cancelled")


async def _look(desk: Desk, project: str, request_id: str) -> Shown:
    known = await project_named(desk, project)
    request = await desk.store.request(known, reference(request_id))
    timeline = await desk.store.timeline(known, request.id)
    return request, await desk.store.roster(known), timeline


def _outcomes(states: list[str] | None) -> frozenset[str] | None:
    if not states:
        return None
    wrong = [state for state in states if state not in {"open", *STATES}]
    if wrong:
        raise CommandFailed(f"--state {wrong[0]}: write open, {', '.join(STATES)}", MISUSED)
    return frozenset(s for state in states for s in (OPEN if state == "open" else (state,)))


def _print(shown: Shown, as_json: bool) -> None:
    request, roster, timeline = shown
    if as_json:
        return output.json(_whole(shown))
    holder = roster.sentinel(request.assigned_to)
    facts = {
        "request": f"{request.id} (no {request.number}, {request.dialect.value})",
        "title": request.title,
        "asks": f"{request.agent_name or request.agent_id}: {request.request_type}",
        "where": f"{request.domain}, {request.jurisdiction or 'any jurisdiction'}",
        "state": request.outcome or request.state.value,
        "with": holder.name if holder else "nobody",
        "expires": output.when(request.expires_at) or "never",
        "summary": request.summary,
        **_decided(request),
    }
    for name, value in facts.items():
        output.say(f"{name:<10}{output.visible(value)}")
    for recorded in timeline:
        output.say(_line(recorded))
    return None


def _decided(request: ApprovalRequest) -> dict[str, str]:
    """Why, and what was edited, as far as anybody decided."""
    decision = request.decision
    if decision is None:
        return {}
    edited = decision.modified
    words = edited if isinstance(edited, str) else orjson.dumps(edited).decode()
    facts = {"reasoning": decision.reasoning or "", "modified": "" if edited is None else words}
    return {name: text for name, text in facts.items() if text}


def _whole(shown: Shown) -> dict[str, Json]:
    request, roster, timeline = shown
    return {
        **translate.canonical(request, roster),
        "questions": translate.questions(timeline),
        "events": translate.record(timeline),
    }


def _line(recorded: RecordedEvent) -> str:
    event = recorded.event
    facts = ", ".join(f"{k} {v}" for k, v in event.data.items() if isinstance(v, str | int) and v != "")
    at = f"{event.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    return output.visible(f"{at}  {event.kind.value:<11} by {event.actor}" + (f" ({facts})" if facts else ""))


def _row(one: ApprovalRequest, roster: Roster) -> tuple[object, ...]:
    holder = roster.sentinel(one.assigned_to)
    state = one.outcome or one.state.value
    name = holder.name if holder and not one.state.terminal else ""
    return one.number, one.id, one.created_at, one.domain, state, name, one.title[:60]
