"""A whole journey at debug level: what the log says, and what no log, figure, error or file ever holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.journeys.process import SECRET, DeskProcess, desk_process
from tests.journeys.world import World, world

CANARY = "canary-7f3a"

Answers = list[tuple[str, int, str]]
"""Path, status and body of each answer of the API."""
ASKED = {
    "agent_id": f"agent {CANARY}",
    "agent_name": f"name {CANARY}",
    "request_type": "compliance",
    "domain": "legal",
    "jurisdiction": "FR",
    "summary": f"summary {CANARY}",
    "context_json": {"amount": f"context {CANARY}", "token": f"xoxb-{CANARY}"},
}


async def call(
    around: World, desk: DeskProcess, told: Answers, method: str, path: str, key: str, **more: Any
) -> Any:
    """One call; its JSON, if that is what it answers."""
    async with around.http.request(method, desk.url + path, headers={"x-api-key": key}, **more) as answer:
        text = await answer.text()
        told.append((path, answer.status, text))
        return json.loads(text) if answer.content_type == "application/json" else text


async def journey(around: World, desk: DeskProcess, told: Answers) -> list[str]:
    """Everything that a desk does, and what goes wrong at it; the secrets that were used."""
    made = await desk.run("keys", "create", "--name", "agent", "--scope", "requests")
    people = await desk.key("decide", **{"as": "*"})
    admin = await desk.key("admin")
    hook = await desk.run("endpoints", "create", "--url", around.receiver.url, "--dialect", "hitl")
    await desk.start()
    around.workspace.request_url = f"{desk.url}/slack/events"
    asking = ASKED | {"callback_url": f"{around.receiver.url}?token={CANARY}"}
    asked = await call(around, desk, told, "POST", "/ai-request", made["key"], json=asking)
    marie = around.person("marie@example.com")
    card = await marie.wait_for(lambda m: m.button("approval.approve") is not None, where="dm", timeout=20)
    around.receiver.answers = [500]
    await marie.click(card, action_id="approval.approve")
    await around.receiver.next()
    await around.receiver.next()

    wrong = made["key"][:-4] + "0000"
    for key in (wrong, made["key"]):
        await call(around, desk, told, "POST", "/ai-request", key, data=f'{{"summary": "{CANARY}"')
        await call(around, desk, told, "POST", f"/v1/reviews?x={CANARY}", key, json=asking)
    body = {"as": 1, "verdict": "rejected", "reasoning": f"reason {CANARY}"}
    await call(
        around, desk, told, "POST", f"/desk/v1/requests/{asked['request_id']}/decide", people, json=body
    )
    slack = f"{desk.url}/slack/events"
    async with around.http.post(slack, data=f"payload={CANARY}", headers={"X-Slack-Signature": "v0=00"}):
        pass
    await call(around, desk, told, "GET", "/metrics", admin)
    for path in ("/desk/v1/endpoints", "/desk/v1/deliveries", "/ai-request?agent_id=a", "/nothing"):
        await call(around, desk, told, "GET", path, admin)
    published = await call(around, desk, told, "GET", "/.well-known/webhook-keys/default", admin)
    assert "whpk_" in str(published)
    assert await desk.stop() == 0
    tokens = (around.workspace.bot_token, around.workspace.app_token, around.workspace.signing_secret)
    return [made["key"], made["webhook_secret"], wrong, people, admin, hook["secret"], SECRET, *tokens]


def database(folder: Path) -> bytes:
    """Everything that lies in the folder of the database, its journal too."""
    return b"".join(file.read_bytes() for file in folder.glob("desk.db*"))


async def test_the_log_tells_the_story_without_secrets_or_anybodys_words(tmp_path: Path) -> None:
    async with world() as around:
        settings = around.slack("http") | {"DESK_LOG_LEVEL": "debug"}
        async with desk_process(tmp_path, **settings) as desk:
            told: Answers = []
            secrets = await journey(around, desk, told)
            log = desk.log.read_text()
            kept = database(tmp_path)
    for secret in (CANARY, "Marie", *secrets):
        assert secret not in log, next(line for line in log.splitlines() if secret in line)[:2000]
    for secret in (*secrets, "whsk_"):
        assert secret.encode() not in kept, secret[:12]
        assert not [path for path, _, body in told if secret in body], secret[:12]
    (figures,) = [body for path, _, body in told if path == "/metrics"]
    assert CANARY not in figures
    assert 'sentinel_desk_slack_refused_total{reason="signature"} 1.0' in figures
    assert {status for _, status, _ in told} >= {200, 400, 401, 404, 409}
    lines = [json.loads(line) for line in log.splitlines()]
    answered = next(one for one in lines if one["event"] == "POST /ai-request answered 200")
    tried = [one for one in lines if one["event"] == "delivery_tried"]
    assert answered["call"].startswith("req_")
    assert answered["key"]
    # From the door to the delivery under one name.
    assert answered["request"] in {one["request"] for one in tried}
    assert {one["fate"] for one in tried} >= {"delivered", "retry"}
