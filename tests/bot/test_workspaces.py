"""Many workspaces: every card, click and token belongs to one of them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from approvals.cards import CHANNEL, dm
from approvals.installations import Workspace
from approvals.model import ApprovalRequest, SentinelId, State
from approvals.outbox import Carrier
from bot import action_ids
from bot.failures import NOT_INSTALLED
from bot.signatures import SIGNATURE, TIMESTAMP, sign
from tests.bot.installed import (
    ACME,
    ADA,
    AMIR,
    INGRID,
    NORDLYS,
    NORTH,
    ORGANISATION,
    asks,
    decided,
    held,
    install,
    two_projects,
    uninstalled,
)
from tests.bot.stage import Stage
from tests.bot.test_signatures import form
from tests.builders import PROJECT, a_domain, a_wanted, wanting

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth:DeprecationWarning")


@pytest.fixture(params=["http", "socket"])
async def both(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    """Two workspaces, a project in each, over both transports."""
    async with uninstalled(tmp_path, request.param) as stage:
        await install(stage, ADA)
        await install(stage, INGRID)
        await two_projects(stage)
        yield stage


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Stage]:
    """The same over HTTP, for what does not depend on the transport."""
    async with uninstalled(tmp_path) as stage:
        await install(stage, ADA)
        await install(stage, INGRID)
        await two_projects(stage)
        yield stage


def token_of(stage: Stage, team: str) -> str:
    return stage.ws.installations.of_team(team).bot_token


async def teams_of(stage: Stage, method: str) -> set[str]:
    """The workspaces whose tokens were used for a method."""
    return {call["team"] for call in await stage.calls(method)}


async def test_a_request_makes_a_card_in_its_own_workspace_and_is_decided_there(both: Stage) -> None:
    request = await asks(both)
    card = await both.card(AMIR)
    assert await teams_of(both, "chat.postMessage") == {ACME}
    assert await both.person(INGRID).messages("dm") == []
    await both.person(AMIR).click(card, action_ids.APPROVE)
    assert (await decided(both, PROJECT, request.id)).outcome == "approved"
    assert "Approved by Amir Haddad" in (await both.closed(AMIR)).all_text
    kept = await both.store.cards.card(request.id, dm(SentinelId(1)))
    assert kept is not None
    assert (kept.team, kept.channel) == (ACME, card.channel)

    north = await asks(both, NORTH)
    card = await both.card(INGRID)
    await both.person(INGRID).click(card, action_ids.REJECT)
    await both.person(INGRID).submit({action_ids.REASONING: "Not like this."})
    assert (await decided(both, NORTH, north.id)).outcome == "rejected"
    assert "Rejected by Ingrid Dahl" in (await both.closed(INGRID)).all_text
    kept = await both.store.cards.card(north.id, dm(SentinelId(1)))
    assert kept is not None
    # In an organisation people have one account, whichever of its workspaces they are in.
    assert kept.team == ORGANISATION
    told = [m for m in await both.person(AMIR).messages("dm") if m.thread_ts in {None, m.ts}]
    assert len(told) == 1
    assert await teams_of(both, "views.open") == {NORDLYS}


async def test_home_tab_and_command_show_what_is_ones_own(desk: Stage) -> None:
    await asks(desk, agent_id="acme-agent")
    await asks(desk, NORTH, agent_id="north-agent")
    await desk.card(AMIR)
    await desk.card(INGRID)
    for person, team, own, other in (
        (AMIR, ACME, "acme-agent", "north-agent"),
        (INGRID, NORDLYS, "north-agent", "acme-agent"),
    ):
        await desk.person(person).open_home()
        home = await desk.person(person).wait_for_home(lambda view: "legal" in view.all_text)
        assert own in home.all_text
        assert other not in home.all_text
        shown = [c for c in await desk.calls("views.publish") if c["sent"]["user_id"] == desk.user_id(person)]
        assert {call["team"] for call in shown} == {team}


async def test_a_channel_of_the_same_name_is_the_one_of_the_projects_workspace(desk: Stage) -> None:
    domain = a_domain(channel="#general")
    ingrid = a_wanted(1, name="Ingrid Dahl", email=INGRID)
    await desk.clockwork.apply(wanting(ingrid, project=NORTH, workspace=NORDLYS, domains=[domain]))
    request = await asks(desk, NORTH)
    await desk.card(INGRID, "#general")

    async def posted() -> str | None:
        card = await desk.store.cards.card(request.id, CHANNEL)
        return card.channel if card else None

    assert await desk.after_commits(posted) == "C0NORDGEN1"


# Who is who


async def click_from(
    stage: Stage, team: str, enterprise: str | None, user: str, card: Any, request: ApprovalRequest
) -> None:
    """A genuine click as Slack would send it from some workspace."""
    payload: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": user, "team_id": team},
        "team": {"id": team},
        "enterprise": {"id": enterprise} if enterprise else None,
        "api_app_id": stage.ws.app.id,
        "channel": {"id": card.channel},
        "message": {"ts": card.ts},
        "container": {"type": "message", "channel_id": card.channel, "message_ts": card.ts},
        "actions": [
            {"type": "button", "action_id": action_ids.APPROVE, "value": request.id, "block_id": "b"}
        ],
        "trigger_id": "1.2.3",
    }
    body, now = form(payload), str(int(stage.time().timestamp()))
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        TIMESTAMP: now,
        SIGNATURE: sign(stage.ws.signing_secret, now, body),
    }
    async with stage.session.post(f"{stage.url}/slack/events", data=body, headers=headers) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    ("team", "enterprise"),
    [
        (NORDLYS, ORGANISATION),
        (NORDLYS, None),
        # Where the app is not installed at all.
        ("T0RIVAGE01", None),
        ("T0RIVAGE01", ORGANISATION),
    ],
)
async def test_the_same_user_id_in_another_workspace_is_a_stranger(
    desk: Stage, caplog: pytest.LogCaptureFixture, team: str, enterprise: str | None
) -> None:
    request = await asks(desk)
    card = await desk.card(AMIR)
    await desk.on_record(request.id, card.ts)
    await click_from(desk, team, enterprise, desk.user_id(AMIR), card, request)
    assert (await desk.store.request(PROJECT, request.id)).state is State.ASSIGNED
    assert "refused somebody who is no Sentinel" in caplog.text or "user_not_found" in caplog.text
    # The same click from where Amir is decides.
    await click_from(desk, ACME, None, desk.user_id(AMIR), card, request)
    assert (await decided(desk, PROJECT, request.id)).outcome == "approved"


async def test_two_sentinels_of_one_user_id_are_two_people(desk: Stage) -> None:
    amir = desk.user_id(AMIR)
    # The other one comes first on the roster.
    there = a_wanted(1, name="Amir of Nordlys", email=AMIR, slack=amir, slack_team=ORGANISATION, tier=2)
    here = a_wanted(2, name="Amir of Acme", email="two@example.com", slack=amir, slack_team=ACME)
    await desk.clockwork.apply(wanting(there, here, workspace=ACME))
    request = await asks(desk)
    card = await desk.card(AMIR)

    async def recorded() -> bool | None:
        return any(one.ts == card.ts for one in await desk.store.cards.cards(request.id)) or None

    await desk.after_commits(recorded)
    await click_from(desk, ACME, None, amir, card, request)
    done = await decided(desk, PROJECT, request.id)
    assert done.decision is not None
    assert done.decision.by_name == "Amir of Acme"


async def test_an_address_is_looked_up_in_the_workspace_of_the_project_only(desk: Stage) -> None:
    # In Nordlys, which is not the project's, somebody has an address that desk.yml names for Acme.
    await desk.clockwork.apply(wanting(project=NORTH))
    await desk.clockwork.apply(wanting(a_wanted(1, name="Ingrid?", email=INGRID), workspace=ACME))
    request = await asks(desk)

    async def given_up() -> str | None:
        rows = await desk.store.outbox.listing(PROJECT, state="dead")
        return str(rows[0]["last_error"]) if rows else None

    assert await desk.after_commits(given_up) == "users_not_found"
    assert await teams_of(desk, "users.lookupByEmail") == {ACME}
    await desk.person(INGRID).open_home()
    home = await desk.person(INGRID).wait_for_home(lambda view: bool(view.all_text))
    assert "not linked" in home.all_text
    roster = await desk.store.roster(PROJECT)
    assert [s.slack_team for s in roster.sentinels.values() if s.active] == [None]
    assert (await desk.store.request(PROJECT, request.id)).state is State.ASSIGNED


async def test_a_sentinel_of_another_workspace_is_named_with_it(desk: Stage) -> None:
    ingrid = desk.user_id(INGRID)
    guest = a_wanted(1, name="Ingrid Dahl", email=None, slack=ingrid, slack_team=ORGANISATION)
    await desk.clockwork.apply(wanting(guest, workspace=ACME))
    request = await asks(desk)
    card = await desk.card(INGRID)
    await desk.person(INGRID).click(card, action_ids.APPROVE)
    assert (await decided(desk, PROJECT, request.id)).outcome == "approved"
    assert await teams_of(desk, "chat.postMessage") == {NORDLYS}


async def test_somebody_of_an_organisation_is_named_with_it(desk: Stage) -> None:
    ingrid = desk.user_id(INGRID)
    guest = a_wanted(1, name="Ingrid Dahl", email=None, slack=ingrid, slack_team=NORDLYS)
    await desk.clockwork.apply(wanting(guest, workspace=ACME))
    await asks(desk)

    async def given_up() -> str | None:
        rows = await desk.store.outbox.listing(PROJECT, state="dead")
        return str(rows[0]["last_error"]) if rows else None

    # She would be written to, and could not decide: her clicks come from the organisation.
    assert await desk.after_commits(given_up) == "another workspace's account"
    assert await desk.person(INGRID).messages("dm") == []


async def test_a_project_that_names_no_workspace_has_nobody_in_slack(desk: Stage) -> None:
    await desk.clockwork.apply(wanting(a_wanted(1, name="Amir Haddad", email=AMIR)))
    await asks(desk)
    assert (await held(desk, PROJECT))["last_error"] == NOT_INSTALLED
    assert await teams_of(desk, "users.lookupByEmail") == set()
    await desk.person(AMIR).open_home()
    home = await desk.person(AMIR).wait_for_home(lambda view: bool(view.all_text))
    assert "not linked" in home.all_text


async def test_a_static_token_serves_no_project_of_another_workspace(web_stage: Stage) -> None:
    await web_stage.apply(a_wanted(1, name="Amir Haddad", email=AMIR), workspace=NORDLYS)
    await web_stage.submit()
    assert (await held(web_stage, PROJECT))["last_error"] == NOT_INSTALLED
    assert await web_stage.calls("users.lookupByEmail") == []
    await web_stage.apply(a_wanted(1, name="Amir Haddad", email=AMIR), workspace=ACME)
    await web_stage.submit()
    await web_stage.store.outbox.resume(PROJECT, Carrier.SLACK, [NOT_INSTALLED])
    assert len(await web_stage.cards(AMIR, 2)) == 2


# Leaving and coming back


async def test_one_workspace_leaves_and_nobody_else_notices(both: Stage) -> None:
    waiting = await asks(both, NORTH)
    before = await both.card(INGRID)
    await both.on_record(waiting.id, before.ts)
    await both.operator.post("tokens", team=NORDLYS, do="uninstall")
    await gone(both, NORDLYS)
    kept = await both.store.installations.listing()
    assert [one.token == "" for one in kept] == [False, True]

    behind = await asks(both, NORTH, summary="While nobody is there.")
    assert (await held(both, NORTH))["last_error"] == NOT_INSTALLED
    request = await asks(both)
    await both.person(AMIR).click(await both.card(AMIR), action_ids.APPROVE)
    assert (await decided(both, PROJECT, request.id)).outcome == "approved"

    await install(both, INGRID)
    found = await both.cards(INGRID, 2)
    assert "While nobody is there." in found[-1].all_text
    # What stood there before can be decided again, too.
    await both.person(INGRID).click(before, action_ids.APPROVE)
    assert (await decided(both, NORTH, waiting.id)).outcome == "approved"
    await both.person(INGRID).click(found[-1], action_ids.APPROVE)
    assert (await decided(both, NORTH, behind.id)).outcome == "approved"


async def gone(stage: Stage, team: str) -> None:
    """Wait until the desk knows that the app is not there any more."""

    async def look() -> bool | None:
        return await stage.store.installations.find(Workspace(team)) is None or None

    await stage.after_commits(look)


async def test_a_revoked_token_is_forgotten(desk: Stage) -> None:
    await desk.operator.post("tokens", team=NORDLYS, do="revoke")
    await gone(desk, NORDLYS)
    assert await desk.store.installations.find(Workspace(ACME)) is not None


async def test_a_persons_revoked_token_is_nothing_to_the_app(desk: Stage) -> None:
    event = {"type": "tokens_revoked", "tokens": {"oauth": [desk.user_id(AMIR)], "bot": []}}
    await desk.operator.post("events", team=ACME, event=event)
    await desk.operator.calls(name="tokens_revoked")
    await asks(desk)
    assert await desk.card(AMIR)
    assert await desk.store.installations.find(Workspace(ACME)) is not None


async def test_whoever_clicks_where_the_app_is_gone_is_told(desk: Stage) -> None:
    request = await asks(desk, NORTH)
    card = await desk.card(INGRID)
    await desk.on_record(request.id, card.ts)
    installation = await desk.store.installations.find(Workspace(NORDLYS))
    assert installation is not None
    await desk.store.installations.remove(NORDLYS, desk.time())
    outcome = await desk.person(INGRID).click(card, action_ids.APPROVE)
    assert outcome.ephemeral is not None
    assert "belongs to another workspace" in outcome.ephemeral.text
    assert (await desk.store.request(NORTH, request.id)).state is State.ASSIGNED
