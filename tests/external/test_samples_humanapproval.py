"""Human Approval: its reference and every one of its examples, run against a desk."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.external.conftest import Stage
from tests.external.programs import ROOT, bash, free_port, node, node_modules, python, serving, tool
from tests.external.samples import EXAMPLES, HUMANAPPROVAL, documented, mended, sample

pytestmark = [pytest.mark.external, pytest.mark.asyncio(loop_scope="module")]


def code(name: str, after: str, before: str, stage: Stage) -> str:
    """An example that can be run."""
    return mended(f"humanapproval {name}", EXAMPLES, sample(EXAMPLES, after, before), stage.url, stage.key)


async def test_the_reference(stage: Stage) -> None:
    asked = sample(HUMANAPPROVAL, "Request Body:", "Fields:")
    body = json.loads(mended("humanapproval create", HUMANAPPROVAL, asked, stage.url, stage.key))
    status, request = await stage.call("POST", "/api/v1/requests", body)
    shown = documented(HUMANAPPROVAL, "Response: 201 Created", "Error Response")
    assert (status, list(request)) == (201, list(shown))
    assert request["payload"] == shown["payload"]
    status, refused = await stage.call("POST", "/api/v1/requests", {})
    shown = documented(HUMANAPPROVAL, "Error Response: 400 Bad Request", "Get Request")
    assert (status, refused["errors"]) == (400, shown["errors"])
    await stage.decide("approved", "Looks good to me")
    status, request = await stage.call("GET", f"/api/v1/requests/{request['id']}")
    shown = documented(HUMANAPPROVAL, "Response: 200 OK", "Status values:")
    assert (status, shown.keys() - request.keys()) == (200, set())
    assert (request["status"], request["decision_note"]) == (shown["status"], shown["decision_note"])


async def test_refunds(stage: Stage, tmp_path: Path) -> None:
    asking = code("refund", "Your AI agent identifies…", "Infrastructure Spending", stage)
    names = f"API_KEY, timestamp = {stage.key!r}, 1\ndef get_balance(customer_id): return 12\n"
    call = "\nprint(request_refund_approval(123, 5000, 'Damaged'))"
    request_id = (await python(tmp_path, names + asking + call)).strip()
    _, request = await stage.call("GET", f"/api/v1/requests/{request_id}")
    assert request["title"] == "Approve $50.0 refund for customer #123"
    assert request["payload"]["account_balance"] == 12
    await stage.told()


async def test_infrastructure(stage: Stage, tmp_path: Path) -> None:
    asking = code("infrastructure", "Require approval before…", "Production Deployments", stage)
    call = "\nconsole.log(JSON.stringify(await requestInfraApproval('m5.large', 3)))"
    request = json.loads(await node(tmp_path, asking + call, APPROVAL_API_KEY=stage.key))
    assert (request["title"], request["status"]) == ("Provision 3x m5.large instances", "pending")
    assert request["expires_at"].endswith("Z")
    await stage.told()


@pytest.mark.parametrize(("verdict", "says"), [("approved", "deployed"), ("rejected", "Deployment rejected")])
async def test_deployments(stage: Stage, tmp_path: Path, verdict: str, says: str) -> None:
    script = code("deployment", "Gate production deployments…", "Python SDK", stage)
    tool("jq")
    deploy = tmp_path / "deploy-to-production.sh"
    deploy.write_text("#!/bin/sh\necho deployed\n")
    deploy.chmod(deploy.stat().st_mode | stat.S_IXUSR)
    # A rejection ends the script with 1; around it, so that what it printed is told either way.
    running = asyncio.ensure_future(bash(tmp_path, f"({script}\n) || true", APPROVAL_API_KEY=stage.key))
    await stage.decide(verdict, "As agreed.")
    assert (await running).splitlines()[-1] == says


@pytest.mark.parametrize("verdict", ["approved", "rejected"])
async def test_the_python_sdk(stage: Stage, tmp_path: Path, verdict: str) -> None:
    flow = code("sdk", "We’re working on an official Python SDK:", "Webhook integration", stage)
    names = """
