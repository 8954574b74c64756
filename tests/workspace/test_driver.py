"""The driver waits without hammering, and says what it saw instead."""

from __future__ import annotations

import asyncio

import pytest

from tests.workspace.blocks import actions, button, home, section
from tests.workspace.conftest import AMIR, CLAIRE, LEGAL, Desk
from workspace.driver import NeverSeen, Person, people


async def test_waiting_for_what_comes_later(desk: Desk) -> None:
    waiting = asyncio.ensure_future(desk.person(CLAIRE).wait_for(text="awaited", where="#legal-approvals"))
    await desk.client.chat_postMessage(channel=LEGAL, text="something else")
    await desk.client.chat_postMessage(channel=LEGAL, text="the awaited one")
    assert (await waiting).text == "the awaited one"


async def test_waiting_for_a_change(desk: Desk) -> None:
    posted = await desk.client.chat_postMessage(channel=LEGAL, text="x", blocks=[actions(button())])
    waiting = asyncio.ensure_future(desk.person(CLAIRE).wait_for(lambda message: not message.buttons))
    await desk.client.chat_update(channel=LEGAL, ts=posted["ts"], text="done", blocks=[section()])
    assert (await waiting).revision == 2


async def test_the_newest_of_several_is_taken(desk: Desk) -> None:
    for number in range(3):
        await desk.client.chat_postMessage(channel=LEGAL, text=f"card {number}")
    assert (await desk.person(CLAIRE).wait_for(text="card")).text == "card 2"


async def test_what_never_comes_is_told_with_what_came(desk: Desk) -> None:
    await desk.client.chat_postMessage(channel=LEGAL, text="only this")
    with pytest.raises(NeverSeen, match="only this"):
        await desk.person(CLAIRE).wait_for(text="that", timeout=0.05)
    with pytest.raises(NeverSeen):
        await desk.person(CLAIRE).wait_for_modal(timeout=0.05)
    with pytest.raises(NeverSeen):
        await desk.person(CLAIRE).last("dm")


async def test_waiting_for_app_home(desk: Desk) -> None:
    waiting = asyncio.ensure_future(desk.person(CLAIRE).wait_for_home(lambda view: "Inbox" in view.all_text))
    await desk.client.views_publish(user_id=CLAIRE, view=home(section()))
    inbox = home(section(text={"type": "plain_text", "text": "Inbox"}))
    await desk.client.views_publish(user_id=CLAIRE, view=inbox)
    assert "Inbox" in (await waiting).all_text


async def test_a_person_has_a_session_or_brings_one(desk: Desk) -> None:
    async with Person(desk.ws.base_url, CLAIRE) as claire:
        assert (await claire.say("hello")).text == "hello"
    async with people(desk.ws.base_url, CLAIRE, AMIR) as (claire, amir):
        assert (await claire.last("dm")).text == "hello"
        assert await amir.messages() == []


async def test_a_message_tells_its_parts(desk: Desk) -> None:
    await desk.client.chat_postMessage(
        channel=LEGAL,
        text="fallback",
        blocks=[section(), actions(button("go", value="r-1", style="danger"))],
        metadata={"event_type": "request", "event_payload": {"id": "r-1"}},
    )
    message = await desk.person(CLAIRE).last()
    go = message.button("go")
    assert go is not None
    assert (go.value, go.style, go.label, go.type) == ("r-1", "danger", "text", "button")
    assert message.button("stay") is None
    assert message.all_text == "fallback\ntext\ntext"
    assert message.metadata == {"event_type": "request", "event_payload": {"id": "r-1"}}
    assert (message.channel_name, message.by_bot, message.ephemeral) == ("legal-approvals", True, False)
