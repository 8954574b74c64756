"""Installing by OAuth: who comes back from Slack, with what, in which browser, and how often."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from approvals.installations import Workspace
from bot.manifest import OPTIONAL_SCOPES, SCOPES
from tests.bot.installed import (
    ACME,
    ADA,
    INGRID,
    NORDLYS,
    ORGANISATION,
    begun,
    came_back,
    install,
    uninstalled,
)
from tests.bot.stage import Stage

# slack_sdk sends client credentials by aiohttp's BasicAuth, which aiohttp 3.14 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth:DeprecationWarning")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Stage]:
    """An app that is installed nowhere."""
    async with uninstalled(tmp_path) as stage:
        yield stage


async def in_acme(desk: Stage) -> bool:
    return await desk.store.installations.find(Workspace(ACME)) is not None


async def test_somebody_installs_the_app_and_is_told_how_to_go_on(desk: Stage) -> None:
    page, _ = await begun(desk)
    asked = parse_qs(urlsplit(page).query)
    assert page.startswith(f"{desk.ws.base_url}/oauth/v2/authorize?")
    assert asked["client_id"] == [desk.ws.app.client_id]
    assert asked["scope"] == [",".join([*SCOPES, *OPTIONAL_SCOPES])]
    assert asked["redirect_uri"] == [f"{desk.url}/slack/oauth_redirect"]
    assert "secret" not in page
    shown = await install(desk, ADA)
    assert "Acme" in shown.text
    assert f"workspace: {ACME}" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert shown.headers["Content-Security-Policy"].startswith("default-src 'none'")
    found = await desk.store.installations.find(Workspace(ACME))
    assert found is not None
    assert (found.name, found.installed_by, found.key) == ("Acme", desk.user_id(ADA), ACME)
    assert found.token == desk.ws.installations.of_team(ACME).bot_token
    assert found.token not in shown.text


async def test_each_workspace_has_its_own_installation(desk: Stage) -> None:
    await install(desk, ADA)
    await install(desk, INGRID)
    acme, nordlys = await desk.store.installations.listing()
    assert (acme.workspace, nordlys.workspace) == (Workspace(ACME), Workspace(NORDLYS, ORGANISATION))
    assert acme.token != nordlys.token


@pytest.mark.parametrize(
    ("language", "said", "again"),
    [
        ("en-GB,en;q=0.8", "You did not allow it", "Start again"),
        ("fr-CA,fr;q=0.9,en;q=0.5", "Vous ne l’avez pas autorisé", "Recommencer"),
        ("de", "You did not allow it", "Start again"),
    ],
)
async def test_who_does_not_allow_it_reads_so(desk: Stage, language: str, said: str, again: str) -> None:
    page, state = await begun(desk)
    back = await desk.person(ADA).consent(page, allow=False)
    shown = await came_back(desk, back, state, language)
    assert shown.status == 200
    assert said in shown.text
    assert f'<a href="/slack/install">{again}</a>' in shown.text
    assert not await in_acme(desk)


async def test_a_state_works_once(desk: Stage) -> None:
    page, state = await begun(desk)
    back = await desk.person(ADA).consent(page)
    assert (await came_back(desk, back, state)).status == 200
    again = await came_back(desk, back, state)
    assert (again.status, "used already" in again.text) == (401, True)
    # Not even with a code that nobody has used.
    code = parse_qs(urlsplit(await desk.person(INGRID).consent(page)).query)["code"][0]
    fresh = f"{desk.url}/slack/oauth_redirect?{urlencode({'code': code, 'state': state})}"
    assert (await came_back(desk, fresh, state)).status == 401
    assert await desk.store.installations.find(Workspace(NORDLYS)) is None


async def test_a_state_is_for_one_browser(desk: Stage) -> None:
    page, _ = await begun(desk)
    _, another = await begun(desk)
    back = await desk.person(ADA).consent(page)
    for cookie in (None, another):
        shown = await came_back(desk, back, cookie)
        assert (shown.status, "not made for this browser" in shown.text) == (400, True)
    assert not await in_acme(desk)


async def test_a_state_lives_for_ten_minutes(desk: Stage) -> None:
    page, state = await begun(desk)
    desk.time.pass_(timedelta(minutes=10))
    back = await desk.person(ADA).consent(page)
    shown = await came_back(desk, back, state)
    assert (shown.status, "too old" in shown.text) == (401, True)
    assert not await in_acme(desk)


@pytest.mark.parametrize("made_up", ["nonsense", "a.9999999999.00", "é.1.2", ".", "a.b." + "0" * 64])
async def test_a_state_that_the_desk_did_not_make_is_nothing(desk: Stage, made_up: str) -> None:
    page, _ = await begun(desk)
    code = parse_qs(urlsplit(await desk.person(ADA).consent(page)).query)["code"][0]
    url = f"{desk.url}/slack/oauth_redirect?{urlencode({'code': code, 'state': made_up})}"
    assert (await came_back(desk, url, made_up)).status in {400, 401}
    assert not await in_acme(desk)


async def test_a_code_that_slack_does_not_take_installs_nothing(
    desk: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    _, state = await begun(desk)
    url = f"{desk.url}/slack/oauth_redirect?{urlencode({'code': 'secret-code', 'state': state})}"
    shown = await came_back(desk, url, state)
    assert (shown.status, "Slack did not confirm it" in shown.text) == (401, True)
    assert "invalid_code" in caplog.text
    assert "secret-code" not in caplog.text


async def test_a_reason_from_the_address_is_text_and_not_markup(desk: Stage) -> None:
    url = f"{desk.url}/slack/oauth_redirect?{urlencode({'error': '<script>alert(1)</script>'})}"
    shown = await came_back(desk, url, None)
    assert "<script>" not in shown.text
    assert "&lt;script&gt;" in shown.text


async def test_slack_that_does_not_answer_installs_nothing(desk: Stage) -> None:
    page, state = await begun(desk)
    back = await desk.person(ADA).consent(page)
    await desk.fault("lost_answer", "oauth.v2.access")
    assert "Slack did not confirm it" in (await came_back(desk, back, state)).text
    assert not await in_acme(desk)


async def test_the_pages_are_not_there_with_a_static_token(web_stage: Stage) -> None:
    for path in ("/slack/install", "/slack/oauth_redirect"):
        async with web_stage.session.get(web_stage.url + path) as answer:
            assert answer.status == 404