def process_refund(payload): print('refund', payload)
def log_rejection(note): print('no', note)
"""
    package = str(ROOT / "sdk" / "python" / "src")
    running = asyncio.ensure_future(
        python(tmp_path, names + flow, SENTINEL_DESK_URL=stage.url, PYTHONPATH=package)
    )
    await stage.decide(verdict, "Not today")
    refund = "refund {'customer_id': 'cust_123', 'amount': 500}"
    assert await running == {"approved": f"{refund}\n", "rejected": "no Not today\n"}[verdict]


async def express(stage: Stage, folder: Path, port: int) -> list[str]:
    """The Express receiver, ready to be started."""
    receiver = code("express", "Express.js", "FastAPI (Python)", stage)
    names = """
async function processRefund(customer, amount) { console.log('refund', customer, amount) }
async function sendCustomerEmail(customer, what) { console.log('mail', customer, what) }
async function logRejection(payload, note) { console.log('no', note) }
"""
    node_modules("express")
    (folder / "receiver.cjs").write_text(names + receiver.replace("process.env.PORT", str(port)))
    return [tool("node"), "receiver.cjs"]


async def fastapi(stage: Stage, folder: Path, port: int) -> list[str]:
    """The FastAPI receiver, ready to be started."""
    receiver = code("fastapi", "FastAPI (Python)", "Tips", stage)
    names = """
async def process_refund(customer, amount): print('refund', customer, amount)
async def send_notification(customer, what): print('mail', customer, what)
async def log_rejection(payload, note): print('no', note)
"""
    (folder / "receiver.py").write_text(receiver + names)
    return [sys.executable, "-m", "uvicorn", "receiver:app", "--port", str(port)]


@pytest.mark.parametrize("receiver", [express, fastapi])
async def test_webhook_receivers(
    stage: Stage, tmp_path: Path, receiver: Callable[[Stage, Path, int], Awaitable[list[str]]]
) -> None:
    port = free_port()
    command = await receiver(stage, tmp_path, port)
    hook = f"http://127.0.0.1:{port}/webhook"
    async with serving(tmp_path, command, port) as server:
        for verdict, note in [("approved", None), ("rejected", "Not today")]:
            payload = {"customer_id": "cust_123", "amount": 500}
            body = {"payload": payload, "callback_url": hook}
            await stage.call("POST", "/api/v1/requests", body)
            await stage.decide(verdict, note)
        await server.prints("refund cust_123 500", "mail cust_123", "no Not today")


async def test_tips(stage: Stage, tmp_path: Path) -> None:
    example = documented(EXAMPLES, "Include everything the approver needs…", "Use external_id")
    status, request = await stage.call("POST", "/api/v1/requests", example)
    assert (status, request["payload"]) == (201, example["payload"])
    await stage.told()
    lines = "\n".join(
        [
            "import json, requests\nfrom datetime import datetime, timedelta",
            "customer_id, order_id = 'cust_123', 'ord_456'",
            sample(EXAMPLES, "Use your own IDs to prevent duplicate submissions:", "Set expiration"),
            sample(EXAMPLES, "Set expiration for time-sensitive requests", "Use webhooks"),
            "body = {'payload': {}, 'external_id': external_id, 'expires_at': expires_at}",
            f"address, headers = '{stage.url}/api/v1/requests', {{'x-api-key': '{stage.key}'}}",
            "answers = [requests.post(address, json=body, headers=headers) for _ in range(2)]",
            "print(json.dumps([[a.status_code, a.json()] for a in answers]))",
        ]
    )
    # The example's time names no zone; the desk reads it as UTC, and says so.
    answers: list[Any] = json.loads(await python(tmp_path, lines, TZ="UTC"))
    assert [status for status, _ in answers] == [201, 200]
    assert answers[0][1]["id"] == answers[1][1]["id"]
    assert "UTC" in answers[0][1]["warnings"][0]
    await stage.told()
