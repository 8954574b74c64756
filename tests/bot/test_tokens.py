"""Tokens that live for twelve hours: a new one in time, fetched once, whoever needs it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from approvals.installations import Installation, Workspace
from bot import action_ids, tokens
from bot.busy import Busy
from bot.config import OAuth
from bot.slack_api import NoAnswer
from bot.tokens import Tokens
from store.engine import Store, open_store
from tests.bot.installed import ACME, ADA, AMIR, asks, decided, install, two_projects, uninstalled
from tests.bot.stage import Stage
from tests.builders import PROJECT

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth:DeprecationWarning")

HERE = Workspace(ACME)
SOON = timedelta(hours=10, seconds=1)
TOO_LATE = timedelta(hours=12)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Stage]:
    """The app in Acme, with tokens that rotate."""
    async with uninstalled(tmp_path, rotation=True) as stage:
        await install(stage, ADA)
        await two_projects(stage)
        yield stage


class Replica(Tokens):
    """The tokens of one process."""

    busy: Busy

    async def done(self) -> None:
        """Wait for what it does in the background."""
        await self.busy.drain(within_s=5)


async def kept(stage: Stage, turn: int) -> Installation:
    """The installation once it has the token of that turn."""

    async def look() -> Installation | None:
        found = await stage.store.installations.find(HERE)
        return found if found is not None and found.turn == turn else None

    return await stage.after_commits(look)


async def fetched(stage: Stage) -> int:
    """How often a refresh token was handed in, taken or not."""
    return sum("refresh_token" in call["sent"] for call in await stage.calls("oauth.v2.access"))


def replica(stage: Stage, store: Store) -> Replica:
    """Another process's tokens over the same database."""
    client = AsyncWebClient(base_url=stage.ws.api_url, session=stage.session, retry_handlers=[])
    app = stage.ws.app
    oauth = OAuth(app.client_id, app.client_secret or "", "", "")
    busy = Busy()
    made = Replica(store.installations, client, oauth, stage.time, (aiohttp.ClientError,), busy.holding)
    made.busy = busy
    return made


@asynccontextmanager
async def another_store(stage: Stage, folder: Path) -> AsyncIterator[Store]:
    url = f"sqlite+aiosqlite:///{folder}/desk.db"
    async with open_store(url, secret="s" * 32, clock=stage.time) as store:
        yield store


async def test_a_token_is_left_alone_until_two_hours_before_its_end(desk: Stage) -> None:
    desk.time.pass_(SOON - timedelta(seconds=30))
    await asks(desk)
    await desk.card(AMIR)
    assert await fetched(desk) == 0


async def test_a_card_on_its_way_has_the_token_renewed(desk: Stage) -> None:
    first = await kept(desk, 0)
    assert first.expires_at is not None
    desk.time.pass_(SOON)
    await asks(desk)
    await desk.card(AMIR)
    second = await kept(desk, 1)
    assert second.token != first.token
    assert second.refresh_token != first.refresh_token
    assert second.token == desk.ws.installations.of_team(ACME).bot_token
    assert second.expires_at is not None
    assert timedelta(hours=11, minutes=59) < second.expires_at - desk.time() <= timedelta(hours=12)
    await asks(desk)
    await desk.cards(AMIR, 2)
    assert await fetched(desk) == 1


async def test_a_click_after_its_end_gets_a_new_one_first(desk: Stage) -> None:
    request = await asks(desk)
    card = await desk.card(AMIR)
    await desk.on_record(request.id, card.ts)
    desk.time.pass_(TOO_LATE)
    person = desk.person(AMIR)
    outcome = await person.click(card, action_ids.REJECT)
    assert outcome.modal_opened
    await person.submit({action_ids.REASONING: "No."})
    assert (await decided(desk, PROJECT, request.id)).outcome == "rejected"
    assert "Rejected by Amir Haddad" in (await desk.closed(AMIR)).all_text
    assert await fetched(desk) == 1


