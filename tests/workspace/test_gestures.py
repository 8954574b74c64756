"""What reaches the app when somebody acts, and what the person sees when the app fails."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from aiohttp import web

from tests.ports import unused_port
from tests.workspace.blocks import actions, button, confirm, option, options, section, select
from tests.workspace.conftest import (
    AMIR,
    CLAIRE,
    INGRID,
    LEFT,
    LEGAL,
    SHARED,
    STRANGER,
    Desk,
    Start,
    serving,
)
from workspace import Seed, Shortcut
from workspace.driver import Impossible
from workspace.model import App

Json = dict[str, Any]


class Listener:
    """An app that writes down what it gets and answers as told."""

    def __init__(self) -> None:
        self.got: list[Json] = []
        self.headers: list[Any] = []
        self.answer = web.Response

    async def handle(self, request: web.Request) -> web.Response:
        form = await request.post()
        body: Any = dict(form) or await request.json()
        payload = body.get("payload")
        self.got.append(orjson.loads(payload) if payload else body)
        self.headers.append(request.headers)
        return self.answer()


@pytest.fixture
async def heard(start: Start) -> Any:
    """A workspace in front of a listener: `desk, listener`."""
    listener, port = Listener(), unused_port()
    app = web.Application()
    app.router.add_post("/slack/events", listener.handle)
    seed = Seed.strict()
    shortcuts = (Shortcut("everywhere", "Everywhere"), Shortcut("here", "Here", "message"))
    seed = Seed(**vars(seed) | {"app": App(shortcuts=shortcuts)})
    async with serving(app, port):
        desk = await start(seed=seed, request_url=f"http://127.0.0.1:{port}/slack/events")
        yield desk, listener


async def posted(desk: Desk, *blocks: Json, channel: str = LEGAL, **facts: Any) -> None:
    await desk.client.chat_postMessage(channel=channel, text="x", blocks=list(blocks), **facts)


async def test_a_click_has_slacks_shape(heard: Any) -> None:
    desk, listener = heard
    await posted(desk, actions(button("ok", value="r-1", style="primary"), block_id="acts"))
    message = await desk.person(CLAIRE).last()
    await desk.person(CLAIRE).click(message, "ok", settle=0)

    [body] = listener.got
    assert body["type"] == "block_actions"
    assert body["user"] == {"id": CLAIRE, "username": "claire", "name": "claire", "team_id": "T0ACME0001"}
    assert body["team"] == {"id": "T0ACME0001", "domain": "acme"}
    assert (body["enterprise"], body["is_enterprise_install"]) == (None, False)
    assert body["channel"] == {"id": LEGAL, "name": "legal-approvals"}
    assert body["container"] == {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": LEGAL,
        "is_ephemeral": False,
    }
    assert body["message"]["ts"] == message.ts
    assert body["response_url"].startswith(f"{desk.ws.base_url}/response/T0ACME0001/")
    [action] = body["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == ("ok", "acts", "r-1")
    assert action["text"] == {"type": "plain_text", "text": "text", "emoji": True}
    assert body["state"] == {"values": {}}
    assert listener.headers[0]["Content-Type"] == "application/x-www-form-urlencoded"


async def test_an_ephemeral_click_carries_no_message(heard: Any) -> None:
    desk, listener = heard
    await desk.client.chat_postEphemeral(channel=LEGAL, user=CLAIRE, text="x", blocks=[actions(button())])
    claire = desk.person(CLAIRE)
    await claire.click(await claire.last(), "press", settle=0)
    assert listener.got[0]["container"]["is_ephemeral"] is True
    assert "message" not in listener.got[0]


async def test_a_click_in_a_grid_names_the_enterprise(heard: Any) -> None:
    desk, listener = heard
    client = desk.web_client(desk.ws.installations.of_team("T0NORDLYS1").bot_token)
    await client.chat_postMessage(channel=INGRID, text="x", blocks=[actions(button())])
    ingrid = desk.person(INGRID)
    await ingrid.click(await ingrid.last("dm"), "press", settle=0)
    body = listener.got[0]
    assert body["enterprise"] == {"id": "E0NORDLYS1", "name": "Nordlys Group"}
    assert body["team"]["enterprise_id"] == "E0NORDLYS1"
    assert body["channel"]["name"] == "directmessage"


async def test_a_stranger_brings_their_own_team(heard: Any) -> None:
    desk, listener = heard
    await posted(desk, actions(button()), channel=SHARED)
    sol = desk.person(STRANGER)
    await sol.click(await sol.last(), "press", settle=0)
    body = listener.got[0]
    assert (body["team"]["id"], body["user"]["team_id"]) == ("T0RIVAGE01", "T0RIVAGE01")
    opened = await desk.client.views_open(
        trigger_id=body["trigger_id"],
        view={"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": []},
    )
    assert opened["view"]["app_installed_team_id"] == "T0ACME0001"
    assert opened["view"]["team_id"] == "T0RIVAGE01"
    for attempt in (sol.open_home(), sol.command("/approvals", channel=SHARED), sol.messages("dm")):
        with pytest.raises(Impossible, match="no_app"):
            await attempt


async def test_a_leaver_cannot_act(heard: Any) -> None:
    desk, _ = heard
    with pytest.raises(Impossible, match="deactivated"):
        await desk.person(LEFT).messages()


async def test_menus_in_a_message(heard: Any) -> None:
    desk, listener = heard
    overflow = {"type": "overflow", "action_id": "more", "options": options(2)}
    await posted(desk, actions(select(options=[option(1)]), overflow, block_id="acts"))
    claire = desk.person(CLAIRE)
    message = await claire.last()
    await claire.click(message, "choose", value="v1", settle=0)
    await claire.click(message, "more", value="v0", settle=0)
    assert listener.got[0]["actions"][0]["selected_option"]["value"] == "v1"
    assert listener.got[1]["actions"][0]["selected_option"]["value"] == "v0"
    assert listener.got[1]["state"]["values"]["acts"]["choose"]["selected_option"]["value"] == "v1"
    with pytest.raises(Impossible, match="no_such_option"):
        await claire.click(message, "more", value="v7")


async def test_buttons_of_an_attachment(heard: Any) -> None:
    desk, listener = heard
    await desk.client.chat_postMessage(
        channel=LEGAL, text="x", attachments=[{"color": "#2eb886", "blocks": [actions(button("deep"))]}]
    )
    claire = desk.person(CLAIRE)
    await claire.click(await claire.last(), "deep", settle=0)
    assert listener.got[0]["actions"][0]["action_id"] == "deep"


async def test_a_denied_confirmation_tells_nobody(heard: Any) -> None:
    desk, listener = heard
    await posted(desk, actions(button(confirm=confirm())))
    claire = desk.person(CLAIRE)
    outcome = await claire.click(await claire.last(), "press", confirm=False)
    assert (outcome.cancelled, outcome.confirm["title"]["text"], listener.got) == (True, "text", [])


async def test_commands(heard: Any) -> None:
    desk, listener = heard
    await desk.person(CLAIRE).command("/approvals  list mine ", channel="#legal-approvals", settle=0)
    [form] = listener.got
    assert (form["command"], form["text"]) == ("/approvals", "list mine")
    assert (form["channel_id"], form["channel_name"]) == (LEGAL, "legal-approvals")
    assert (form["user_id"], form["team_id"], form["is_enterprise_install"]) == (
        CLAIRE,
        "T0ACME0001",
        "false",
    )


async def test_shortcuts(heard: Any) -> None:
    desk, listener = heard
    await posted(desk, section())
    claire = desk.person(CLAIRE)
    await claire.shortcut("everywhere", settle=0)
    await claire.shortcut("here", await claire.last(), settle=0)
    anywhere, here = listener.got
    assert (anywhere["type"], anywhere["callback_id"]) == ("shortcut", "everywhere")
    assert (here["type"], here["message"]["text"]) == ("message_action", "x")
    with pytest.raises(Impossible, match="no_such_shortcut"):
        await claire.shortcut("here")


@pytest.mark.parametrize(
    ("answer", "warning"),
    [
        (lambda: web.Response(status=500), "the app answered with an error"),
        (lambda: web.Response(status=404), "the app answered with an error"),
        (lambda: web.Response(text="{", content_type="application/json"), "the app answered with an error"),
    ],
)
async def test_an_app_that_fails(heard: Any, answer: Any, warning: str) -> None:
    desk, listener = heard
    listener.answer = answer
    await posted(desk, actions(button()))
    claire = desk.person(CLAIRE)
    outcome = await claire.click(await claire.last(), "press")
    assert outcome.warning == warning
    [call] = await desk.operator.calls(name="block_actions")
    assert (call["ok"], call["error"]) == (False, "dispatch_failed")


async def test_an_app_that_is_not_there(start: Start) -> None:
    desk = await start(request_url=f"http://127.0.0.1:{unused_port()}/slack/events")
    await posted(desk, actions(button()))
    claire = desk.person(CLAIRE)
    outcome = await claire.click(await claire.last(), "press")
    assert outcome.warning == "the app could not be reached"


async def test_no_way_to_the_app(desk: Desk) -> None:
    await posted(desk, actions(button()))
    claire = desk.person(CLAIRE)
    outcome = await claire.click(await claire.last(), "press")
    assert outcome.warning == "the app is not configured to handle this"


async def test_an_app_that_is_late(start: Start) -> None:
    """The deadline passes on the workspace's clock; the app goes on, as it would with Slack."""

    def configure(app: Any) -> None:
        @app.action("press")
        async def slow(ack: Any) -> None:
            await desk.operator.post("clock", advance=3.1)
            await ack()

    desk = await start(configure=configure)
    await desk.operator.post("clock", freeze=True)
    await posted(desk, actions(button()))
    claire = desk.person(CLAIRE)
    outcome = await claire.click(await claire.last(), "press")
    assert (outcome.warning, outcome.warning_code) == ("operation timed out", "operation_timeout")


@pytest.mark.parametrize("answer", [{"text": "hi", "sparkle": True}, {"blocks": [{"type": "nothing"}]}])
async def test_an_invalid_answer_to_a_command_is_trouble(heard: Any, answer: Json) -> None:
    desk, listener = heard
    listener.answer = lambda: web.json_response(answer)
    outcome = await desk.person(CLAIRE).command("/approvals")
    assert outcome.warning == "we had some trouble connecting"


async def test_a_command_answered_in_the_channel(heard: Any) -> None:
    desk, listener = heard
    listener.answer = lambda: web.json_response({"text": "all see this", "response_type": "in_channel"})
    outcome = await desk.person(CLAIRE).command("/approvals", channel="#legal-approvals")
    assert [m.text for m in outcome.messages] == ["all see this"]
    assert (await desk.person(AMIR).last()).text == "all see this"
