"""Where a callback may never go is said at once: when a request is made, in every dialect, by its field."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from scheduler.guard import Guard
from tests.api.bench import Bench, opened
from tests.api.dialects.humanlayer.test_submit import SUBMIT
from tests.scheduler.test_guard import GOOD, REFUSED_AT_ONCE

ASKING: list[tuple[str, Any]] = [
    ("/ai-request", SUBMIT),
    ("/api/v1/requests", {"title": "t", "payload": {}}),
    ("/reviews", {"task_type": "t", "proposed_action": "p"}),
    ("/v1/reviews", {"content": {"text": "t"}}),
]


@pytest.fixture
async def guarded() -> AsyncIterator[Bench]:
    """A desk with the guard that it has in earnest, and nothing allowed."""
    bench = await opened(callback_guard=Guard().refusal, default_rate=None)
    yield bench
    await bench.client.close()


@pytest.mark.parametrize(("path", "body"), ASKING)
async def test_it_is_a_400_that_names_the_field(guarded: Bench, path: str, body: Any) -> None:
    key = await guarded.key()
    for url in filter(None, REFUSED_AT_ONCE):
        answer = await guarded.call("POST", path, key, json={**body, "callback_url": url})
        said = await answer.text()
        assert (answer.status, "callback_url" in said) == (400, True), (url, said)
    for url in GOOD:
        answer = await guarded.call("POST", path, key, json={**body, "callback_url": url})
        assert answer.status in {200, 201}, (url, await answer.text())


@pytest.mark.parametrize(
    ("path", "scope", "body"),
    [
        ("/desk/v1/endpoints", "admin", {"dialect": "hitl"}),
        ("/v1/webhooks", "requests", {"events": ["review.completed"]}),
    ],
)
async def test_an_endpoint_s_address_is_held_to_the_same(
    guarded: Bench, path: str, scope: str, body: Any
) -> None:
    key = await guarded.key(scope)
    for url in REFUSED_AT_ONCE:
        answer = await guarded.call("POST", path, key, json={**body, "url": url})
        assert (answer.status, "url" in await answer.text()) == (400, True), url
