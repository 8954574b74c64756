"""The main job: a request comes in, a Sentinel clicks in Slack, the verdict goes out.

One story, told over both databases and both ways to reach Slack, with a kill in the middle.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.journeys.process import DeskProcess, desk_process
from tests.journeys.world import PATIENCE_S, Received, World, world
from workspace.driver import Person

ASKED = {
    "agent_id": "my-agent",
    "agent_name": "QuoteBot Agent",
    "request_type": "compliance",
    "domain": "legal",
    "jurisdiction": "Québec",
    "summary": "Validate Bill 25 compliance for this service contract",
    "context_json": {"contract_id": "CTR-2026-0412", "amount": 50000, "parties": ["Acme Corp", "Client XYZ"]},
}


@pytest.fixture
async def around() -> AsyncIterator[World]:
    """Slack and a receiver."""
    async with world() as made:
        yield made


@pytest.fixture(params=["http", "socket"])
def transport(request: pytest.FixtureRequest) -> str:
    """How the desk reaches Slack."""
    return str(request.param)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> str | None:
    """Where the desk keeps everything; None for a SQLite file of its own."""
    return None if request.param == "sqlite" else str(request.getfixturevalue("postgres_empty_url"))


@pytest.fixture
async def desk(
    around: World, transport: str, database: str | None, tmp_path: Path
) -> AsyncIterator[DeskProcess]:
    """A running desk."""
    async with desk_process(tmp_path, database, **around.slack(transport)) as made:
        await start(around, made)
        yield made


async def start(around: World, desk: DeskProcess) -> None:
    """Start the desk and wait until Slack can reach it."""
    await desk.start()
    if desk.environment["DESK_SLACK"] == "http":
        around.workspace.request_url = f"{desk.url}/slack/events"
    else:
        await asyncio.wait_for(around.workspace.sockets.wait_for(1), PATIENCE_S)


async def ask(around: World, desk: DeskProcess, key: str, **changes: Any) -> dict[str, Any]:
    """POST /ai-request; the answer."""
    async with around.http.post(
        f"{desk.url}/ai-request", json=ASKED | changes, headers={"x-api-key": key}
    ) as answer:
        assert answer.status == 200, await answer.text()
        said: dict[str, Any] = await answer.json()
        return said


async def look(around: World, desk: DeskProcess, key: str, request_id: str, **query: str) -> dict[str, Any]:
    """GET /ai-request?id=; the request."""
    async with around.http.get(
        f"{desk.url}/ai-request", params={"id": request_id} | query, headers={"x-api-key": key}
    ) as answer:
        assert answer.status == 200, await answer.text()
        said: dict[str, Any] = (await answer.json())["request"]
        return said


async def card(person: Person) -> Any:
    """The card in somebody's direct messages that can decide."""
    return await person.wait_for(lambda m: m.button("approval.approve") is not None, where="dm", timeout=20)


async def proven(called: Received, around: World, desk: DeskProcess) -> None:
    """Anybody can check that a callback comes from the desk, with the key that it publishes."""
    async with around.http.get(f"{desk.url}/.well-known/webhook-keys/default") as answer:
        (key,) = (await answer.json())["keys"]
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "="))
    head = f"{called.headers['webhook-id']}.{called.headers['webhook-timestamp']}."
    signature = called.headers["webhook-signature"].split(" v1a,")[1]
    public.verify(base64.b64decode(signature), head.encode() + called.body)


async def test_create_click_callback_restart_and_read_again(around: World, desk: DeskProcess) -> None:
    key = await desk.key("requests")
    asked = await ask(around, desk, key, callback_url=around.receiver.url)
    assert asked["status"] == "assigned"
    assert asked["assigned_to"] == "Marie Dupont"
    marie = around.person("marie@example.com")
    shown = await card(marie)

    await desk.kill()
    await start(around, desk)

    await marie.click(shown, action_id="approval.approve")
    called = await around.receiver.next()
    await proven(called, around, desk)
    request = await look(around, desk, key, asked["request_id"])
    assert (request["status"], request["verdict"]) == ("decided", "approved")
    assert request["evidence"]["decided_by"] == "marie@example.com"
    assert b'"event":"decision.rendered"' in called.body.replace(b": ", b":")

    assert await desk.stop() == 0
    await start(around, desk)
    assert await look(around, desk, key, asked["request_id"]) == request
    closed = await marie.wait_for(
        lambda m: m.ts == shown.ts and "Marie Dupont" in m.text, where="dm", timeout=20
    )
    assert [b.action_id for b in closed.buttons] == ["approval.details"]


async def test_a_waiting_client_is_answered_by_the_click(around: World, desk: DeskProcess) -> None:
    key = await desk.key("requests")
    asked = await ask(around, desk, key)
    waiting = asyncio.create_task(look(around, desk, key, asked["request_id"], wait="60"))
    marie = around.person("marie@example.com")
    await marie.click(await card(marie), action_id="approval.approve")
    request = await asyncio.wait_for(waiting, 20)
    assert (request["status"], request["verdict"]) == ("decided", "approved")


async def test_two_clicks_at_once_make_one_decision(around: World, desk: DeskProcess) -> None:
    key = await desk.key("requests")
    asked = await ask(around, desk, key)
    marie = around.person("marie@example.com")
    shown = await card(marie)
    outcomes = await asyncio.gather(
        *(marie.click(shown, action_id="approval.approve") for _ in range(2)), return_exceptions=True
    )
    assert len(outcomes) == 2
    timeline = await desk.run("requests", "show", asked["request_id"])
    assert str(timeline).count("'kind': 'decided'") == 1


async def test_the_deadline_closes_the_card(around: World, desk: DeskProcess) -> None:
    key = await desk.key("requests")
    asked = await ask(around, desk, key, domain="deploy", callback_url=around.receiver.url)
    called = await around.receiver.next()
    request = await look(around, desk, key, asked["request_id"])
    assert (request["status"], request["verdict"], request["outcome"]) == ("decided", "rejected", "expired")
    assert b"expired" in called.body


async def test_what_nobody_covers_is_told_to_operations(around: World, desk: DeskProcess) -> None:
    key = await desk.key("requests")
    asked = await ask(around, desk, key, domain="astrology")
    assert asked["status"] == "pending"
    marie = around.person("marie@example.com")
    told = await marie.wait_for(text="astrology", where="#desk-ops", timeout=20)
    assert told
