"""Running one job on the desk of the environment, and finding in it what somebody named."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Awaitable, Callable
from typing import TypeVar

from api.people import matching
from app import Desk, open_desk
from approvals import ids
from approvals.model import ProjectId, Roster, Sentinel
from cli import environment
from cli.failure import MISUSED, CommandFailed

T = TypeVar("T")


def on_desk(job: Callable[[Desk], Awaitable[T]], *, fresh: bool = False) -> T:
    """Open the desk, do the job, close it. `fresh` allows a database that is not there yet."""
    settings = environment.for_commands(fresh=fresh)

    async def work() -> T:
        async with open_desk(settings) as desk:
            return await job(desk)

    return asyncio.run(work())


async def project_named(desk: Desk, name: str) -> ProjectId:
    """The project of that name; raises CommandFailed with those that there are."""
    known = await desk.store.agenda.projects()
    if name in known:
        return ProjectId(name)
    there = ", ".join(sorted(known)) or "none; `sentinel-desk apply desk.yml` makes the first"
    raise CommandFailed(f"there is no project {name}; there are: {there}")


def reference(text: str) -> ids.RequestRef:
    """A request as it was named, in any dialect's form of the id."""
    found = ids.parse(text)
    if found is None:
        raise CommandFailed(f"{text} is no id of a request; write a UUID, req_…, rev_… or a number", MISUSED)
    return found


def sentinel_named(roster: Roster, who: str) -> Sentinel:
    """The Sentinel of that e-mail, number or name; raises CommandFailed with the nearest right one."""
    found = matching(roster, who)
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandFailed(f"{who} names several Sentinels; use an e-mail or a number")
    known = [name for s in roster.sentinels.values() for name in (s.email, s.name) if name]
    near = difflib.get_close_matches(who, known, 1)
    raise CommandFailed(
        f"{who} is no Sentinel of project {roster.project}" + (f"; did you mean {near[0]}?" if near else "")
    )