@pytest.mark.parametrize("passed", [SOON, TOO_LATE])
async def test_two_replicas_never_spend_one_refresh_token_twice(
    desk: Stage, tmp_path: Path, passed: timedelta
) -> None:
    desk.time.pass_(passed)
    async with another_store(desk, tmp_path) as store:
        both = [replica(desk, desk.store), replica(desk, store)]
        asked = await asyncio.gather(*(t.of(HERE) for t in both * 20), return_exceptions=True)
        fresh = await kept(desk, 1)
        assert await fetched(desk) == 1
        # Whoever came too late for the old one and was not the one to fetch the new one tries again.
        assert all(isinstance(one, str | NoAnswer) for one in asked)
        assert {await t.of(HERE) for t in both} == {fresh.token}
    assert await fetched(desk) == 1


async def test_a_call_that_the_change_overtakes_is_made_again(desk: Stage, tmp_path: Path) -> None:
    desk.time.pass_(SOON)
    async with another_store(desk, tmp_path) as store:
        mine, theirs = replica(desk, desk.store), replica(desk, store)
        line = tokens.Line(mine, HERE, desk.ws.api_url, session=desk.session)
        await desk.fault("delay", "auth.test", seconds=0.1)
        # Slack looks at the token after the other process has had it changed.
        answer, _ = await asyncio.gather(line.auth_test(), theirs.of(HERE))
        assert answer["team_id"] == ACME
        await kept(desk, 1)
    refused = [call["error"] for call in await desk.calls("auth.test")]
    assert refused == ["token_expired", ""]


async def test_a_refresh_token_that_slack_does_not_take_is_said_once_a_try(
    desk: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    before = await kept(desk, 0)
    desk.ws.renew(desk.ws.installations.of_team(ACME))
    desk.time.pass_(SOON)
    mine = replica(desk, desk.store)
    assert await mine.of(HERE) == before.token
    await mine.done()
    assert "install the app there again" in caplog.text
    assert "invalid_refresh_token" in caplog.text
    for _ in range(3):
        assert await mine.of(HERE) == before.token
    assert await fetched(desk) == 1
    desk.time.pass_(TOO_LATE - SOON)
    with pytest.raises(NoAnswer, match="token_expired"):
        await mine.of(HERE)
    assert before.token not in caplog.text
    assert str(before.refresh_token) not in caplog.text


async def test_an_answer_that_is_lost_leaves_the_old_token_its_time(
    desk: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    before = await kept(desk, 0)
    await desk.fault("lost_answer", "oauth.v2.access")
    desk.time.pass_(SOON)
    mine = replica(desk, desk.store)
    assert await mine.of(HERE) == before.token
    await mine.done()
    assert "Slack did not answer" in caplog.text
    assert (await kept(desk, 0)).token == before.token


async def test_a_database_that_is_down_takes_no_token_away(
    desk: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = replica(desk, desk.store)
    before = await mine.of(HERE)

    async def down(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(type(desk.store.installations._engines), "rows", down)
    assert await mine.of(HERE) == before
    with pytest.raises(NoAnswer, match="not_installed"):
        await mine.of(Workspace("T0NORDLYS1"))


async def test_a_new_token_is_kept_though_the_database_fails_at_first(
    desk: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "SAVING_S", (0.0, 0.0, 0.0))
    installations = desk.store.installations
    keep, failures = type(installations).end_rotation, [1, 2]

    async def fails_twice(self: object, *given: Installation) -> bool:
        if failures:
            failures.pop()
            raise tokens.StoreUnavailable
        return await keep(installations, *given)

    monkeypatch.setattr(type(installations), "end_rotation", fails_twice)
    desk.time.pass_(TOO_LATE)
    mine = replica(desk, desk.store)
    assert await mine.of(HERE) == desk.ws.installations.of_team(ACME).bot_token
    assert failures == []
