"""HITL.sh: every sample of its reference, run against a desk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.external.conftest import Stage
from tests.external.programs import bash, python
from tests.external.samples import HITL, documented, mended, sample

pytestmark = [pytest.mark.external, pytest.mark.asyncio(loop_scope="module")]


def code(name: str, after: str, before: str, stage: Stage) -> str:
    """A sample that can be run."""
    return mended(f"hitl {name}", HITL, sample(HITL, after, before), stage.url, stage.key)


async def reviewed(stage: Stage, folder: Path) -> Any:
    """A review as the samples make it, with the samples' template; the answer."""
    form = code("template", "Create a Template", "Webhook Integration", stage)
    template = json.loads(await bash(folder, form))
    assert template["success"], template
    sent = code("create", "Create a Review", "Response:", stage)
    sent = sent.replace("$TEMPLATE", template["data"]["id"])
    return json.loads(await bash(folder, sent))


async def test_templates_and_reviews(stage: Stage, tmp_path: Path) -> None:
    answer = await reviewed(stage, tmp_path)
    shown = documented(HITL, "Response:", "Create a Template")
    assert list(answer) == [*shown, "meta"]
    assert list(answer["data"]) == list(shown["data"])
    same = ("content", "assignees", "priority", "status")
    assert {n: answer["data"][n] for n in same} == {n: shown["data"][n] for n in same}
    envelope = documented(HITL, "Error responses:", "Common HTTP Status Codes")
    assert list(answer["meta"]) == list(envelope["meta"])
    assert (await stage.told())["reviewer"] == shown["data"]["assignees"][0]


async def test_errors(stage: Stage) -> None:
    status, answer = await stage.call("POST", "/v1/reviews", {})
    shown = documented(HITL, "Error responses:", "Common HTTP Status Codes")
    assert (status, list(answer), list(answer["error"])) == (400, list(shown), list(shown["error"]))
    assert answer["error"]["code"] == shown["error"]["code"]
    assert shown["error"]["details"].keys() <= answer["error"]["details"].keys()


async def test_webhooks_and_their_signature(stage: Stage, tmp_path: Path) -> None:
    wanted = {"url": stage.callbacks.url, "events": ["review.completed"]}
    _, made = await stage.call("POST", "/v1/webhooks", wanted)
    review = (await reviewed(stage, tmp_path))["data"]
    feedback = "Great content, approved with minor edits"
    await stage.decide("modified", feedback, modified_action="Revised content...")
    heard = await stage.callbacks.next()
    told = json.loads(heard.body)
    shown = documented(HITL, "Review completed webhook:", "Webhook Security")
    assert (list(told), told["event"]) == (list(shown), shown["event"])
    assert list(told["review"]) == list(shown["review"])
    assert (told["review"]["id"], told["review"]["reviewer"]) == (review["id"], "reviewer@company.com")
    assert told["review"]["result"] == {**told["review"]["result"], **shown["review"]["result"]}
    verify = code("verify", "Signature verification:", "SDKs and Libraries", stage)
    facts = [heard.body.decode(), heard.headers["x-hitl-signature"], made["data"]["secret"]]
    calls = f"""
facts = {facts!r}
print(verify_webhook_signature(*facts))
print(verify_webhook_signature(facts[0] + " ", *facts[1:]))
"""
    assert await python(tmp_path, verify + calls) == "True\nFalse\n"


async def test_retries(stage: Stage, tmp_path: Path) -> None:
    retrying = code("retry", "Exponential backoff:", "Best Practices", stage)
    calls = f"""
import json, requests
keys = ["wrong", {stage.key!r}]
def listed():
    answer = requests.get("{stage.url}/v1/reviews", headers={{"Authorization": "Bearer " + keys.pop(0)}})
    answer.raise_for_status()
    return answer.json()
print(json.dumps(retry_with_backoff(listed)["data"]))
"""
    assert list(json.loads(await python(tmp_path, retrying + calls))) == ["reviews"]
