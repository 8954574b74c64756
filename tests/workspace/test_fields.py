"""Fields of a modal: what can be entered, what Slack itself refuses, and what the app gets."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp

from tests.workspace.blocks import (
    actions,
    button,
    entry,
    input_block,
    modal,
    mrkdwn,
    option,
    options,
    plain,
    section,
    select,
)
from tests.workspace.conftest import AMIR, CLAIRE, Start
from tests.workspace.test_views import trigger
from workspace.driver import Impossible

FIELDS = [
    input_block(entry(max_length=10, min_length=3), block_id="typed"),
    input_block(
        {"type": "number_input", "action_id": "n", "is_decimal_allowed": False, "min_value": "2"},
        block_id="number",
        optional=True,
    ),
    input_block(select(), block_id="select", optional=True),
    input_block(
        {"type": "multi_static_select", "action_id": "m", "options": options(3), "max_selected_items": 2},
        block_id="many",
        optional=True,
    ),
    input_block(
        {"type": "checkboxes", "action_id": "c", "options": options(2)}, block_id="boxes", optional=True
    ),
    input_block(
        {"type": "radio_buttons", "action_id": "r", "options": options(2)}, block_id="radio", optional=True
    ),
    input_block({"type": "datepicker", "action_id": "d"}, block_id="date", optional=True),
    input_block({"type": "timepicker", "action_id": "t"}, block_id="time", optional=True),
    input_block({"type": "datetimepicker", "action_id": "dt"}, block_id="moment", optional=True),
    input_block({"type": "users_select", "action_id": "u"}, block_id="user", optional=True),
    input_block({"type": "email_text_input", "action_id": "e"}, block_id="email", optional=True),
    input_block({"type": "url_text_input", "action_id": "w"}, block_id="url", optional=True),
]


def sees(seen: list[Any]) -> Any:
    def configure(app: AsyncApp) -> None:
        @app.view("form")
        async def form(ack: Any, view: Any) -> None:
            seen.append(view["state"]["values"])
            await ack()

    return configure


async def test_every_field_reaches_the_app_in_slacks_shape(start: Start) -> None:
    seen: list[Any] = []
    desk = await start(configure=sees(seen))
    view = modal(*FIELDS, submit=plain("Send"), callback_id="form")
    await desk.call("views.open", trigger_id=trigger(desk), view=view)
    claire = desk.person(CLAIRE)

    result = await claire.submit(
        {
            "typed": "hello",
            "number": 4,
            "select": "v1",
            "many": ["v0", "option 2"],
            "boxes": ["v1"],
            "radio": "v0",
            "date": "2026-12-31",
            "time": "09:30",
            "moment": 1_800_000_000,
            "user": AMIR,
            "email": "a@b.example",
            "url": "https://b.example",
        }
    )

    assert result.closed
    assert result.errors == {}
    [values] = seen
    assert values["typed"]["typed"] == {"type": "plain_text_input", "value": "hello"}
    assert values["number"]["n"]["value"] == "4"
    assert values["select"]["choose"]["selected_option"]["value"] == "v1"
    assert [o["value"] for o in values["many"]["m"]["selected_options"]] == ["v0", "v2"]
    assert [o["value"] for o in values["boxes"]["c"]["selected_options"]] == ["v1"]
    assert values["radio"]["r"]["selected_option"]["value"] == "v0"
    assert values["date"]["d"] == {"type": "datepicker", "selected_date": "2026-12-31"}
    assert values["time"]["t"]["selected_time"] == "09:30"
    assert values["moment"]["dt"]["selected_date_time"] == 1_800_000_000
    assert values["user"]["u"]["selected_user"] == AMIR


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"typed": "x" * 11}, "too_long"),
        ({"typed": "two\nlines"}, "one_line_only"),
        ({"select": "v9"}, "no_such_option"),
        ({"many": ["v0", "v1", "v2"]}, "too_many"),
        ({"nothing": "x"}, "no_such_field"),
        ({"date": "tomorrow"}, "not_a_date"),
        ({"time": "25:00"}, "not_a_time"),
        ({"moment": "soon"}, "not_a_moment"),
        ({"user": "U0NOBODY01"}, "no_such_choice"),
    ],
)
async def test_what_cannot_be_entered(start: Start, values: dict[str, Any], error: str) -> None:
    desk = await start(configure=sees([]))
    await desk.call("views.open", trigger_id=trigger(desk), view=modal(*FIELDS, submit=plain("Send")))
    with pytest.raises(Impossible, match=error):
        await desk.person(CLAIRE).submit(values)


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({}, {"typed": "required"}),
        ({"typed": "ab"}, {"typed": "min_length:3"}),
        ({"typed": "abc", "number": "x"}, {"number": "not_a_number"}),
        ({"typed": "abc", "number": "2.5"}, {"number": "not_an_integer"}),
        ({"typed": "abc", "number": "1"}, {"number": "min_value:2"}),
        ({"typed": "abc", "email": "nobody"}, {"email": "not_an_email"}),
        ({"typed": "abc", "url": "ftp://x"}, {"url": "not_a_url"}),
    ],
)
async def test_what_slack_itself_does_not_submit(
    start: Start, values: dict[str, Any], errors: dict[str, str]
) -> None:
    seen: list[Any] = []
    desk = await start(configure=sees(seen))
    view = modal(*FIELDS, submit=plain("Send"), callback_id="form")
    await desk.call("views.open", trigger_id=trigger(desk), view=view)
    result = await desk.person(CLAIRE).submit(values)
    assert (result.errors, result.local, seen) == (errors, True, [])


async def test_options_are_suggested_by_the_app(start: Start) -> None:
    seen: list[Any] = []

    def configure(app: AsyncApp) -> None:
        @app.options("ask")
        async def ask(ack: Any, payload: Any) -> None:
            await ack(options=[{"text": plain(payload["value"].upper()), "value": "found"}])

        sees(seen)(app)

    desk = await start(configure=configure)
    field = {"type": "external_select", "action_id": "ask", "min_query_length": 1}
    view = modal(input_block(field, block_id="who"), submit=plain("Send"), callback_id="form")
    await desk.call("views.open", trigger_id=trigger(desk), view=view)
    claire = desk.person(CLAIRE)
    with pytest.raises(Impossible, match="no_such_option"):
        await claire.fill("who", "found")
    assert (await claire.suggest("ask", "ada"))["options"][0]["text"]["text"] == "ADA"
    await claire.submit({"who": "found"})
    assert seen[0]["who"]["ask"]["selected_option"]["value"] == "found"


async def test_buttons_and_menus_in_a_modal(start: Start) -> None:
    told: list[Any] = []

    def configure(app: AsyncApp) -> None:
        @app.action("press")
        @app.action("choose")
        async def pressed(ack: Any, body: Any, client: Any) -> None:
            await ack()
            told.append((body["actions"][0], body["container"], body.get("response_url")))
            await client.views_update(view_id=body["view"]["id"], view=modal(section(text=mrkdwn("pressed"))))

    desk = await start(configure=configure)
    view = modal(actions(button(value="b"), select(options=[option(1)]), block_id="acts"))
    await desk.call("views.open", trigger_id=trigger(desk), view=view)
    claire = desk.person(CLAIRE)
    outcome = await claire.click_in_modal("choose", value="v1")
    assert "pressed" in outcome.modal.all_text
    action, container, response_url = told[0]
    assert action["selected_option"]["value"] == "v1"
    assert container == {"type": "view", "view_id": outcome.modal.id}
    assert response_url is None
    with pytest.raises(Impossible, match="no_such_element"):
        await claire.click_in_modal("press")
