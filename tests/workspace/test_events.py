"""The Events API: subscriptions, the retry ladder and its headers, the URL handshake."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import web

from tests.ports import unused_port
from tests.workspace.conftest import CLAIRE, Desk, Start, serving


class Ears:
    """An app that keeps each event with its headers and answers a status for each attempt."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.got: list[tuple[dict[str, Any], Any]] = []
        self.news = asyncio.Event()
        self.headers: dict[str, str] = {}

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.got.append((body, request.headers))
        self.news.set()
        if body["type"] == "url_verification":
            return web.json_response({"challenge": body["challenge"]})
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, headers=self.headers)

    async def hear(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.got) < count:
                self.news.clear()
                await self.news.wait()


async def listening(start: Start, stack: Any, ears: Ears) -> Desk:
    port = unused_port()
    app = web.Application()
    app.router.add_post("/slack/events", ears.handle)
    await stack.enter_async_context(serving(app, port))
    desk = await start(request_url=f"http://127.0.0.1:{port}/slack/events")
    await desk.operator.post("clock", freeze=True)
    return desk


@pytest.fixture
async def stack() -> Any:
    async with AsyncExitStack() as opened:
        yield opened


async def test_an_event_has_slacks_shape(start: Start, stack: Any) -> None:
    ears = Ears()
    desk = await listening(start, stack, ears)
    await desk.operator.patch(f"users/{CLAIRE}", tz="Europe/Paris")
    await ears.hear(1)
    body, headers = ears.got[0]
    assert (body["type"], body["team_id"], body["api_app_id"]) == (
        "event_callback",
        "T0ACME0001",
        "A0DESK0001",
    )
    assert body["event_id"].startswith("Ev")
    assert body["event"]["type"] == "user_change"
    assert body["event"]["user"]["tz"] == "Europe/Paris"
    assert body["authorizations"][0]["is_bot"] is True
    assert "X-Slack-Retry-Num" not in headers
    assert headers["Content-Type"] == "application/json"


async def test_three_retries_at_once_after_a_minute_and_after_five(start: Start, stack: Any) -> None:
    ears = Ears(500, 500, 500, 500)
    desk = await listening(start, stack, ears)
    await desk.operator.patch(f"users/{CLAIRE}", title="Counsel")
    await ears.hear(2)
    await desk.operator.post("clock", advance=59)
    assert len(ears.got) == 2
    await desk.operator.post("clock", advance=1)
    await ears.hear(3)
    await desk.operator.post("clock", advance=299)
    assert len(ears.got) == 3
    await desk.operator.post("clock", advance=1)
    await ears.hear(4)
    await desk.operator.post("clock", advance=3600)
    assert [h.get("X-Slack-Retry-Num") for _, h in ears.got] == [None, "1", "2", "3"]
    assert {h.get("X-Slack-Retry-Reason") for _, h in ears.got[1:]} == {"http_error"}
    assert len({body["event_id"] for body, _ in ears.got}) == 1


async def test_a_success_ends_the_ladder(start: Start, stack: Any) -> None:
    ears = Ears(500, 200)
    desk = await listening(start, stack, ears)
    await desk.operator.patch(f"users/{CLAIRE}", title="Counsel")
    await ears.hear(2)
    await desk.operator.post("clock", advance=3600)
    await desk.operator.patch(f"users/{CLAIRE}", title="Judge")
    await ears.hear(3)
    assert ears.got[2][0]["event"]["user"]["profile"]["title"] == "Judge"


async def test_the_app_may_ask_for_no_retry(start: Start, stack: Any) -> None:
    ears = Ears(500)
    ears.headers = {"X-Slack-No-Retry": "1"}
    desk = await listening(start, stack, ears)
    await desk.operator.patch(f"users/{CLAIRE}", title="Counsel")
    await ears.hear(1)
    await desk.operator.patch(f"users/{CLAIRE}", title="Judge")
    await ears.hear(2)
    assert ears.got[0][0]["event_id"] != ears.got[1][0]["event_id"]


async def test_the_reason_of_a_lost_delivery(start: Start, stack: Any) -> None:
    ears = Ears()
    desk = await listening(start, stack, ears)
    await desk.operator.post("faults", kind="delivery_lost", name="user_change")
    await desk.operator.patch(f"users/{CLAIRE}", title="Counsel")
    await ears.hear(1)
    assert ears.got[0][1]["X-Slack-Retry-Reason"] == "connection_failed"


async def test_leaving_is_told(start: Start, stack: Any) -> None:
    ears = Ears()
    desk = await listening(start, stack, ears)
    await desk.operator.post("tokens", do="revoke")
    await desk.operator.post("tokens", do="uninstall")
    await ears.hear(2)
    revoked, gone = sorted((body["event"] for body, _ in ears.got), key=lambda e: e["type"], reverse=True)
    bot = desk.ws.installations.of_team("T0ACME0001").bot_user
    assert revoked["tokens"] == {"oauth": [], "bot": [bot]}
    assert gone["type"] == "app_uninstalled"


async def test_nobody_hears_what_they_did_not_subscribe_to(start: Start, stack: Any) -> None:
    ears = Ears()
    desk = await listening(start, stack, ears)
    answer = await desk.operator.post("events", event={"type": "reaction_added", "user": CLAIRE})
    assert answer["event_id"] is None


async def test_the_handshake(start: Start, stack: Any) -> None:
    ears = Ears()
    desk = await listening(start, stack, ears)
    answer = await desk.operator.post("events", event={"type": "url_verification"})
    assert answer == {"passed": True, "fault": ""}
