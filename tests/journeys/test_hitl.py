"""HITL.sh's client, unchanged: a template, a webhook, a review; a Sentinel edits the text in Slack."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.dialects.hitl.reviewing import REVIEW, TEMPLATE
from tests.journeys.process import DeskProcess, desk_process
from tests.journeys.world import World, world


@pytest.fixture
async def around() -> AsyncIterator[World]:
    """Slack and a receiver."""
    async with world() as made:
        yield made


@pytest.fixture
async def desk(around: World, tmp_path: Path) -> AsyncIterator[DeskProcess]:
    """A running desk."""
    async with desk_process(tmp_path, None, **around.slack("http")) as made:
        await made.start()
        around.workspace.request_url = f"{made.url}/slack/events"
        yield made


class Client:
    """As the reference's own samples call."""

    def __init__(self, around: World, desk: DeskProcess, key: str) -> None:
        self._http = around.http
        self._base = desk.url
        self._headers = {"Authorization": f"Bearer {key}"}

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's data."""
        url = f"{self._base}/v1/{path}"
        async with self._http.request(method, url, json=body, headers=self._headers) as answer:
            words = await answer.json()
            assert words["success"], words
            return words["data"]


async def test_an_edited_text_comes_back_signed(around: World, desk: DeskProcess) -> None:
    client = Client(around, desk, await desk.key("requests"))
    template = await client.call("POST", "templates", TEMPLATE)
    hook = {"url": around.receiver.url, "events": ["review.started", "review.completed"]}
    webhook = await client.call("POST", "webhooks", hook)
    content = {**REVIEW["content"], "metadata": {"domain": "legal", "jurisdiction": "Québec"}}
    asked = {"template_id": template["id"], "content": content, "assignees": ["marie@example.com"]}
    review = await client.call("POST", "reviews", asked)
    assert review["status"] == "created"

    marie = around.person("marie@example.com")
    card = await marie.wait_for(lambda m: m.button("approval.modify") is not None, where="dm", timeout=20)
    assert (await marie.click(card, action_id="approval.modify")).modal is not None
    began = (await around.receiver.next()).verified(webhook["secret"])
    assert (began["event"], began["review"]["reviewer"]) == ("review.started", "marie@example.com")
    assert (await client.call("GET", f"reviews/{review['id']}"))["status"] == "in_progress"
    edited = {"field.content": "Revised content...", "field.feedback": "Great content"}
    assert (await marie.submit(edited)).closed

    called = await around.receiver.next()
    body = called.verified(webhook["secret"])
    expected = hmac.new(webhook["secret"].encode(), called.body, hashlib.sha256).hexdigest()
    assert called.headers["x-hitl-signature"] == expected
    result = {"approved": True, "content": "Revised content...", "feedback": "Great content"}
    found = await client.call("GET", f"reviews/{review['id']}")
    assert (body["event"], body["review"]["result"], found["result"]) == ("review.completed", result, result)
    assert body["review"]["reviewer"] == found["reviewer"] == "marie@example.com"
    assert found["status"] == "completed"
