"""API HumanLayer: every sample of its reference, run against a desk."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.external.conftest import Stage
from tests.external.programs import bash, node, python
from tests.external.samples import HUMANLAYER, documented, mended, sample

pytestmark = [pytest.mark.external, pytest.mark.asyncio(loop_scope="module")]


def code(name: str, after: str, stage: Stage) -> str:
    """A sample that can be run."""
    return mended(f"humanlayer {name}", HUMANLAYER, sample(HUMANLAYER, after), stage.url, stage.key)


async def test_curl_submits_and_checks(stage: Stage, tmp_path: Path) -> None:
    submitted = json.loads(await bash(tmp_path, code("curl submit", "curl — Submit a request", stage)))
    shown = documented(HUMANLAYER, "Response (200)", "⚠️")
    assert submitted == {**shown, "request_id": submitted["request_id"]}
    status = code("curl status", "curl — Check status", stage)
    waiting = json.loads(await bash(tmp_path, status, ID=submitted["request_id"]))["request"]
    shown = documented(HUMANLAYER, "Response (200) — pending", "Response (200) — decided")["request"]
    assert shown.keys() <= waiting.keys()
    assert (waiting["status"], waiting["verdict"], waiting["reasoning"]) == ("assigned", None, None)
    await stage.decide("approved", "The contract complies with Bill 25 standards.")
    decided = json.loads(await bash(tmp_path, status, ID=submitted["request_id"]))["request"]
    shown = documented(HUMANLAYER, "Response (200) — decided", "List Requests")["request"]
    assert shown.keys() <= decided.keys()
    assert (decided["status"], decided["verdict"]) == (shown["status"], shown["verdict"])
    assert len(decided["decision_signed_at"]) == len(shown["decision_signed_at"])


@pytest.mark.parametrize("verdict", ["approved", "rejected"])
async def test_the_javascript_flow(stage: Stage, tmp_path: Path, verdict: str) -> None:
    program = code("javascript", "JavaScript / Node.js — Full flow", stage)
    running = asyncio.ensure_future(node(tmp_path, program, HUMANLAYER_API_KEY=stage.key))
    await stage.decide(verdict, "Bill 25, section 12.")
    printed = await running
    assert f"verdict: '{verdict}'" in printed
    assert "reasoning: 'Bill 25, section 12.'" in printed


@pytest.mark.parametrize("verdict", ["approved", "rejected"])
async def test_the_python_flow(stage: Stage, tmp_path: Path, verdict: str) -> None:
    program = code("python", "Python — Full flow", stage)
    running = asyncio.ensure_future(python(tmp_path, program, HUMANLAYER_API_KEY=stage.key))
    await stage.decide(verdict, "Bill 25, section 12.")
    assert await running == f"Verdict: {verdict}\nReasoning: Bill 25, section 12.\n"


async def test_the_errors(stage: Stage) -> None:
    incomplete = {"request_type": "compliance", "domain": "legal"}
    status, answer = await stage.call("POST", "/ai-request", incomplete)
    assert (status, answer) == (400, documented(HUMANLAYER, "All errors return…", "Webhook"))
    status, answer = await stage.call("GET", "/ai-request?id=a1b2c3d4-...")
    assert (status, list(answer)) == (404, ["error"])


async def test_the_list(stage: Stage) -> None:
    asked = {"agent_id": "lister", "request_type": "judgment", "domain": "legal", "summary": "List"}
    made = [(await stage.call("POST", "/ai-request", asked))[1]["request_id"] for _ in range(2)]
    await stage.decide("approved")
    await stage.told()
    status, answer = await stage.call("GET", "/ai-request?agent_id=lister")
    assert (status, [request["id"] for request in answer["requests"]]) == (200, made[::-1])
    assert [request["verdict"] for request in answer["requests"]] == [None, "approved"]


async def test_the_callback(stage: Stage) -> None:
    asked = {
        "agent_id": "my-agent",
        "request_type": "signature",
        "domain": "legal",
        "summary": "Sign",
        "callback_url": stage.callbacks.url,
    }
    _, submitted = await stage.call("POST", "/ai-request", asked)
    await stage.decide("approved", "Compliant with standards...")
    told = json.loads((await stage.callbacks.next()).body)
    shown = documented(
        HUMANLAYER,
        "Instead of polling in a loop…",
        "✓ Recommended",
    )
    ours = {"request_id": submitted["request_id"], "signed_at": told["signed_at"], "outcome": "approved"}
    assert told == {**shown, **ours}
