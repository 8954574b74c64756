"""Response URLs: five uses in thirty minutes, and what may be posted to them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workspace.blocks import actions, button
from tests.workspace.conftest import AMIR, CLAIRE, RANDOM, Desk

TEAM = "T0ACME0001"


async def address(desk: Desk, channel: str = CLAIRE) -> tuple[str, str]:
    """A response URL at a message, and the message's ts."""
    posted = await desk.client.chat_postMessage(channel=channel, text="x", blocks=[actions(button())])
    ws = desk.ws
    token = ws.response_urls.issue(CLAIRE, TEAM, posted["channel"], ws.clock.now(), posted["ts"])
    return f"{ws.base_url}/response/{token}", posted["ts"]


async def send(desk: Desk, url: str, **answer: Any) -> tuple[int, str]:
    async with desk.session.post(url, json=answer) as response:
        return response.status, await response.text()


async def test_five_uses(desk: Desk) -> None:
    url, _ = await address(desk)
    for _ in range(5):
        assert await send(desk, url, text="again") == (200, "ok")
    assert await send(desk, url, text="again") == (404, "used_url")


@pytest.mark.parametrize(("seconds", "status"), [(1800, 200), (1801, 404)])
async def test_thirty_minutes(desk: Desk, seconds: float, status: int) -> None:
    await desk.operator.post("clock", freeze=True)
    url, _ = await address(desk)
    await desk.operator.post("clock", advance=seconds)
    assert (await send(desk, url, text="late"))[0] == status


async def test_an_address_that_is_none(desk: Desk) -> None:
    assert await send(desk, f"{desk.ws.base_url}/response/T1/2/x", text="x") == (404, "invalid_url")


async def test_replacing_and_deleting(desk: Desk) -> None:
    url, ts = await address(desk)
    claire = desk.person(CLAIRE)
    await send(desk, url, text="changed", replace_original=True)
    assert [(m.ts, m.text) for m in await claire.messages("dm")] == [(ts, "changed")]
    await send(desk, url, delete_original=True)
    assert await claire.messages("dm") == []
    assert await send(desk, url, delete_original=True) == (400, "message_not_found")


async def test_new_messages(desk: Desk) -> None:
    url, _ = await address(desk, "#legal-approvals")
    await send(desk, url, text="yours")
    await send(desk, url, text="everyone's", response_type="in_channel")
    assert [m.text for m in await desk.person(AMIR).messages()] == ["x", "everyone's"]
    assert [m.text for m in await desk.person(CLAIRE).messages()] == ["x", "yours", "everyone's"]


async def test_it_works_where_the_bot_is_no_member(desk: Desk) -> None:
    token = desk.ws.response_urls.issue(CLAIRE, TEAM, RANDOM, desk.ws.clock.now())
    assert await send(desk, f"{desk.ws.base_url}/response/{token}", text="x") == (200, "ok")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({}, "no_text"),
        ({"text": "x", "colour": "red"}, "invalid_payload"),
        ({"blocks": [{"type": "nothing"}]}, "invalid_blocks"),
    ],
)
async def test_what_is_refused_counts_no_use(desk: Desk, answer: Any, error: str) -> None:
    url, _ = await address(desk)
    for _ in range(6):
        assert await send(desk, url, **answer) == (400, error)
    assert await send(desk, url, text="fine") == (200, "ok")
    assert len(await desk.operator.calls(way="response_url", ok=False)) == 6
