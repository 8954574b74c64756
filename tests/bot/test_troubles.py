"""A slow or absent database, lost triggers, dropped sockets, repeated events: always one true answer."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from approvals.errors import StoreUnavailable
from approvals.model import State
from bot import action_ids, front, sockets, web
from bot.busy import Busy
from tests.bot.stage import AMIR, CLAIRE, Stage, amir, claire, staged
from workspace.sockets import Sockets


@asynccontextmanager
async def locked(folder: Path) -> AsyncIterator[sqlite3.Connection]:
    """Somebody else holds the database for writing."""
    other = sqlite3.connect(folder / "desk.db", isolation_level=None, check_same_thread=False)
    # In a thread: the desk may be writing itself, and needs this loop to finish.
    await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
    try:
        yield other
    finally:
        other.close()


async def test_a_slow_database_keeps_a_click_waiting_without_an_error(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front, "PATIENCE_S", 0.01)
    monkeypatch.setattr(web, "SIGHT_S", 0.01)
    await stage.apply(amir())
    request = await stage.submit()
    card = await stage.card(AMIR)
    await stage.on_record(request.id, card.ts)
    async with locked(tmp_path) as other:
        outcome = await stage.person(AMIR).click(card, action_ids.APPROVE, settle=0)
        assert outcome.warning is None
        assert (await stage.request(request.id)).state is State.ASSIGNED
        other.execute("ROLLBACK")
    assert "Approved by Amir Haddad" in (await stage.closed(AMIR)).all_text


async def test_a_slow_database_keeps_a_view_open_until_it_is_recorded(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.apply(amir())
    request = await stage.submit()
    card = await stage.card(AMIR)
    await stage.on_record(request.id, card.ts)
    person = stage.person(AMIR)
    await person.click(card, action_ids.REJECT)
    await stage.until(request.id, lambda r: r.started_at is not None)
    monkeypatch.setattr(front, "PATIENCE_S", 0.01)
    monkeypatch.setattr(web, "SIGHT_S", 0.01)
    async with locked(tmp_path) as other:
        waiting = await person.submit({action_ids.REASONING: "No."})
        assert waiting.view is not None
        assert "Not recorded yet" in waiting.view.all_text
        other.execute("ROLLBACK")
    assert await person.wait_for_modal(lambda view: "Recorded." in view.all_text)
    assert (await stage.request(request.id)).outcome == "rejected"


async def test_a_database_that_is_down_is_never_a_silent_success(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.apply(amir())
    request = await stage.submit()
    card = await stage.card(AMIR)
    await stage.on_record(request.id, card.ts)
    person = stage.person(AMIR)
    opened = await person.click(card, action_ids.REJECT)
    assert opened.modal is not None

    async def down(*_: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(stage.store.writer, "write", down)
    submitted = await person.submit({action_ids.REASONING: "No."})
    clicked = await person.click(card, action_ids.APPROVE)

    assert submitted.view is not None
    assert "Not recorded" in submitted.view.all_text
    assert clicked.ephemeral is not None
    assert "Not recorded" in clicked.ephemeral.text
    assert (await stage.request(request.id)).state is State.ASSIGNED


async def test_a_view_that_cannot_be_opened_is_said_and_strands_nothing(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit()
    card = await stage.card(AMIR)
    await stage.fault("refuse", "views.open", error="expired_trigger_id")

    outcome = await stage.person(AMIR).click(card, action_ids.REJECT)
    assert outcome.modal is None
    assert outcome.ephemeral is not None
    assert "try again" in outcome.ephemeral.text

    again = await stage.person(AMIR).click(card, action_ids.REJECT)
    assert again.modal is not None
    assert (await stage.request(request.id)).state is State.ASSIGNED


async def test_closing_a_view_decides_nothing(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit()
    person = stage.person(AMIR)
    await person.click(await stage.card(AMIR), action_ids.REJECT)
    await person.close_modal()
    assert (await stage.request(request.id)).state is State.ASSIGNED
    assert await person.modal() is None


async def test_a_view_that_is_gone_is_answered_in_one_of_its_own(web_stage: Stage) -> None:
    """A button is pressed in a view that is closed before the desk answers."""
    await web_stage.apply(amir())
    await web_stage.submit(context={"text": "é" * 30_000})
    person = web_stage.person(AMIR)
    await person.click(await web_stage.card(AMIR), action_ids.DETAILS)
    await web_stage.fault("refuse", "views.update", error="not_found", times=2)

    answer = await person.click_in_modal(action_ids.PAGE_ON)

    assert answer.modal_opened
    assert answer.modal is not None
    assert answer.modal.callback_id == action_ids.NOTICE_MODAL


async def test_slack_that_does_not_say_who_somebody_is_means_no(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit()
    card = await stage.card(AMIR)
    stage.ws.directory.join("C0LEGAL001", stage.user_id(CLAIRE))
    await stage.apply(amir(), claire())
    await stage.slack.chat_postMessage(channel="C0LEGAL001", text="shared", blocks=card.body["blocks"])
    shared = await stage.person(CLAIRE).wait_for(text="shared", where="#legal-approvals")
    await stage.fault("error", "users.info", times=None)

    outcome = await stage.person(CLAIRE).click(shared, action_ids.APPROVE)

    assert outcome.ephemeral is not None
    assert "Slack did not answer" in outcome.ephemeral.text
    assert (await stage.request(request.id)).state is State.ASSIGNED


async def test_a_dropped_socket_comes_back(stage: Stage) -> None:
    if stage.ws.transport != "socket":
        return
    await stage.apply(amir())
    request = await stage.submit()
    card = await stage.card(AMIR)
    await stage.operator.post("sockets", do="refresh_requested")
    await stage.ws.sockets.wait_accepted(2)

    outcome = await stage.person(AMIR).click(card, action_ids.APPROVE)

    assert outcome.warning is None
    assert (await stage.request(request.id)).outcome == "approved"


async def test_an_address_that_is_used_up_is_not_tried_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "PING_S", 0.05)
    redeem, refused = Sockets.redeem, set[str]()

    def refuse_the_first(self: Sockets, ticket: str) -> bool:
        refused.update({ticket} if not refused else ())
        return ticket not in refused and redeem(self, ticket)

    monkeypatch.setattr(Sockets, "redeem", refuse_the_first)
    async with staged(tmp_path, "socket") as stage:
        await stage.apply(amir())
        request = await stage.submit()
        await stage.person(AMIR).click(await stage.card(AMIR), action_ids.APPROVE)
        assert (await stage.request(request.id)).outcome == "approved"
    assert refused


async def test_an_event_that_comes_twice_counts_once(stage: Stage) -> None:
    await stage.apply(amir())
    await stage.fault("delivery_duplicate", "app_home_opened")
    await stage.person(AMIR).open_home()
    assert len(await stage.calls("views.publish")) == 1


async def test_a_429_before_a_person_is_told_and_not_slept_over(stage: Stage) -> None:
    await stage.apply(amir())
    card_with = await stage.submit()
    card = await stage.card(AMIR)
    await stage.fault("ratelimited", "views.open", seconds=30)

    outcome = await stage.person(AMIR).click(card, action_ids.REJECT)

    assert outcome.warning is None
    assert outcome.ephemeral is not None
    assert "try again" in outcome.ephemeral.text
    assert (await stage.request(card_with.id)).state is State.ASSIGNED


async def test_a_listener_at_work_may_finish_when_the_desk_stops() -> None:
    busy, done = Busy(), asyncio.Event()
    working = asyncio.ensure_future(done.wait())
    busy.holding(working)
    asyncio.get_running_loop().call_soon(done.set)
    await busy.drain(within_s=5)
    assert working.done()


def test_slack_is_never_kept_waiting_for_three_seconds() -> None:
    assert front.PATIENCE_S + web.SIGHT_S < 3
    assert web.ACK_PATH_S < 3


async def test_a_delivery_that_comes_twice_decides_once(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    request = await web_stage.submit()
    card = await web_stage.card(AMIR)
    await web_stage.fault("delivery_duplicate", "block_actions")
    outcome = await web_stage.person(AMIR).click(card, action_ids.APPROVE)
    assert outcome.warning is None
    facts = [r.event.kind.value for r in await web_stage.store.timeline(request.project, request.id)]
    assert facts.count("decided") == 1
