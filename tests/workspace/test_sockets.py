"""Socket Mode: tickets, hello, one receiver per envelope, ten connections, goodbyes."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from tests.workspace.blocks import actions, button
from tests.workspace.conftest import CLAIRE, Desk


class Socket:
    """A bare client of one connection."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def open(self) -> aiohttp.ClientWebSocketResponse:
        answer = await self.desk.call("apps.connections.open", self.desk.ws.app_token)
        self.url = answer["url"]
        return await self.desk.session.ws_connect(self.url)


@pytest.fixture
async def stack() -> Any:
    async with AsyncExitStack() as opened:
        yield opened


async def connected(desk: Desk, stack: AsyncExitStack, count: int = 1) -> list[Any]:
    sockets = []
    for _ in range(count):
        socket = await Socket(desk).open()
        stack.push_async_callback(socket.close)
        assert (await socket.receive_json(timeout=5))["type"] == "hello"
        sockets.append(socket)
    return sockets


async def test_a_ticket_opens_one_connection(desk: Desk) -> None:
    client = Socket(desk)
    socket = await client.open()
    hello = await socket.receive_json(timeout=5)
    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    assert hello["connection_info"]["app_id"] == "A0DESK0001"
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await desk.session.ws_connect(client.url)
    await socket.close()


async def test_an_envelope_goes_to_one_and_the_ack_comes_back(desk: Desk, stack: AsyncExitStack) -> None:
    sockets = await connected(desk, stack, 2)
    claire = desk.person(CLAIRE)
    command = asyncio.ensure_future(claire.command("/approvals"))
    receiving = [asyncio.ensure_future(socket.receive_json()) for socket in sockets]
    [done], [other] = await asyncio.wait(receiving, return_when=asyncio.FIRST_COMPLETED, timeout=5)
    envelope = done.result()
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    assert envelope["payload"]["command"] == "/approvals"
    ack = {"envelope_id": envelope["envelope_id"], "payload": {"text": "by socket"}}
    await sockets[receiving.index(done)].send_json(ack)
    assert (await command).ephemeral.text == "by socket"
    assert not other.done()
    other.cancel()


async def test_ten_connections_and_no_more(desk: Desk, stack: AsyncExitStack) -> None:
    await connected(desk, stack, 10)
    await desk.operator.post("clock", advance=60)
    eleventh = await Socket(desk).open()
    assert await eleventh.receive_json(timeout=5) == {"type": "disconnect", "reason": "too_many_websockets"}
    assert (await eleventh.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE


async def test_a_warning_leaves_the_socket_open(desk: Desk, stack: AsyncExitStack) -> None:
    [socket] = await connected(desk, stack)
    await desk.operator.post("sockets", do="warning")
    assert (await socket.receive_json(timeout=5))["reason"] == "warning"
    assert len(desk.ws.sockets.connections) == 1


async def test_a_disabled_link_lets_open_envelopes_finish(desk: Desk, stack: AsyncExitStack) -> None:
    [socket] = await connected(desk, stack)
    command = asyncio.ensure_future(desk.person(CLAIRE).command("/approvals", settle=0))
    envelope = await socket.receive_json(timeout=5)
    await desk.operator.post("sockets", do="link_disabled")
    assert (await socket.receive_json(timeout=5))["reason"] == "link_disabled"
    await socket.send_json({"envelope_id": envelope["envelope_id"]})
    assert (await command).warning is None
    assert (await socket.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE


async def test_after_a_refresh_envelopes_take_the_new_connection(desk: Desk, stack: AsyncExitStack) -> None:
    [old] = await connected(desk, stack)
    await desk.operator.post("sockets", do="refresh_requested")
    assert (await old.receive_json(timeout=5))["reason"] == "refresh_requested"
    [new] = await connected(desk, stack)
    for _ in range(3):
        command = asyncio.ensure_future(desk.person(CLAIRE).command("/approvals", settle=0))
        envelope = await new.receive_json(timeout=5)
        await new.send_json({"envelope_id": envelope["envelope_id"]})
        assert (await command).warning is None


async def test_a_cut_socket_loses_the_gesture_but_not_the_event(desk: Desk, stack: AsyncExitStack) -> None:
    [socket] = await connected(desk, stack)
    command = asyncio.ensure_future(desk.person(CLAIRE).command("/approvals"))
    await socket.receive_json(timeout=5)
    await desk.operator.post("sockets", do="drop")
    assert (await command).warning == "the app answered with an error"

    [first, second] = await connected(desk, stack, 2)
    await desk.operator.patch(f"users/{CLAIRE}", title="Counsel")
    receiving = [asyncio.ensure_future(socket.receive_json()) for socket in (first, second)]
    [done], _ = await asyncio.wait(receiving, return_when=asyncio.FIRST_COMPLETED, timeout=5)
    event = done.result()
    assert (event["retry_attempt"], event["accepts_response_payload"]) == (0, False)
    await (first, second)[receiving.index(done)].close()
    [other] = [task for task in receiving if task is not done]
    again = await asyncio.wait_for(other, 5)
    assert (again["retry_attempt"], again["retry_reason"]) == (1, "connection_failed")
    assert again["payload"]["event_id"] == event["payload"]["event_id"]


async def test_an_insisting_transport_uses_no_other(desk: Desk) -> None:
    desk.ws.transport = "socket"
    await desk.client.chat_postMessage(channel=CLAIRE, text="x", blocks=[actions(button())])
    claire = desk.person(CLAIRE)
    assert (await claire.click(await claire.last(), "press")).warning == "the app answered with an error"
