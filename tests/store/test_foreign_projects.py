"""Whatever has an id has a project, and no other project reads or changes it by that id."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from approvals.applying import WantedEndpoint
from approvals.library import Template
from approvals.model import Dialect, SentinelId
from approvals.ports import Listing
from approvals.service import Approvals
from store.engine import Store
from tests.builders import NOW, PROJECT, a_submit, a_wanted, wanting
from tests.fakes import RecordingAnnouncer
from tests.store.contract import OTHER, apply
from tests.store.databases import database_url, store

__all__ = ["database_url", "store"]

HOOK = WantedEndpoint("https://a.example/hook", Dialect.HITL, ("*",))
TEMPLATE = Template("template_1", PROJECT, "Content Review", None, ({"name": "approved"},), 1, NOW, NOW)


@pytest.fixture
async def ids(store: Store) -> dict[str, str]:
    """Two projects; the first holds one of everything."""
    for project in (PROJECT, OTHER):
        await apply(store, wanting(a_wanted(), project=project))
    request = (await Approvals(store, RecordingAnnouncer()).submit(a_submit())).request
    endpoint, _ = await store.endpoints.create(PROJECT, HOOK, "desk")
    assert await store.library.put_template(TEMPLATE, [])
    team = await store.library.create_team(PROJECT, "Lawyers", None)
    return {"request": request.id, "endpoint": endpoint.id, "template": TEMPLATE.id, "team": team.id}


Attempt = Callable[[Store, dict[str, str]], Awaitable[Any]]

ATTEMPTS: dict[str, tuple[Attempt, Any]] = {
    "change an endpoint": (lambda s, i: s.endpoints.change(OTHER, i["endpoint"], active=False), None),
    "rotate an endpoint": (lambda s, i: s.endpoints.rotate(OTHER, i["endpoint"]), None),
    "look at an endpoint": (lambda s, i: s.endpoints.dates(OTHER, i["endpoint"]), None),
    "delete an endpoint": (lambda s, i: s.endpoints.delete(OTHER, i["endpoint"]), False),
    "read a template": (lambda s, i: s.library.template(OTHER, i["template"]), None),
    "list templates": (lambda s, i: s.library.templates(OTHER, 10, 0), ([], 0)),
    "delete a template": (lambda s, i: s.library.delete_template(OTHER, i["template"]), False),
    "join a team": (lambda s, i: s.library.join_team(OTHER, i["team"], SentinelId(1)), None),
    "read a timeline": (lambda s, i: s.timeline(OTHER, i["request"]), []),
    "list requests": (lambda s, i: s.listing(OTHER, Listing(10)), []),
    "count requests": (lambda s, i: s.count(OTHER, Listing(10)), 0),
    "count by agent": (lambda s, i: s.count(OTHER, Listing(10, agent_id="agent-1")), 0),
    "list messages": (lambda s, i: s.outbox.listing(OTHER), []),
}


@pytest.mark.parametrize("name", ATTEMPTS)
async def test_nothing_of_another_project_is_read_or_changed(
    store: Store, ids: dict[str, str], name: str
) -> None:
    attempt, nothing = ATTEMPTS[name]
    before = await whole(store, ids)
    assert await attempt(store, ids) == nothing
    assert await whole(store, ids) == before
    assert (await store.roster(OTHER)).teams == ()


async def test_totals_are_a_project_s_own(store: Store, ids: dict[str, str]) -> None:
    assert dict((await store.library.stats(PROJECT)).by_outcome) != {}
    assert dict((await store.library.stats(OTHER)).by_outcome) == {}


async def whole(store: Store, ids: dict[str, str]) -> list[Any]:
    """What the first project holds, as it reads it itself."""
    roster = await store.roster(PROJECT)
    return [
        roster.endpoints,
        roster.teams,
        await store.keys.secrets(f"endpoint:{ids['endpoint']}"),
        await store.library.template(PROJECT, ids["template"]),
        await store.request(PROJECT, ids["request"]),
        len(await store.timeline(PROJECT, ids["request"])),
    ]
