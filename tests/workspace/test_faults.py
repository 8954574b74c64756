"""Faults on command, as slack_sdk meets them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from tests.workspace.blocks import actions, button
from tests.workspace.conftest import CLAIRE, GENERAL, LEGAL, Desk, Start
from workspace.driver import Impossible


async def texts(desk: Desk) -> list[str]:
    return [m.text for m in await desk.person(CLAIRE).messages("#legal-approvals")]


async def fault(desk: Desk, kind: str, **facts: Any) -> None:
    await desk.operator.post("faults", kind=kind, **facts)


async def test_a_server_error_does_nothing(desk: Desk) -> None:
    await fault(desk, "error", name="chat.postMessage", status=503)
    answer = await desk.call("chat.postMessage", channel=LEGAL, text="x")
    assert (answer["http"], answer["error"]) == (503, "service_unavailable")
    assert await texts(desk) == []
    assert (await desk.call("chat.postMessage", channel=LEGAL, text="x"))["ok"]


async def test_a_storm_of_429(desk: Desk) -> None:
    await fault(desk, "ratelimited", times=3, seconds=7)
    for _ in range(3):
        answer = await desk.call("chat.postMessage", channel=LEGAL, text="x")
        assert (answer["http"], answer["headers"]["Retry-After"]) == (429, "7")
    assert (await desk.call("chat.postMessage", channel=LEGAL, text="x"))["ok"]


async def test_a_refusal_by_name(desk: Desk) -> None:
    await fault(desk, "refuse", error="fatal_error", name="chat.update")
    assert (await desk.call("chat.update", channel=LEGAL, ts="1.0"))["error"] == "fatal_error"


async def test_faults_are_for_a_method_and_a_channel(desk: Desk) -> None:
    await fault(desk, "error", name="chat.postMessage", channel=LEGAL, times=None)
    assert (await desk.call("chat.postMessage", channel=GENERAL, text="x"))["ok"]
    assert (await desk.call("auth.test"))["ok"]
    assert (await desk.call("chat.postMessage", channel=LEGAL, text="x"))["http"] == 500
    await desk.operator.clear_faults()
    assert (await desk.call("chat.postMessage", channel=LEGAL, text="x"))["ok"]


async def test_an_answer_lost_after_success(desk: Desk) -> None:
    await fault(desk, "lost_answer", name="chat.postMessage")
    with pytest.raises(aiohttp.ClientError):
        await desk.call("chat.postMessage", channel=LEGAL, text="posted all the same")
    assert await texts(desk) == ["posted all the same"]
    [call] = await desk.operator.calls(name="chat.postMessage")
    assert (call["ok"], call["fault"]) == (True, "lost_answer")


async def test_slack_sdk_repeats_a_post_whose_answer_was_lost(desk: Desk) -> None:
    """Its connection-error handler is on by default, so a lost answer makes two messages."""
    await fault(desk, "lost_answer", name="chat.postMessage")
    await desk.client.chat_postMessage(channel=LEGAL, text="twice")
    assert await texts(desk) == ["twice", "twice"]


async def test_an_answer_cut_in_its_middle(desk: Desk) -> None:
    await fault(desk, "cut", name="chat.postMessage")
    with pytest.raises((aiohttp.ClientError, SlackApiError)):
        await desk.client.chat_postMessage(channel=LEGAL, text="posted all the same")
    assert await texts(desk) == ["posted all the same"]


async def test_a_slow_answer(desk: Desk) -> None:
    await fault(desk, "delay", name="auth.test", seconds=0.2)
    started = time.monotonic()
    assert (await desk.call("auth.test"))["ok"]
    assert time.monotonic() - started >= 0.2


async def test_an_outage_of_minutes(desk: Desk) -> None:
    await desk.operator.post("clock", freeze=True)
    await desk.operator.post("outage", minutes=5)
    with pytest.raises(aiohttp.ClientError):
        await desk.call("auth.test")
    await desk.operator.post("clock", advance=299)
    with pytest.raises(aiohttp.ClientError):
        await desk.call("auth.test")
    await desk.operator.post("clock", advance=1)
    assert (await desk.call("auth.test"))["ok"]


@pytest.mark.parametrize("wrong", [{"kind": "earthquake"}, {"kind": "delay", "how": "badly"}])
async def test_faults_that_do_not_exist(desk: Desk, wrong: dict[str, Any]) -> None:
    with pytest.raises(Impossible, match="no_such_fault"):
        await desk.operator.post("faults", **wrong)


class Clicks:
    """A Bolt app that counts clicks and keeps their values in order."""

    def __init__(self) -> None:
        self.values: list[str] = []

    def configure(self, app: AsyncApp) -> None:
        @app.action("press")
        async def press(ack: Any, action: Any) -> None:
            self.values.append(action["value"])
            await ack()


async def clickable(start: Start, mode: str = "http") -> tuple[Desk, Clicks, list[Any]]:
    clicks = Clicks()
    desk = await start(configure=clicks.configure, mode=mode)
    for value in ("one", "two"):
        await desk.client.chat_postMessage(channel=CLAIRE, text=value, blocks=[actions(button(value=value))])
    return desk, clicks, await desk.person(CLAIRE).messages("dm")


@pytest.mark.parametrize("mode", ["http", "socket"])
async def test_deliveries_lost_doubled_and_overtaken(start: Start, mode: str) -> None:
    desk, clicks, [one, two] = await clickable(start, mode)
    claire = desk.person(CLAIRE)

    await fault(desk, "delivery_lost", name="block_actions")
    assert (await claire.click(one, "press")).warning == "the app answered with an error"
    assert clicks.values == []

    await fault(desk, "delivery_duplicate")
    assert (await claire.click(one, "press", settle=0)).warning is None
    assert clicks.values == ["one", "one"]

    clicks.values.clear()
    await fault(desk, "delivery_reorder", seconds=5)
    first = asyncio.ensure_future(claire.click(one, "press", settle=0))
    async with asyncio.timeout(5):
        while not await desk.operator.calls(name="block_actions", way="delivery", ok=True, since=3):
            await claire.messages("dm")
    await claire.click(two, "press", settle=0)
    await first
    assert clicks.values == ["two", "one"]


FORGED = {
    "delivery_tamper": 401,
    "delivery_wrong_secret": 401,
    "delivery_unsigned": 401,
}


@pytest.mark.parametrize("kind", FORGED)
async def test_forged_deliveries_are_refused_by_the_app(start: Start, kind: str) -> None:
    desk, clicks, [one, _] = await clickable(start)
    await fault(desk, kind)
    outcome = await desk.person(CLAIRE).click(one, "press")
    assert outcome.warning == "the app answered with an error"
    assert clicks.values == []
    [call] = await desk.operator.calls(name="block_actions")
    assert (call["status"], call["fault"]) == (FORGED[kind], kind)


@pytest.mark.parametrize(("seconds", "heard"), [(-298, True), (-302, False), (298, True), (302, False)])
async def test_five_minutes_of_skew(start: Start, seconds: float, heard: bool) -> None:
    desk, clicks, [one, _] = await clickable(start)
    await fault(desk, "delivery_skew", seconds=seconds)
    await desk.person(CLAIRE).click(one, "press", settle=0)
    assert clicks.values == (["one"] if heard else [])


async def test_a_replay_is_the_same_bytes_again(start: Start) -> None:
    desk, clicks, [one, _] = await clickable(start)
    await fault(desk, "delivery_replay")
    await desk.person(CLAIRE).click(one, "press", settle=0)
    first, second = await desk.operator.calls(name="block_actions")
    assert (first["fault"], second["fault"]) == ("delivery_replay", "replayed")
    assert first["sent"] == second["sent"]
    assert clicks.values == ["one", "one"]


@pytest.mark.parametrize("kind", ["delivery_malformed", "delivery_double_header"])
async def test_malformed_headers_are_sent_as_they_are(start: Start, kind: str) -> None:
    desk, clicks, [one, _] = await clickable(start)
    await fault(desk, kind)
    await desk.person(CLAIRE).click(one, "press", settle=0)
    [call] = await desk.operator.calls(name="block_actions")
    assert call["fault"] == kind
    if kind == "delivery_malformed":
        assert call["headers"]["X-Slack-Request-Timestamp"] == "yesterday"
        assert clicks.values == []
