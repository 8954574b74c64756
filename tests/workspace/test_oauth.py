"""Installing the app and signing in: the authorise page, codes, rotation, ID tokens."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
import pytest
from slack_sdk.errors import SlackApiError

from tests.workspace.conftest import CLAIRE, GRID_TEAM, HOME_TEAM, INGRID, Desk, Start
from workspace import App, Seed
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
