"""What Slack sends for another app gets nothing in, whoever signed it and however it came."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from approvals.model import State
from bot import action_ids
from bot.pin import Pin
from tests.bot.installed import ACME, ADA, install, uninstalled
from tests.bot.stage import AMIR, Stage, amir, staged
from tests.bot.test_signatures import APP, JSON, a_click, send, signed, state
from workspace import Seed

OTHER = "A0RIVAGE01"
MINE = {"type": "block_actions", "api_app_id": APP}
THEIRS = {"type": "block_actions", "api_app_id": OTHER}


def as_app(stage: Stage, app: str) -> None:
    """From now on Slack says that what it sends is for that app."""
    stage.ws.app = replace(stage.ws.app, id=app)


async def test_a_click_for_another_app_decides_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    await stage.apply(amir())
    request = await stage.submit()
    card = await stage.card(AMIR)
    as_app(stage, OTHER)
    outcome = await stage.person(AMIR).click(card, action_ids.APPROVE)
    # Over HTTP 401; over a socket it is acknowledged, so that it does not come again.
    assert outcome.warning == (None if stage.ws.transport == "socket" else "the app answered with an error")
    assert (await stage.request(request.id)).state is State.ASSIGNED
    assert "refused a delivery for another Slack app" in caplog.text
    as_app(stage, APP)
    await stage.person(AMIR).click(card, action_ids.APPROVE)
    assert (await stage.until(request.id, lambda r: r.state.terminal)).outcome == "approved"


@pytest.mark.parametrize("app", [OTHER, "", APP.lower(), None])
async def test_another_app_is_401_and_leaves_no_trace(web_stage: Stage, app: str | None) -> None:
    body, request_id = await a_click(web_stage)
    mine = f"%22{APP}%22".encode()
    theirs = body.replace(mine, b"null" if app is None else f"%22{app}%22".encode())
    assert theirs != body
    headers = signed(web_stage, theirs)
    assert [await send(web_stage, theirs, headers) for _ in range(2)] == [401, 401]
    assert await state(web_stage, request_id) is State.ASSIGNED
    # Nor was its signature remembered as one that was here.
    assert await web_stage.store.cards.first_sight("signature", headers[1][1])
    assert await send(web_stage, body, signed(web_stage, body)) == 200
    assert await state(web_stage, request_id) is State.DECIDED


async def test_commands_and_events_are_for_one_app_too(web_stage: Stage) -> None:
    command = f"command=%2Fapprovals&text=list&team_id={ACME}&user_id=U1&api_app_id="
    event = {"type": "event_callback", "team_id": ACME, "event_id": "Ev1", "event": {"type": "user_change"}}
    for app, status in ((APP, 200), (OTHER, 401)):
        body = (command + app).encode()
        assert await send(web_stage, body, signed(web_stage, body)) == status
        body = orjson.dumps({**event, "api_app_id": app})
        assert await send(web_stage, body, signed(web_stage, body), JSON) in {
            status,
            404 if app == APP else 401,
        }


async def test_slack_may_try_the_address(web_stage: Stage) -> None:
    body = orjson.dumps({"type": "url_verification", "challenge": "c"})
    assert await send(web_stage, body, signed(web_stage, body), JSON) == 200
    assert await send(web_stage, b"ssl_check=1", signed(web_stage, b"ssl_check=1")) == 200


@pytest.mark.filterwarnings("ignore:BasicAuth:DeprecationWarning")
async def test_a_desk_that_people_install_learns_which_app_it_is(tmp_path: Path) -> None:
    async with uninstalled(tmp_path) as desk:
        event = {
            "type": "event_callback",
            "team_id": ACME,
            "event_id": "Ev1",
            "event": {"type": "tokens_revoked"},
        }

        async def heard(app: str, event_id: str) -> int:
            body = orjson.dumps({**event, "event_id": event_id, "event_time": 1, "api_app_id": app})
            return await send(desk, body, signed(desk, body), JSON)

        assert await heard(OTHER, "Ev1") == 200
        await install(desk, ADA)
        assert await desk.store.installations.app() == APP
        assert (await heard(OTHER, "Ev2"), await heard(APP, "Ev3")) == (401, 200)


async def test_over_a_socket_slack_says_which_app_it_is(tmp_path: Path) -> None:
    async with staged(tmp_path, "socket", Seed.strict(), pinned=False) as desk:
        await desk.apply(amir())
        request = await desk.submit()
        card = await desk.card(AMIR)
        as_app(desk, OTHER)
        await desk.person(AMIR).click(card, action_ids.APPROVE)
        assert (await desk.request(request.id)).state is State.ASSIGNED


# The pin itself


def told(*answers: str | None) -> Callable[[], Awaitable[str | None]]:
    """What is on record, at each asking."""
    left = iter(answers)

    async def ask() -> str | None:
        return next(left)

    return ask


async def test_while_nobody_knows_the_app_any_is_taken() -> None:
    pin = Pin(None)
    assert [await pin.fits(one) for one in (MINE, THEIRS, {"type": "block_actions"})] == [True] * 3
    pin.learn(APP)
    assert [await pin.fits(one) for one in (MINE, THEIRS, {"type": "block_actions"})] == [True, False, False]


async def test_what_somebody_has_said_counts_before_what_slack_says(caplog: pytest.LogCaptureFixture) -> None:
    pin = Pin(APP, told())
    pin.learn(OTHER)
    assert "SLACK_APP_ID names another app" in caplog.text
    assert [await pin.fits(one) for one in (MINE, THEIRS)] == [True, False]


async def test_the_record_is_asked_only_where_it_matters() -> None:
    pin = Pin(None, told(None, APP, APP, OTHER, None))
    assert await pin.fits(THEIRS)  # Nothing is on record yet.
    assert await pin.fits(MINE)
    assert await pin.fits(MINE)  # Known, and not asked.
    assert not await pin.fits(THEIRS)
    assert await pin.fits(THEIRS)  # Another app was installed in its place.
    assert not await pin.fits(MINE)  # The database does not answer: what was known counts.
