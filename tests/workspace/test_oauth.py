"""Installing the app and signing in: the authorise page, codes, rotation, ID tokens."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
import pytest
from slack_sdk.errors import SlackApiError

from tests.workspace.conftest import CLAIRE, GRID_TEAM, HOME_TEAM, INGRID, Desk, Start
from workspace import App, Seed, Team, User
from workspace.driver import Impossible

# slack_sdk sends client credentials by aiohttp's BasicAuth, which aiohttp 3.14 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth:DeprecationWarning")

BACK = "http://127.0.0.1:9999/slack/oauth_redirect"


def page(desk: Desk, path: str = "oauth/authorize", **facts: str) -> str:
    asked = {"client_id": desk.ws.app.client_id, "scope": "chat:write,commands", "state": "s-1"}
    return f"{desk.ws.base_url}/{path}?{urlencode(asked | {'redirect_uri': BACK} | facts)}"


async def code(desk: Desk, user: str = CLAIRE, **facts: str) -> str:
    back = urlsplit(await desk.person(user).consent(page(desk, **facts)))
    assert f"{back.scheme}://{back.netloc}{back.path}" == BACK
    [value] = parse_qs(back.query)["code"]
    return value


def client(desk: Desk) -> dict[str, str]:
    return {"client_id": desk.ws.app.client_id, "client_secret": desk.ws.app.client_secret or ""}


async def test_the_page_shows_who_and_what(desk: Desk) -> None:
    async with desk.session.get(page(desk, state='"><script>alert(1)</script>')) as response:
        text = await response.text()
        assert "form-action 'self' http://127.0.0.1:9999" in response.headers["Content-Security-Policy"]
    assert "chat:write" in text
    assert "Claire Tremblay" in text
    assert "Lena Left" not in text
    async with desk.session.get(page(desk), headers={"Accept-Language": "fr-CA,fr"}) as response:
        assert "Autoriser" in await response.text()
    assert "<script>" not in text


async def test_a_consent_becomes_a_token(desk: Desk) -> None:
    token = desk.ws.installations.of_team(GRID_TEAM).bot_token
    given = await desk.client.oauth_v2_access(
        **client(desk), code=await code(desk, INGRID), redirect_uri=BACK
    )
    assert (given["token_type"], given["scope"]) == ("bot", "chat:write,commands")
    assert given["team"]["id"] == GRID_TEAM
    assert given["enterprise"]["id"] == "E0NORDLYS1"
    assert given["authed_user"]["id"] == INGRID
    assert given["access_token"] == token
    assert (await desk.call("users.info", token, user=INGRID))["error"] == "missing_scope"


async def test_a_denial(desk: Desk) -> None:
    back = await desk.person(CLAIRE).consent(page(desk), allow=False)
    assert parse_qs(urlsplit(back).query) == {"error": ["access_denied"], "state": ["s-1"]}


async def test_codes_are_good_once_for_ten_minutes_at_one_address(desk: Desk) -> None:
    async def refusal(**facts: Any) -> str:
        with pytest.raises(SlackApiError) as refused:
            await desk.client.oauth_v2_access(**client(desk) | facts)
        return str(refused.value.response["error"])

    good = await code(desk)
    assert await refusal(code="nonsense") == "invalid_code"
    assert await refusal(code=good, redirect_uri="http://127.0.0.1/other") == "bad_redirect_uri"
    assert await refusal(code=good, client_secret="wrong") == "bad_client_secret"
    assert await refusal(code=good, client_id="wrong") == "invalid_client_id"
    await desk.client.oauth_v2_access(**client(desk), code=good)
    assert await refusal(code=good) == "code_already_used"
    late = await code(desk)
    await desk.operator.post("clock", advance=601)
    assert await refusal(code=late) == "code_expired"


@pytest.mark.parametrize(
    "facts",
    [
        {"client_id": "nobody"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "javascript:alert(1)"},
    ],
)
async def test_pages_that_are_not_shown(desk: Desk, facts: dict[str, str]) -> None:
    async with desk.session.get(page(desk, **facts)) as response:
        assert response.status == 400
    with pytest.raises(Impossible):
        await desk.person(CLAIRE).consent(page(desk, **facts))


async def test_tokens_rotate(start: Start) -> None:
    seed = Seed(**vars(Seed.strict()) | {"app": App(token_rotation=True)})
    desk = await start(seed=seed)
    given = await desk.client.oauth_v2_access(**client(desk), code=await code(desk))
    assert given["expires_in"] == 43_200
    token = given["access_token"]
    assert token.startswith("xoxe.xoxb-1-")
    assert (await desk.call("auth.test", token))["ok"]
    await desk.operator.post("clock", advance=43_200)
    assert (await desk.call("auth.test", token))["error"] == "token_expired"

    refresh = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    renewed = await desk.client.oauth_v2_access(**client(desk), **refresh)
    assert (await desk.call("auth.test", renewed["access_token"]))["ok"]
    with pytest.raises(SlackApiError, match="invalid_refresh_token"):
        await desk.client.oauth_v2_access(**client(desk), **refresh)


SECOND = Team("T0NORDLYS2", "Nordlys Sud", "nordlys-sud", "E0NORDLYS1", "Nordlys Group", installed=False)
SVEN = User("Sven Berg", "sven@nordlys.example", "W0SVEN0001", SECOND.id)


async def organisation(start: Start, **facts: Any) -> tuple[Desk, dict[str, Any]]:
    """An organisation of two workspaces into which the app was installed as a whole."""
    strict = vars(Seed.strict())
    seed = Seed(**strict | {"teams": (*strict["teams"], SECOND), "users": (*strict["users"], SVEN)} | facts)
    desk = await start(seed=seed)
    url = page(desk, scope="chat:write,users:read,users:read.email,im:write")
    back = urlsplit(await desk.person(INGRID).consent(url, whole=True))
    given = await desk.client.oauth_v2_access(**client(desk), code=parse_qs(back.query)["code"][0])
    return desk, dict(given.data)


async def test_an_organisation_has_one_token_for_all_its_workspaces(start: Start) -> None:
    desk, given = await organisation(start)
    assert (given["is_enterprise_install"], given["team"]) == (True, None)
    assert given["enterprise"]["id"] == "E0NORDLYS1"
    token = given["access_token"]
    assert (await desk.call("auth.test", token))["is_enterprise_install"] is True
    for person in (INGRID, SVEN.id):
        opened = await desk.call("conversations.open", token, users=person)
        posted = await desk.call("chat.postMessage", token, channel=opened["channel"]["id"], text="Hello")
        assert posted["ok"], posted


async def test_where_it_is_to_act_an_organisations_token_must_say(start: Start) -> None:
    desk, given = await organisation(start)
    token = given["access_token"]
    asked = {"email": SVEN.email}
    assert (await desk.call("users.lookupByEmail", token, **asked))["error"] == "missing_argument"
    elsewhere = await desk.call("users.lookupByEmail", token, **asked, team_id=HOME_TEAM)
    assert elsewhere["error"] == "team_access_not_granted"
    other = await desk.call("users.lookupByEmail", token, **asked, team_id=GRID_TEAM)
    assert other["error"] == "users_not_found"
    found = await desk.call("users.lookupByEmail", token, **asked, team_id=SECOND.id)
    assert found["user"]["id"] == SVEN.id
    # A workspace's own token acts there, whatever is said.
    own = await desk.call("users.info", desk.ws.bot_token, user=CLAIRE, team_id=SECOND.id)
    assert own["ok"]


async def test_an_organisations_token_rotates_and_ends_everywhere(start: Start) -> None:
    desk, given = await organisation(start, app=App(token_rotation=True))
    refresh = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    renewed = await desk.client.oauth_v2_access(**client(desk), **refresh)
    assert renewed["is_enterprise_install"] is True
    for person in (INGRID, SVEN.id):
        old = await desk.call("users.info", given["access_token"], user=person)
        assert old["error"] == "token_expired"
        assert (await desk.call("users.info", renewed["access_token"], user=person))["ok"]
    await desk.operator.post("tokens", team=GRID_TEAM, do="uninstall")
    for person in (INGRID, SVEN.id):
        gone = await desk.call("users.info", renewed["access_token"], user=person)
        assert gone["error"] == "account_inactive"


async def test_only_whoever_is_in_an_organisation_installs_for_it(desk: Desk) -> None:
    with pytest.raises(Impossible):
        await desk.person(CLAIRE).consent(page(desk), whole=True)


async def test_a_token_is_new_after_the_app_was_uninstalled(desk: Desk) -> None:
    before = desk.ws.bot_token
    await desk.operator.post("tokens", do="uninstall")
    given = await desk.client.oauth_v2_access(**client(desk), code=await code(desk))
    assert given["access_token"] != before
    assert (await desk.call("auth.test", before))["error"] == "invalid_auth"
    assert (await desk.call("auth.test", given["access_token"]))["ok"]


async def test_signing_in(desk: Desk) -> None:
    sign_in = await code(desk, path="openid/connect/authorize", scope="openid email", nonce="n-1")
    given = await desk.client.openid_connect_token(**client(desk), code=sign_in, redirect_uri=BACK)
    middle = given["id_token"].split(".")[1]
    claims = orjson.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    assert (claims["sub"], claims["email"], claims["nonce"]) == (CLAIRE, "claire@acme.example", "n-1")
    assert claims["https://slack.com/team_id"] == HOME_TEAM
    who = await desk.web_client(given["access_token"]).openid_connect_userInfo()
    assert who["https://slack.com/user_id"] == CLAIRE
    with pytest.raises(SlackApiError, match="invalid_code"):
        await desk.client.oauth_v2_access(
            **client(desk), code=await code(desk, path="openid/connect/authorize")
        )
