"""users.*, usergroups.users.list, dnd.info."""

from __future__ import annotations

import pytest

from tests.workspace.conftest import (
    AMIR,
    CLAIRE,
    GRID_TEAM,
    GUEST,
    INGRID,
    KENJI,
    LEFT,
    STRANGER,
    Desk,
)


async def test_locale_and_zone(desk: Desk) -> None:
    user = (await desk.client.users_info(user=CLAIRE, include_locale=True))["user"]
    assert (user["locale"], user["tz"]) == ("fr-CA", "America/Toronto")
    assert user["tz_offset"] in (-14_400, -18_000)
    assert "locale" not in (await desk.client.users_info(user=CLAIRE))["user"]
    assert (await desk.client.users_info(user=KENJI))["user"]["tz_offset"] == 32_400


async def test_guests_leavers_and_strangers(desk: Desk) -> None:
    async def shown(user: str) -> dict[str, object]:
        return (await desk.client.users_info(user=user))["user"]

    assert (await shown(GUEST))["is_restricted"] is True
    assert (await shown(LEFT))["deleted"] is True
    stranger = await shown(STRANGER)
    assert (stranger["team_id"], stranger["is_stranger"]) == ("T0RIVAGE01", True)
    assert "email" not in stranger["profile"]
    assert (await desk.call("users.info", user=INGRID))["error"] == "user_not_found"
    assert (await desk.call("users.info", user="U0NOBODY01"))["error"] == "user_not_found"


async def test_the_bot_is_a_bot(desk: Desk) -> None:
    bot = (await desk.client.auth_test())["user_id"]
    assert (await desk.client.users_info(user=bot))["user"]["is_bot"] is True


async def test_an_address_finds_an_active_member_of_the_team(desk: Desk) -> None:
    assert (await desk.client.users_lookupByEmail(email="Claire@Acme.example"))["user"]["id"] == CLAIRE
    for email in ("lena@acme.example", "ingrid@nordlys.example", "nobody@acme.example"):
        assert (await desk.call("users.lookupByEmail", email=email))["error"] == "users_not_found"


async def test_all_the_people(desk: Desk) -> None:
    ids = {user["id"] for user in (await desk.client.users_list())["members"]}
    assert {CLAIRE, LEFT, GUEST} < ids
    assert not {STRANGER, INGRID} & ids


async def test_user_groups_need_a_paid_plan(desk: Desk) -> None:
    found = await desk.client.usergroups_users_list(usergroup="S0LEGAL001")
    assert found["users"] == [CLAIRE, AMIR]
    assert (await desk.call("usergroups.users.list", usergroup="S0NOTHING1"))["error"] == "no_such_subteam"
    grid = desk.ws.installations.of_team(GRID_TEAM).bot_token
    answer = await desk.call("usergroups.users.list", grid, usergroup="S0NORD0001")
    assert answer["error"] == "plan_upgrade_required"


async def test_do_not_disturb(desk: Desk) -> None:
    assert (await desk.client.dnd_info(user=CLAIRE))["snooze_enabled"] is False
    until = int(desk.ws.clock.now()) + 600
    await desk.operator.patch(f"users/{CLAIRE}", snooze_until=until)
    answer = await desk.client.dnd_info(user=CLAIRE)
    assert (answer["snooze_enabled"], answer["snooze_endtime"]) == (True, until)
    await desk.operator.post("clock", advance=601)
    assert (await desk.client.dnd_info(user=CLAIRE))["snooze_enabled"] is False


async def test_people_and_channels_are_added_once(desk: Desk) -> None:
    ws = desk.ws
    first = ws.ensure_user(email="new@acme.example", name="New One", locale="fr-CA", tz="America/Toronto")
    assert ws.ensure_user(email="new@acme.example", name="Newer One") == first
    newer = ws.directory.users[first]
    assert (newer.name, newer.locale, newer.tz) == ("Newer One", "fr-CA", "America/Toronto")
    channel = ws.ensure_channel("#fresh")
    assert ws.ensure_channel("fresh") == channel
    assert (await desk.client.chat_postMessage(channel="#fresh", text="x"))["ok"]
    assert first in (await desk.client.conversations_members(channel=channel))["members"]


@pytest.mark.parametrize("wrong", [{"shoe_size": 43}, {"id": "U1"}])
async def test_facts_that_cannot_change(desk: Desk, wrong: dict[str, object]) -> None:
    async with desk.session.patch(f"{desk.ws.base_url}/control/users/{CLAIRE}", json=wrong) as response:
        assert response.status == 409
