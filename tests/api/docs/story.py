"""The calls whose answers the documentation shows: one story per dialect, told to a desk in memory.

`python -m tests.api.docs.story` writes them anew into `api/docs/examples/`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from api.app import MOUNTS
from api.docs.web import CHAPTERS
from approvals.model import Dialect, Domain
from approvals.subscriptions import EVENTS
from tests.api.bench import Bench, CountedWaiting, TellingStore, served
from tests.builders import a_wanted, minutes
from tests.fakes import Clock
from tests.memory_library import MemoryEndpoints, MemoryLibrary

WEBHOOKS = {chapter.name: tuple(chapter.webhooks) for chapter in CHAPTERS}
FOLDER = Path(__file__).resolve().parents[3] / "api" / "docs" / "examples"


@dataclass(frozen=True)
class Step:
    """One call. Names in braces are filled in from what came before; `key` is its scope."""

    route: str
    body: Any = None
    query: str = ""
    key: str = "requests"
    kept: Mapping[str, str] | None = None

    @property
    def method(self) -> str:
        """Its method."""
        return self.route.partition(" ")[0]

    @property
    def path(self) -> str:
        """Its path, with names in braces."""
        return self.route.partition(" ")[2]


HOOK = "https://agent.example.com/verdicts"

CONTRACT = {
    "agent_id": "my-agent",
    "agent_name": "QuoteBot Agent",
    "request_type": "compliance",
    "domain": "legal",
    "jurisdiction": "Québec",
    "summary": "Validate Bill 25 compliance for this service contract",
    "context_json": {"contract_id": "CTR-2026-0412", "amount": 50000, "parties": ["Acme Corp", "Client XYZ"]},
    "priority": "normal",
}

_MADE = {"id": "request_id"}

STORIES: Mapping[str, tuple[Step, ...]] = {
    "humanlayer": (
        Step("POST /ai-request", {**CONTRACT, "callback_url": HOOK}, kept=_MADE),
        Step(
            "POST /desk/v1/requests/{id}/decide",
            {"as": "marie@example.com", "verdict": "approved", "reasoning": "Complies with Bill 25."},
            key="decide",
        ),
        Step("GET /ai-request", query="?id={id}"),
        Step("POST /ai-request", {**CONTRACT, "agent_name": None}, kept=_MADE),
        Step("DELETE /ai-request", query="?id={id}"),
    ),
    "humanapproval": (
        Step(
            "POST /api/v1/requests",
            {
                "title": "Approve $500 refund for Jane Doe",
                "external_id": "refund-cust_123-ord_456",
                "payload": {"customer_id": "cust_123", "refund_amount": 500, "reason": "Arrived damaged"},
                "expires_at": "2026-11-24T12:00:00Z",
                "callback_url": HOOK,
            },
            kept={"id": "id"},
        ),
        Step("GET /api/v1/requests", query="?status=pending"),
        Step(
            "POST /desk/v1/requests/{id}/decide",
            {"as": 1, "verdict": "approved", "reasoning": "Looks good to me"},
            key="decide",
        ),
        Step("GET /api/v1/requests/{id}"),
    ),
    "humancheck": (
        Step(
            "POST /reviews",
            {
                "task_type": "payment",
                "proposed_action": "Process payment of $5,000 to ACME Corp",
                "agent_reasoning": "High-value payment",
                "confidence_score": 0.85,
                "urgency": "high",
                "framework": "langchain",
            },
            kept={"id": "id"},
        ),
        Step(
            "POST /reviews/{id}/decide",
            {
                "reviewer_id": 1,
                "decision_type": "modify",
                "modified_action": "Process payment of $4,500 to ACME Corp",
                "notes": "Reduced amount per policy",
            },
            key="decide",
        ),
        Step("GET /reviews", query="?task_type=payment&page_size=1"),
        Step("GET /reviews/{id}"),
        Step("GET /reviews/{id}/decision"),
        Step("POST /reviews/{id}/feedback", {"rating": 5, "comment": "Quick and clear decision, thank you!"}),
        Step("GET /stats"),
    ),
    "hitl": (
        Step(
            "POST /v1/webhooks",
            {"url": "https://example.com/hook", "events": ["review.completed"]},
            kept={"hook": "data.id"},
        ),
        Step("GET /v1/webhooks"),
        Step("GET /v1/webhooks/{hook}"),
        Step("PATCH /v1/webhooks/{hook}", {"active": False}),
        Step("POST /v1/webhooks/{hook}/rotate"),
        Step("DELETE /v1/webhooks/{hook}"),
        Step("POST /v1/webhooks", {"url": HOOK, "events": list(EVENTS[Dialect.HITL])}),
        Step(
            "POST /v1/templates",
            {
                "name": "Content Review",
                "description": "Review AI-generated content for quality and compliance",
                "fields": [
                    {
                        "name": "content",
                        "type": "content_display",
                        "label": "Content to review",
                        "editable": True,
                        "required": True,
                    },
                    {"name": "approved", "type": "boolean", "label": "Approve content", "required": True},
                    {"name": "feedback", "type": "text", "label": "Feedback or comments", "required": False},
                ],
            },
            kept={"template": "data.id"},
        ),
        Step("GET /v1/templates"),
        Step("GET /v1/templates/{template}"),
        Step("PATCH /v1/templates/{template}", {"name": "Content Review, short"}),
        Step(
            "POST /v1/reviews",
            {
                "template_id": "{template}",
                "content": {"text": "AI-generated content to review", "metadata": {"source": "gpt-4"}},
                "assignees": ["marie@example.com"],
                "priority": "medium",
                "due_date": "2026-11-30T18:00:00Z",
            },
            kept={"id": "data.id"},
        ),
        Step("GET /v1/reviews", query="?status=assigned"),
        Step("POST /desk/v1/requests/{id}/ask", {"as": 1, "question": "For which page?"}, key="decide"),
        Step("PATCH /v1/reviews/{id}", {"priority": "high"}),
        Step(
            "POST /desk/v1/requests/{id}/decide",
            {
                "as": 1,
                "verdict": "modified",
                "modified_action": "Revised content",
                "reasoning": "Minor edits",
            },
            key="decide",
        ),
        Step("GET /v1/reviews/{id}"),
        Step("POST /v1/reviews", {"content": {"text": "Another text"}}, kept={"id": "data.id"}),
        Step("DELETE /v1/reviews/{id}"),
        Step("DELETE /v1/templates/{template}"),
        Step(
            "POST /v1/teams", {"name": "Editors", "description": "Who reads first"}, kept={"team": "data.id"}
        ),
        Step("POST /v1/teams/{team}/members", {"email": "marie@example.com"}),
        Step("GET /v1/teams"),
        Step("GET /v1/teams/{team}/members"),
    ),
    "desk": (
        Step("POST /ai-request", CONTRACT, kept=_MADE),
        Step("POST /desk/v1/requests/{id}/ask", {"as": 1, "question": "Is there a processor?"}, key="decide"),
        Step("POST /desk/v1/requests/{id}/questions/1/answer", {"answer": "Yes, in Montréal."}),
        Step("GET /desk/v1/requests/{id}/questions"),
        Step("GET /desk/v1/requests/{id}/explain"),
        Step(
            "POST /desk/v1/requests/{id}/escalate",
            {"as": 1, "reasoning": "Above what I may sign."},
            key="decide",
        ),
        Step(
            "POST /desk/v1/requests/{id}/decide",
            {"as": "claire@example.com", "verdict": "approved", "reasoning": "Complies with Bill 25."},
            key="decide",
        ),
        Step("GET /desk/v1/requests/{id}"),
        Step("GET /desk/v1/requests/{id}/timeline"),
        Step("POST /ai-request", CONTRACT, kept=_MADE),
        Step("POST /desk/v1/requests/{id}/cancel"),
        Step("GET /desk/v1/sentinels"),
        Step(
            "POST /desk/v1/sentinels/marie@example.com/away",
            {"until": "2026-11-30T09:00:00-05:00", "delegate": "claire@example.com"},
            key="admin",
        ),
        Step("POST /desk/v1/sentinels/marie@example.com/back", key="admin"),
        Step("POST /desk/v1/sentinels/marie@example.com/deactivate", key="admin"),
        Step("POST /desk/v1/sentinels/marie@example.com/activate", key="admin"),
        Step(
            "POST /desk/v1/endpoints",
            {"url": "https://example.com/hook", "dialect": "humanapproval", "events": ["request.decided"]},
            key="admin",
            kept={"endpoint": "id"},
        ),
        Step("GET /desk/v1/endpoints", key="admin"),
        Step("POST /desk/v1/endpoints/{endpoint}/rotate", key="admin"),
        Step("POST /desk/v1/endpoints/{endpoint}/deactivate", key="admin"),
        Step("POST /desk/v1/endpoints/{endpoint}/activate", key="admin"),
        Step(
            "POST /ai-request",
            {**CONTRACT, "callback_url": "https://example.com/verdicts"},
            kept=_MADE,
        ),
        Step("POST /desk/v1/requests/{id}/cancel"),
        Step("GET /desk/v1/deliveries", key="admin", query="?limit=1", kept={"delivery": "deliveries.0.id"}),
        Step("POST /desk/v1/deliveries/{delivery}/replay", key="admin"),
        Step(
            "POST /desk/v1/deliveries/replay", {"state": "dead", "since": "2026-11-20T00:00:00Z"}, key="admin"
        ),
        Step("DELETE /desk/v1/endpoints/{endpoint}", key="admin"),
    ),
}

_ID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|(?<=_)[0-9a-f]{32}|(?<=_)[0-9a-f]{20}"
)
_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]+")
_HASH = re.compile(r"(?<=\")[0-9a-f]{64}")


async def told(name: str) -> dict[str, Any]:
    """The examples of one dialect: by route the last call that was made of it, and its answer."""
    bench = await _bench()
    try:
        everybody = [
            a_wanted(1, name="Marie Dupont", email="marie@example.com", domains={"*"}),
            a_wanted(2, name="Claire Fontaine", email="claire@example.com", domains={"legal"}, tier=2),
        ]
        domains = {slug: Domain(slug) for slug in ("legal", "general")}
        await bench.people(*everybody, domains=domains)
        own = {f"{op.method} {op.path}" for mount in MOUNTS if mount.name == name for op in mount.ops}
        story = await _story(bench, STORIES[name])
        shown = {route: example for route, example in story.items() if route in own}
        heard = {m.delivery.topic: json.loads(m.delivery.body) for m in bench.store.outbox.messages}
        events = {event: heard[event] for event in WEBHOOKS[name] if event in heard}
        told = json.dumps({"routes": shown, "webhooks": events}, ensure_ascii=False)
        lasting: dict[str, Any] = json.loads(_lasting(told))
        return lasting
    finally:
        await bench.client.close()


async def _bench() -> Bench:
    clock, waiting = Clock(), CountedWaiting()
    store = TellingStore(clock, waiting)
    return await served(store, MemoryEndpoints(store, clock), MemoryLibrary(store), clock, waiting)


async def _story(bench: Bench, steps: tuple[Step, ...]) -> dict[str, Any]:
    keys = {
        "requests": await bench.key(name="billing bot"),
        "decide": await bench.key("decide", speaks_for=("*",), name="front end"),
        "admin": await bench.key("admin", name="operations"),
    }
    kept: dict[str, str] = {}
    found: dict[str, Any] = {}
    for step in steps:
        bench.clock.advance(minutes(1))
        address = _filled(step.path + step.query, kept)
        body = None if step.body is None else json.loads(_filled(json.dumps(step.body), kept))
        answer = await bench.call(step.method, address, keys[step.key], json=body)
        reply = await answer.json()
        assert answer.status < 300, (step.route, reply)
        kept |= {name: _at(reply, path) for name, path in (step.kept or {}).items()}
        found.setdefault(_route(step), {"address": address, "request": body, "reply": reply})
    return found


def _route(step: Step) -> str:
    """The route as the table has it: whatever a path names is `{id}`, a Sentinel `{who}`."""
    path = re.sub(r"\{\w+\}", "{id}", step.path)
    path = re.sub(r"(?<=/sentinels/)[^/]+", "{who}", path)
    return f"{step.method} {re.sub(r'(?<=/questions/)1', '{number}', path)}"


def _filled(text: str, kept: Mapping[str, str]) -> str:
    for name, value in kept.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value[int(step)] if step.isdigit() else value[step]
    return value


def _lasting(text: str) -> str:
    """The text with ids, hashes and secrets that are the same at each telling, one for one."""
    ids: dict[str, str] = {}
    hashes: dict[str, str] = {}
    for match in _ID.finditer(text):
        ids.setdefault(match[0].replace("-", ""), f"a1b2c3d4e5f6{0x4A00 + len(ids):04x}{0x8B2D:04x}{7:012x}")
    for match in _HASH.finditer(text):
        hashes.setdefault(match[0], hashlib.sha256(str(len(hashes)).encode()).hexdigest())
    text = _ID.sub(lambda match: _formed(match[0], ids[match[0].replace("-", "")]), text)
    text = _HASH.sub(lambda match: hashes[match[0]], text)
    return _SECRET.sub("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", text)


def _formed(like: str, digits: str) -> str:
    return str(UUID(digits)) if "-" in like else digits[: len(like)]


def written(examples: Mapping[str, Any]) -> str:
    """Examples as their file holds them."""
    return json.dumps(examples, indent=1, ensure_ascii=False) + "\n"


def _files() -> Iterator[tuple[Path, str]]:
    for name in STORIES:
        yield FOLDER / f"{name}.json", written(asyncio.run(told(name)))


if __name__ == "__main__":
    for file, text in _files():
        file.write_text(text, encoding="utf-8")
