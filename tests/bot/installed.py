"""The bot where nobody has installed it yet, and people of two workspaces who do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from approvals.model import ApprovalRequest, ProjectId, RequestId
from tests.bot.stage import Stage, staged
from tests.builders import PROJECT, a_caller, a_submit, a_wanted, wanting
from workspace import App, Seed, Team, User

ACME, NORDLYS = "T0ACME0001", "T0NORDLYS1"
ORGANISATION = "E0NORDLYS1"
NORTH = ProjectId("north")
"""The project that works in Nordlys; PROJECT works in Acme."""

SOUTH = Team("T0NORDLYS2", "Nordlys Sud", "nordlys-sud", ORGANISATION, "Nordlys Group", installed=False)
SVEN = User("Sven Berg", "sven@nordlys.example", "W0SVEN0001", SOUTH.id)
"""The other workspace of the organisation, and who works there."""

ADA, AMIR, INGRID = "ada@acme.example", "amir@acme.example", "ingrid@nordlys.example"

COOKIE = "slack-app-oauth-state"


@asynccontextmanager
async def uninstalled(
    folder: Path, transport: str = "http", *, rotation: bool = False
) -> AsyncIterator[Stage]:
    """The stage of an app that people install themselves; `rotation`: its tokens live for twelve hours."""
    strict = vars(Seed.strict())
    cast = {"teams": (*strict["teams"], SOUTH), "users": (*strict["users"], SVEN)}
    seed = Seed(**strict | cast | {"app": App(token_rotation=rotation)})
    async with staged(folder, transport, seed, oauth=True) as stage:
        yield stage


@dataclass(frozen=True)
class Page:
    """What a browser was shown."""

    status: int
    text: str
    headers: Any


async def begun(stage: Stage) -> tuple[str, str]:
    """Slack's page to which `/slack/install` sends a browser, and the state in its cookie."""
    async with stage.session.get(f"{stage.url}/slack/install", allow_redirects=False) as answer:
        assert answer.status == 302
        cookie = answer.cookies[COOKIE]
        assert (cookie["secure"], cookie["httponly"], cookie["max-age"]) == (True, True, "600")
        return answer.headers["Location"], cookie.value


async def came_back(stage: Stage, url: str, state: str | None, language: str = "en") -> Page:
    """What the desk shows to a browser that Slack sends back, with the cookie or without."""
    headers = {"Accept-Language": language} | ({} if state is None else {"Cookie": f"{COOKIE}={state}"})
    async with stage.session.get(url, headers=headers) as answer:
        return Page(answer.status, await answer.text(), answer.headers)


async def install(stage: Stage, person: str, *, whole: bool = False) -> Page:
    """Somebody installs the app in their workspace, or in their whole organisation."""
    page, state = await begun(stage)
    shown = await came_back(stage, await stage.person(person).consent(page, whole=whole), state)
    assert shown.status == 200, shown.text
    return shown


async def two_projects(stage: Stage) -> None:
    """Amir decides for Acme, Ingrid for Nordlys."""
    amir = a_wanted(1, name="Amir Haddad", email=AMIR)
    ingrid = a_wanted(1, name="Ingrid Dahl", email=INGRID)
    await stage.clockwork.apply(wanting(amir, workspace=ACME))
    await stage.clockwork.apply(wanting(ingrid, project=NORTH, workspace=NORDLYS))


async def asks(stage: Stage, project: ProjectId = PROJECT, **facts: Any) -> ApprovalRequest:
    """An agent of a project asks."""
    command = a_submit(caller=a_caller(project=project), **facts)
    return (await stage.approvals.submit(command)).request


async def decided(stage: Stage, project: ProjectId, request_id: RequestId) -> ApprovalRequest:
    """The request once somebody has decided it."""

    async def look() -> ApprovalRequest | None:
        request = await stage.store.request(project, request_id)
        return request if request.state.terminal else None

    return await stage.after_commits(look)


async def held(stage: Stage, project: ProjectId) -> dict[str, Any]:
    """The first message of a project, once it was tried and is held back."""

    async def look() -> dict[str, Any] | None:
        rows = await stage.store.outbox.listing(project, state="queued")
        return next((dict(row) for row in rows if row["last_error"]), None)

    return await stage.after_commits(look)
