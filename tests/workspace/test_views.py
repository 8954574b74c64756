"""views.*: triggers, stacks, hashes, external ids and App Home."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp

from tests.workspace.blocks import (
    entry,
    home,
    input_block,
    plain,
    section,
)
from tests.workspace.blocks import modal as modal_of
from tests.workspace.conftest import AMIR, CLAIRE, Desk, Start
from workspace.driver import Impossible

TEAM = "T0ACME0001"


def modal(*blocks: Any, **facts: Any) -> dict[str, Any]:
    return modal_of(*(blocks or (section(),)), **facts)


def trigger(desk: Desk, view: str = "") -> str:
    return desk.ws.triggers.issue(CLAIRE, TEAM, desk.ws.clock.now(), view)


async def test_a_trigger_is_good_once(desk: Desk) -> None:
    trigger_id = trigger(desk)
    assert (await desk.call("views.open", trigger_id=trigger_id, view=modal()))["ok"]
    again = await desk.call("views.open", trigger_id=trigger_id, view=modal())
    assert again["error"] == "exchanged_trigger_id"


@pytest.mark.parametrize(("seconds", "error"), [(3, None), (3.01, "expired_trigger_id")])
async def test_a_trigger_is_good_for_three_seconds(desk: Desk, seconds: float, error: str | None) -> None:
    await desk.operator.post("clock", freeze=True)
    trigger_id = trigger(desk)
    await desk.operator.post("clock", advance=seconds)
    answer = await desk.call("views.open", trigger_id=trigger_id, view=modal())
    assert answer.get("error") == error


@pytest.mark.parametrize("trigger_id", ["1.2.3", "", None, 5])
async def test_a_trigger_that_is_none(desk: Desk, trigger_id: object) -> None:
    answer = await desk.call("views.open", trigger_id=trigger_id, view=modal())
    assert answer["error"] == "invalid_trigger_id"


async def test_an_invalid_view_does_not_use_the_trigger_up(desk: Desk) -> None:
    trigger_id = trigger(desk)
    wrong = modal(title=plain("x" * 25))
    answer = await desk.call("views.open", trigger_id=trigger_id, view=wrong)
    assert answer["error"] == "invalid_arguments"
    assert "[json-pointer:/view/title/text]" in answer["response_metadata"]["messages"][1]
    assert await desk.person(CLAIRE).modal() is None
    assert (await desk.call("views.open", trigger_id=trigger_id, view=modal()))["ok"]


async def test_three_modals_are_a_full_stack(desk: Desk) -> None:
    opened = await desk.call("views.open", trigger_id=trigger(desk), view=modal())
    second = await desk.call("views.push", trigger_id=trigger(desk), view=modal())
    third = await desk.call("views.push", trigger_id=trigger(desk), view=modal())
    assert third["view"]["previous_view_id"] == second["view"]["id"]
    assert third["view"]["root_view_id"] == opened["view"]["id"]
    fourth = await desk.call("views.push", trigger_id=trigger(desk), view=modal())
    assert fourth["error"] == "push_limit_reached"


async def test_nothing_is_pushed_on_nothing(desk: Desk) -> None:
    assert (await desk.call("views.push", trigger_id=trigger(desk), view=modal()))["error"] == "not_found"


async def test_external_ids_are_unique_in_a_team(desk: Desk) -> None:
    first = await desk.call("views.open", trigger_id=trigger(desk), view=modal(external_id="one"))
    assert first["ok"]
    clash = await desk.call("views.push", trigger_id=trigger(desk), view=modal(external_id="one"))
    assert clash["error"] == "duplicate_external_id"
    updated = await desk.call("views.update", external_id="one", view=modal(external_id="one"))
    assert updated["view"]["id"] == first["view"]["id"]


async def test_updates_mind_the_hash(desk: Desk) -> None:
    view = (await desk.call("views.open", trigger_id=trigger(desk), view=modal()))["view"]
    fresh = await desk.call("views.update", view_id=view["id"], hash=view["hash"], view=modal())
    assert fresh["view"]["hash"] != view["hash"]
    stale = await desk.call("views.update", view_id=view["id"], hash=view["hash"], view=modal())
    assert stale["error"] == "hash_conflict"
    assert (await desk.call("views.update", view_id="V0NOTHING1", view=modal()))["error"] == "not_found"


async def test_an_update_keeps_what_was_typed(desk: Desk) -> None:
    view = modal(input_block(entry(), block_id="why"), submit=plain("Send"))
    opened = await desk.call("views.open", trigger_id=trigger(desk), view=view)
    claire = desk.person(CLAIRE)
    await claire.fill("why", "because")
    updated = await desk.call("views.update", view_id=opened["view"]["id"], view=view)
    assert updated["view"]["state"]["values"]["why"]["typed"]["value"] == "because"


async def test_app_home_is_published_per_person(desk: Desk) -> None:
    first = await desk.call("views.publish", user_id=CLAIRE, view=home(section()))
    assert (await desk.person(CLAIRE).home()).id == first["view"]["id"]
    assert await desk.person(AMIR).home() is None
    stale = await desk.call("views.publish", user_id=CLAIRE, view=home(section()), hash="1.stale")
    assert stale["error"] == "hash_conflict"
    again = await desk.call("views.publish", user_id=CLAIRE, view=home(), hash=first["view"]["hash"])
    assert again["view"]["id"] == first["view"]["id"]
    for user in ("U0NOBODY01", "W0INGRID01"):
        answer = await desk.call("views.publish", user_id=user, view=home())
        assert answer["error"] == "invalid_arguments"
    assert (await desk.call("views.publish", user_id=CLAIRE, view=modal()))["error"] == "invalid_arguments"


async def test_closing_is_told_to_who_asked(start: Start) -> None:
    closed: list[tuple[str, bool]] = []

    def configure(app: AsyncApp) -> None:
        @app.view_closed("told")
        async def told(ack: Any, body: Any) -> None:
            closed.append((body["view"]["callback_id"], body["is_cleared"]))
            await ack()

    desk = await start(configure=configure)
    claire = desk.person(CLAIRE)
    loud = modal(callback_id="told", notify_on_close=True)
    await desk.call("views.open", trigger_id=trigger(desk), view=modal(callback_id="quiet"))
    await desk.call("views.push", trigger_id=trigger(desk), view=loud)
    await claire.close_modal()
    assert (await claire.modal()).callback_id == "quiet"
    await desk.call("views.push", trigger_id=trigger(desk), view=loud)
    await claire.close_modal(everything=True)
    assert await claire.modal() is None
    assert closed == [("told", False), ("told", True)]
    with pytest.raises(Impossible, match="no_modal"):
        await claire.close_modal()


@pytest.mark.parametrize(
    "wrong",
    [
        {"response_action": "errors", "errors": {"elsewhere": "wrong"}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "explode"},
        {"response_action": "update", "view": modal(title=plain("x" * 25))},
        {"response_action": "update"},
    ],
)
async def test_an_invalid_ack_of_a_submission_is_trouble(start: Start, wrong: dict[str, Any]) -> None:
    def configure(app: AsyncApp) -> None:
        @app.view("form")
        async def form(ack: Any) -> None:
            await ack(wrong)

    desk = await start(configure=configure)
    view = modal(input_block(block_id="why"), submit=plain("Send"), callback_id="form")
    await desk.call("views.open", trigger_id=trigger(desk), view=view)
    claire = desk.person(CLAIRE)
    result = await claire.submit({"why": "because"})
    assert result.warning == "we had some trouble connecting"
    assert (await claire.modal()).callback_id == "form"
    assert [call["error"] for call in await desk.operator.calls(way="ack")]
