"""Enterprise Grid: the app installed once for a whole organisation, whose people have one account each."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from approvals.cards import dm
from approvals.installations import Workspace
from approvals.model import SentinelId, State
from bot import action_ids
from bot.failures import NOT_INSTALLED
from tests.bot.installed import (
    INGRID,
    NORDLYS,
    NORTH,
    ORGANISATION,
    SOUTH,
    SVEN,
    asks,
    decided,
    held,
    install,
    uninstalled,
)
from tests.bot.stage import Stage
from tests.bot.test_workspaces import click_from
from tests.builders import PROJECT, a_wanted, wanting

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth:DeprecationWarning")

IN_SOUTH = f"{ORGANISATION}/{SOUTH.id}"


@pytest.fixture(params=["http", "socket"])
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    """An organisation in which the app is everywhere; Sven decides in the south."""
    async with uninstalled(tmp_path, request.param, rotation=True) as stage:
        shown = await install(stage, INGRID, whole=True)
        assert f"workspace: {ORGANISATION}" in shown.text
        sven = a_wanted(1, name="Sven Berg", email=SVEN.email)
        await stage.clockwork.apply(wanting(sven, workspace=IN_SOUTH))
        yield stage


async def test_a_project_works_in_one_workspace_of_the_organisation(desk: Stage) -> None:
    kept = await desk.store.installations.find(Workspace(None, ORGANISATION))
    assert kept is not None
    assert (kept.team, kept.key, kept.name) == (None, ORGANISATION, "Nordlys Group")
    request = await asks(desk)
    card = await desk.card(SVEN.email)
    recorded = await desk.on_record(request.id, card.ts)
    assert recorded.team == ORGANISATION
    await desk.person(SVEN.email).click(card, action_ids.REJECT)
    await desk.person(SVEN.email).submit({action_ids.REASONING: "Not here."})
    assert (await decided(desk, PROJECT, request.id)).outcome == "rejected"
    assert "Rejected by Sven Berg" in (await desk.closed(SVEN.email)).all_text
    for method in ("users.lookupByEmail", "chat.postMessage"):
        assert {call["sent"].get("team_id") for call in await desk.calls(method)} == {SOUTH.id}, method


async def test_an_open_home_tab_of_the_organisation_follows_what_happens(desk: Stage) -> None:
    person = desk.person(SVEN.email)
    # Before anything has come to him: his address is looked up where the project works.
    await person.open_home()
    await person.wait_for_home(lambda view: "Nothing waits for you" in view.all_text)
    assert {call["sent"].get("team_id") for call in await desk.calls("users.lookupByEmail")} == {SOUTH.id}
    await asks(desk)
    await person.wait_for_home(lambda view: "1 request waits" in view.all_text)


@pytest.mark.parametrize("desk", ["http"], indirect=True)
async def test_a_person_of_the_organisation_is_one_person_in_all_its_workspaces(desk: Stage) -> None:
    request = await asks(desk)
    card = await desk.card(SVEN.email)
    await desk.on_record(request.id, card.ts)
    # The same account without the organisation around it is nobody's.
    await click_from(desk, "T0ACME0001", None, SVEN.id, card, request)
    assert (await desk.store.request(PROJECT, request.id)).state is State.ASSIGNED
    await click_from(desk, NORDLYS, ORGANISATION, SVEN.id, card, request)
    assert (await decided(desk, PROJECT, request.id)).outcome == "approved"


async def test_somebody_named_by_their_id_needs_no_workspace_within_it(desk: Stage) -> None:
    ingrid = a_wanted(1, name="Ingrid Dahl", email=None, slack=desk.user_id(INGRID))
    await desk.clockwork.apply(wanting(ingrid, project=NORTH, workspace=ORGANISATION))
    request = await asks(desk, NORTH)
    card = await desk.card(INGRID)
    await desk.person(INGRID).click(card, action_ids.APPROVE)
    assert (await decided(desk, NORTH, request.id)).outcome == "approved"
    roster = await desk.store.roster(NORTH)
    pinned = roster.sentinels[SentinelId(1)]
    assert (pinned.slack_team, pinned.slack_user) == (ORGANISATION, desk.user_id(INGRID))


async def test_its_token_is_renewed_and_forgotten_as_one(desk: Stage) -> None:
    desk.time.pass_(timedelta(hours=12))
    request = await asks(desk)
    card = await desk.card(SVEN.email)
    await desk.on_record(request.id, card.ts)
    refreshed = [c for c in await desk.calls("oauth.v2.access") if "refresh_token" in c["sent"]]
    assert len(refreshed) == 1
    await desk.operator.post("tokens", team=NORDLYS, do="uninstall")

    async def gone() -> bool | None:
        return await desk.store.installations.find(Workspace(SOUTH.id, ORGANISATION)) is None or None

    await desk.after_commits(gone)
    second = await asks(desk)
    assert (await held(desk, PROJECT))["last_error"] == NOT_INSTALLED
    await install(desk, INGRID, whole=True)
    assert len(await desk.cards(SVEN.email, 2)) == 2
    assert (await desk.store.cards.card(second.id, dm(SentinelId(1)))) is not None
