"""Who may call what: kinds of token, scopes, and what Slack answers to the others."""

from __future__ import annotations

import pytest

from tests.workspace.conftest import AMIR, GRID_TEAM, HOME_TEAM, Desk


async def test_the_bot_is_who_it_is(desk: Desk) -> None:
    answer = await desk.call("auth.test")
    assert answer["ok"]
    assert answer["team_id"] == HOME_TEAM
    assert answer["user_id"] == desk.ws.installations.of_team(HOME_TEAM).bot_user
    assert "enterprise_id" not in answer


async def test_each_team_has_its_own_token(desk: Desk) -> None:
    answer = await desk.call("auth.test", desk.ws.installations.of_team(GRID_TEAM).bot_token)
    assert (answer["team_id"], answer["enterprise_id"]) == (GRID_TEAM, "E0NORDLYS1")


@pytest.mark.parametrize(
    ("token", "error"),
    [(None, "not_authed"), ("xoxb-unknown", "invalid_auth"), ("nonsense", "invalid_auth")],
)
async def test_tokens_that_are_none(desk: Desk, token: str | None, error: str) -> None:
    answer = await desk.call("auth.test", token)
    assert (answer["ok"], answer["error"], answer["http"]) == (False, error, 200)


async def test_a_token_may_stand_in_a_form_field(desk: Desk) -> None:
    async with desk.session.post(
        desk.ws.api_url + "auth.test", data={"token": desk.ws.bot_token}
    ) as response:
        assert (await response.json())["ok"]


async def test_kinds_of_token_are_kept_apart(desk: Desk) -> None:
    assert (await desk.call("auth.test", desk.ws.app_token))["error"] == "not_allowed_token_type"
    assert (await desk.call("apps.connections.open"))["error"] == "not_allowed_token_type"
    assert (await desk.call("apps.connections.open", desk.ws.app_token))["ok"]


async def test_the_app_level_token_stands_in_the_header_only(desk: Desk) -> None:
    url = desk.ws.api_url + "apps.connections.open"
    async with desk.session.post(url, data={"token": desk.ws.app_token}) as response:
        assert (await response.json())["error"] == "not_authed"


async def test_a_missing_scope_is_named(desk: Desk) -> None:
    await desk.operator.post("tokens", do="scopes", scopes=["chat:write", "users:read"])
    answer = await desk.call("users.lookupByEmail", email="amir@acme.example")
    assert answer["error"] == "missing_scope"
    assert answer["needed"] == "users:read.email"
    assert answer["provided"] == "chat:write,users:read"


async def test_the_address_is_shown_to_who_may_see_it(desk: Desk) -> None:
    assert (await desk.call("users.info", user=AMIR))["user"]["profile"]["email"] == "amir@acme.example"
    await desk.operator.post("tokens", do="scopes", scopes=["users:read"])
    assert "email" not in (await desk.call("users.info", user=AMIR))["user"]["profile"]


async def test_another_name_needs_another_scope(desk: Desk) -> None:
    answer = await desk.call("chat.postMessage", channel=AMIR, text="hello", username="The Boss")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write.customize")


async def test_revoked_and_uninstalled(desk: Desk) -> None:
    await desk.operator.post("tokens", do="revoke")
    assert (await desk.call("auth.test"))["error"] == "token_revoked"
    await desk.operator.post("tokens", do="restore")
    await desk.operator.post("tokens", do="uninstall")
    assert (await desk.call("auth.test"))["error"] == "account_inactive"


async def test_an_unknown_method_is_answered(desk: Desk) -> None:
    answer = await desk.call("chat.postMagic")
    assert (answer["http"], answer["ok"], answer["error"]) == (200, False, "unknown_method")


@pytest.mark.parametrize(
    ("kind", "body", "error"),
    [
        ("application/json", b"{", "invalid_json"),
        ("application/json", b"[1]", "json_not_object"),
        ("text/plain", b"hello", "invalid_post_type"),
    ],
)
async def test_bodies_that_cannot_be_read(desk: Desk, kind: str, body: bytes, error: str) -> None:
    headers = {"Content-Type": kind, "Authorization": f"Bearer {desk.ws.bot_token}"}
    async with desk.session.post(desk.ws.api_url + "auth.test", data=body, headers=headers) as response:
        assert (await response.json())["error"] == error


async def test_every_call_is_on_record_without_secrets(desk: Desk) -> None:
    await desk.call("chat.postMessage", channel=AMIR, text="kept")
    await desk.call("chat.postMessage", channel="C0NOWHERE1", text="refused")
    kept, refused = await desk.operator.calls(name="chat.postMessage")
    assert (kept["ok"], kept["sent"]["text"]) == (True, "kept")
    assert (refused["ok"], refused["error"]) == (False, "channel_not_found")
    assert [call["id"] for call in await desk.operator.calls(ok=False)] == [refused["id"]]
    assert desk.ws.bot_token not in str(await desk.operator.calls())
