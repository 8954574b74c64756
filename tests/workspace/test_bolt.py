"""A real slack_bolt app works against the workspace, over HTTP and over Socket Mode alike."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp

from tests.workspace.conftest import AMIR, CLAIRE
from workspace import Seed
from workspace.driver import Impossible

MODES = pytest.mark.parametrize("mode", ["http", "socket"])


def card(state: str = "pending") -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": f"Payment to Globex ({state})"}},
        {"type": "section", "block_id": "facts", "text": {"type": "mrkdwn", "text": "*Amount* 12 400 $"}},
    ]
    if state == "pending":
        blocks.append(
            {
                "type": "actions",
                "block_id": "decide",
                "elements": [
                    {
                        "type": "button",
                        "action_id": "approve",
                        "style": "primary",
                        "value": "r-1",
                        "text": {"type": "plain_text", "text": "Approve"},
                    },
                    {
                        "type": "button",
                        "action_id": "reject",
                        "style": "danger",
                        "value": "r-1",
                        "text": {"type": "plain_text", "text": "Reject"},
                        "confirm": {
                            "title": {"type": "plain_text", "text": "Sure?"},
                            "text": {"type": "plain_text", "text": "It cannot be undone."},
                            "confirm": {"type": "plain_text", "text": "Reject"},
                            "deny": {"type": "plain_text", "text": "Back"},
                        },
                    },
                    {
                        "type": "button",
                        "action_id": "tell",
                        "text": {"type": "plain_text", "text": "Tell me"},
                    },
                    {"type": "button", "action_id": "swap", "text": {"type": "plain_text", "text": "Swap"}},
                ],
            }
        )
    return blocks


def modal(**facts: Any) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": "reason",
        "title": {"type": "plain_text", "text": "Reject"},
        "submit": {"type": "plain_text", "text": "Send"},
        "private_metadata": "r-1",
        "blocks": [
            {
                "type": "input",
                "block_id": "reasoning",
                "label": {"type": "plain_text", "text": "Why?"},
                "element": {"type": "plain_text_input", "action_id": "reasoning", "min_length": 5},
            }
        ],
    } | facts


def configure(app: AsyncApp) -> None:
    @app.action("approve")
    async def approve(ack: Any, body: Any, client: Any) -> None:
        await ack()
        await client.chat_update(
            channel=body["channel"]["id"], ts=body["message"]["ts"], text="Approved", blocks=card("approved")
        )

    @app.action("reject")
    async def reject(ack: Any, body: Any, client: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=modal())
        await ack()

    @app.action("tell")
    async def tell(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="Only you see this", replace_original=False, response_type="ephemeral")

    @app.action("swap")
    async def swap(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="Swapped", replace_original=True)

    @app.view("reason")
    async def reason(ack: Any, view: Any) -> None:
        said = view["state"]["values"]["reasoning"]["reasoning"]["value"]
        if said == "wrong":
            await ack(response_action="errors", errors={"reasoning": "Say more"})
        elif said == "update":
            await ack(response_action="update", view=modal(callback_id="done", blocks=[{"type": "divider"}]))
        elif said == "push it":
            await ack(response_action="push", view=modal(callback_id="second"))
        elif said == "clear":
            await ack(response_action="clear")
        else:
            await ack()

    @app.view("second")
    async def second(ack: Any) -> None:
        await ack(response_action="clear")

    @app.command("/approvals")
    async def command(ack: Any, command: Any) -> None:
        await ack(f"Nothing for {command['user_id']}: {command['text']}")

    @app.event("app_home_opened")
    async def home(event: Any, client: Any) -> None:
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": card()})


@MODES
async def test_a_card_is_approved(start: Any, mode: str) -> None:
    desk = await start(configure=configure, mode=mode)
    await desk.client.chat_postMessage(channel=CLAIRE, text="Please decide", blocks=card())
    claire = desk.person("claire@acme.example")

    message = await claire.wait_for(text="Globex", where="dm")
    outcome = await claire.click(message, "approve")

    assert outcome.warning is None
    assert outcome.message.text == "Approved"
    assert not outcome.message.buttons


@MODES
async def test_a_modal_opens_complains_and_closes(start: Any, mode: str) -> None:
    desk = await start(configure=configure, mode=mode)
    await desk.client.chat_postMessage(channel=CLAIRE, text="Please decide", blocks=card())
    claire = desk.person(CLAIRE)
    message = await claire.last("dm")

    cancelled = await claire.click(message, "reject", confirm=False)
    assert cancelled.kinds == {"cancelled"}
    assert await claire.modal() is None

    opened = await claire.click(message, "reject")
    assert opened.modal.title == "Reject"

    empty = await claire.submit({})
    assert (empty.errors, empty.local) == ({"reasoning": "required"}, True)
    short = await claire.submit({"reasoning": "no"})
    assert (short.errors, short.local) == ({"reasoning": "min_length:5"}, True)
    refused = await claire.submit({"reasoning": "wrong"})
    assert (refused.errors, refused.local) == ({"reasoning": "Say more"}, False)
    pushed = await claire.submit({"reasoning": "push it"})
    assert pushed.view.callback_id == "second"
    assert pushed.view.raw["depth"] == 2
    cleared = await claire.submit({"reasoning": "all good"})
    assert cleared.closed
    assert await claire.modal() is None


@MODES
async def test_ephemerals_are_for_one_reader(start: Any, mode: str) -> None:
    desk = await start(configure=configure, mode=mode)
    await desk.client.chat_postMessage(channel="#legal-approvals", text="Please decide", blocks=card())
    claire, amir = desk.person(CLAIRE), desk.person(AMIR)
    message = await claire.last("#legal-approvals")

    told = await claire.click(message, "tell")
    assert told.ephemeral.text == "Only you see this"
    assert all(not m.ephemeral for m in await amir.messages("#legal-approvals"))

    swapped = await amir.click(message, "swap")
    assert swapped.message.text == "Swapped"


@MODES
async def test_commands_and_app_home(start: Any, mode: str) -> None:
    desk = await start(configure=configure, mode=mode)
    claire = desk.person(CLAIRE)

    answered = await claire.command("/approvals list all")
    assert answered.ephemeral.text == f"Nothing for {CLAIRE}: list all"
    with pytest.raises(Impossible, match="no_such_command"):
        await claire.command("/unknown")

    home = await claire.open_home()
    assert [b.action_id for b in home.buttons] == ["approve", "reject", "tell", "swap"]


async def test_a_socket_client_comes_back_after_a_refresh(start: Any) -> None:
    desk = await start(configure=configure, mode="socket")
    await desk.operator.post("sockets", do="refresh_requested")
    async with asyncio.timeout(10):
        await desk.ws.sockets.wait_accepted(2)
    answered = await desk.person(CLAIRE).command("/approvals again")
    assert answered.ephemeral.text == f"Nothing for {CLAIRE}: again"


async def test_nobody_presses_what_is_not_there(start: Any) -> None:
    desk = await start(configure=configure)
    await desk.client.chat_postMessage(channel=CLAIRE, text="Please decide", blocks=card())
    claire, amir = desk.person(CLAIRE), desk.person(AMIR)
    message = await claire.last()

    with pytest.raises(Impossible, match="no_such_element"):
        await claire.click(message, "nonsense")
    with pytest.raises(Impossible, match="no_such_message"):
        await amir.click(message, "approve")
    await claire.click(message, "approve")
    with pytest.raises(Impossible, match="no_such_element"):
        await claire.click(message, "approve")


async def test_the_seed_is_repeatable() -> None:
    assert Seed.strict() == Seed.strict()
