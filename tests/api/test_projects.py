"""Two projects on one desk: nothing of the one is read, found or changed with a key of the other.

Made from the table of routes: a route without a line in RULES fails, and each is called with
everything that the other project has, by every id and in every form.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from api.app import MOUNTS
from approvals.model import Domain
from store.engine import open_store
from store.migrations import migrate
from tests.api.bench import OTHER, Bench, CountedWaiting, served
from tests.builders import a_wanted
from tests.fakes import Clock

CANARY = "canary-4d7e"
GENERAL = {"general": Domain("general", backups=True), "legal": Domain("legal", backups=True)}
FIELD = {"name": "f", "type": "text", "label": "F"}
HOOK = f"https://{CANARY}.example/hook"
ROUTES = [(op.method, op.path, min(op.scopes)) for mount in MOUNTS for op in mount.ops]

KEPT = (
    "requests",
    "events",
    "sentinels",
    "templates",
    "endpoints",
    "teams",
    "feedback",
    "deliveries",
    "idempotency",
    "keys",
    "signing_keys",
)
"""What a project has, and no other changes."""


@dataclass
class Owned:
    """What the first project has, by kind: the ids that its own people know it by."""

    request: list[str]
    template: list[str]
    webhook: list[str]
    team: list[str]
    delivery: list[str]
    sentinel: list[str]

    def ids(self) -> list[str]:
        """All that name something of the project alone; numbers count in every project."""
        named = (self.request, self.template, self.webhook, self.team, self.delivery)
        return [one for some in named for one in some if not one.isdigit()]


# For each route: what its ids are of, the queries to try, and the bodies. `{kind}` is each id of that kind.
RULES: dict[tuple[str, str], tuple[str, list[str], list[Any]]] = {
    ("POST", "/ai-request"): (
        "",
        [""],
        [
            {
                "agent_id": "a",
                "agent_name": "A",
                "request_type": "judgment",
                "domain": "general",
                "summary": "s",
                "template_id": "{template}",
            }
        ],
    ),
    ("GET", "/ai-request"): ("", ["?id={request}", f"?agent_id={CANARY}"], [None]),
    ("DELETE", "/ai-request"): ("", ["?id={request}"], [None]),
    ("POST", "/api/v1/requests"): ("", [""], [{"title": "t", "payload": {}, "external_id": "order-7"}]),
    ("GET", "/api/v1/requests"): ("", ["", "?external_id=order-7", "?status=pending"], [None]),
    ("GET", "/api/v1/requests/{id}"): ("request", [""], [None]),
    ("POST", "/reviews"): ("", [""], [{"task_type": "t", "proposed_action": "p"}]),
    ("GET", "/reviews"): ("", ["", f"?task_type={CANARY}", "?framework=" + CANARY], [None]),
    ("GET", "/reviews/{id}"): ("request", [""], [None]),
    ("GET", "/reviews/{id}/decision"): ("request", [""], [None]),
    ("POST", "/reviews/{id}/decide"): ("request", [""], [{"reviewer_id": 1, "decision_type": "approve"}]),
    ("POST", "/reviews/{id}/feedback"): ("request", [""], [{"rating": 1}]),
    ("GET", "/stats"): ("", [""], [None]),
    ("POST", "/v1/reviews"): (
        "",
        [""],
        [
            {"content": {"text": "t"}, "template_id": "{template}"},
            {"content": {"text": "t"}, "assignees": ["{sentinel}"]},
            {"content": {"text": "t"}, "assignees": [f"team {CANARY}"]},
        ],
    ),
    ("GET", "/v1/reviews"): ("", ["", "?template_id={template}", "?assignee={sentinel}"], [None]),
    ("GET", "/v1/reviews/{id}"): ("request", [""], [None]),
    ("PATCH", "/v1/reviews/{id}"): ("request", [""], [{"priority": "high"}]),
    ("DELETE", "/v1/reviews/{id}"): ("request", [""], [None]),
    ("POST", "/v1/templates"): (
        "",
        [""],
        [{"name": "n", "fields": [{"name": "f", "type": "text", "label": "F"}]}],
    ),
    ("GET", "/v1/templates"): ("", [""], [None]),
    ("GET", "/v1/templates/{id}"): ("template", [""], [None]),
    ("PATCH", "/v1/templates/{id}"): ("template", [""], [{"name": "taken"}]),
    ("DELETE", "/v1/templates/{id}"): ("template", [""], [None]),
    ("POST", "/v1/webhooks"): ("", [""], [{"url": "https://o.example/", "events": ["review.completed"]}]),
    ("GET", "/v1/webhooks"): ("", [""], [None]),
    ("GET", "/v1/webhooks/{id}"): ("webhook", [""], [None]),
    ("PATCH", "/v1/webhooks/{id}"): ("webhook", [""], [{"url": "https://o.example/"}]),
    ("DELETE", "/v1/webhooks/{id}"): ("webhook", [""], [None]),
    ("POST", "/v1/webhooks/{id}/rotate"): ("webhook", [""], [{}]),
    ("POST", "/v1/teams"): ("", [""], [{"name": "n"}]),
    ("GET", "/v1/teams"): ("", [""], [None]),
    ("GET", "/v1/teams/{id}/members"): ("team", [""], [None]),
    ("POST", "/v1/teams/{id}/members"): (
        "team",
        [""],
        [{"email": "s1@example.com"}, {"email": "{sentinel}"}],
    ),
    ("GET", "/desk/v1/requests/{id}"): ("request", [""], [None]),
    ("POST", "/desk/v1/requests/{id}/decide"): ("request", [""], [{"as": 1, "verdict": "approved"}]),
    ("POST", "/desk/v1/requests/{id}/escalate"): ("request", [""], [{"as": 1, "reasoning": "up"}]),
    ("POST", "/desk/v1/requests/{id}/cancel"): ("request", [""], [{}]),
    ("POST", "/desk/v1/requests/{id}/ask"): ("request", [""], [{"as": 1, "question": "why"}]),
    ("GET", "/desk/v1/requests/{id}/questions"): ("request", [""], [None]),
    ("POST", "/desk/v1/requests/{id}/questions/{number}/answer"): ("request", [""], [{"answer": "so"}]),
    ("GET", "/desk/v1/requests/{id}/explain"): ("request", [""], [None]),
    ("GET", "/desk/v1/requests/{id}/timeline"): ("request", [""], [None]),
    ("GET", "/desk/v1/sentinels"): ("", [""], [None]),
    ("POST", "/desk/v1/sentinels/{who}/away"): ("sentinel", [""], [{"until": "2099-01-01T00:00:00Z"}]),
    ("POST", "/desk/v1/sentinels/{who}/back"): ("sentinel", [""], [{}]),
    ("POST", "/desk/v1/sentinels/{who}/activate"): ("sentinel", [""], [{}]),
    ("POST", "/desk/v1/sentinels/{who}/deactivate"): ("sentinel", [""], [{}]),
    ("POST", "/desk/v1/endpoints"): ("", [""], [{"url": "https://o.example/", "dialect": "hitl"}]),
    ("GET", "/desk/v1/endpoints"): ("", [""], [None]),
    ("DELETE", "/desk/v1/endpoints/{id}"): ("webhook", [""], [None]),
    ("POST", "/desk/v1/endpoints/{id}/activate"): ("webhook", [""], [{}]),
    ("POST", "/desk/v1/endpoints/{id}/deactivate"): ("webhook", [""], [{}]),
    ("POST", "/desk/v1/endpoints/{id}/rotate"): ("webhook", [""], [{}]),
    ("GET", "/desk/v1/deliveries"): (
        "",
        ["", f"?url={HOOK}", "?endpoint={webhook}", "?request={request}"],
        [None],
    ),
    ("POST", "/desk/v1/deliveries/replay"): (
        "",
        [""],
        [{"endpoint": "{webhook}"}, {"request": "{request}"}, {"since": "2000-01-01T00:00:00Z"}],
    ),
    ("POST", "/desk/v1/deliveries/{id}/replay"): ("delivery", [""], [{}]),
    ("GET", "/metrics"): ("", [""], [None]),
}


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, migrated once."""
    path = tmp_path_factory.mktemp("projects") / "desk.db"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
async def shared(migrated: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    """A desk over a real database, with people in both projects."""
    url = f"sqlite+aiosqlite:///{shutil.copy(migrated, tmp_path / 'desk.db')}"
    clock, waiting = Clock(), CountedWaiting()
    async with open_store(url, secret="a secret for tests", clock=clock) as store:
        bench = await served(store, store.endpoints, store.library, clock, waiting)
        marie = a_wanted(1, name=f"Marie {CANARY}", email=f"{CANARY}@example.com", domains=set(GENERAL))
        await bench.people(marie, domains=GENERAL)
        await bench.people(a_wanted(1, domains=set(GENERAL)), project=OTHER, domains=GENERAL)
        yield bench
        waiting.close()
        await bench.client.close()


async def lived_in(bench: Bench) -> Owned:
    """Something of everything in the first project, with the canary in all that can be said."""
    agent, admin = await bench.key(), await bench.key("admin")
    person = await bench.key("decide", speaks_for=("*",))

    async def made(path: str, body: Any, key: str = agent) -> Any:
        answer = await bench.call("POST", path, key, json=body)
        assert answer.status < 300, await answer.text()
        return await answer.json()

    form = {"name": f"template {CANARY}", "fields": [{**FIELD, "label": f"label {CANARY}"}]}
    template = (await made("/v1/templates", form))["data"]["id"]
    hook = {"url": HOOK, "events": ["review.completed"]}
    webhooks = [(await made("/v1/webhooks", hook))["data"]["id"]]
    webhooks.append(
        (await made("/desk/v1/endpoints", {"url": HOOK, "dialect": "humanapproval"}, admin))["id"]
    )
    team = (await made("/v1/teams", {"name": f"team {CANARY}"}))["data"]["id"]
    await made(f"/v1/teams/{team}/members", {"email": f"{CANARY}@example.com"})
    summary = f"summary {CANARY}"
    first = await made(
        "/ai-request",
        {
            "agent_id": CANARY,
            "agent_name": CANARY,
            "request_type": "judgment",
            "domain": "general",
            "summary": summary,
            "callback_url": HOOK,
        },
    )
    await made(
        "/api/v1/requests",
        {"title": summary, "payload": {"x": CANARY}, "external_id": "order-7", "callback_url": HOOK},
    )
    await made("/reviews", {"task_type": CANARY, "proposed_action": summary, "framework": CANARY})
    await made("/v1/reviews", {"content": {"text": summary}, "template_id": template})
    asked = {"as": 1, "question": f"question {CANARY}"}
    await made(f"/desk/v1/requests/{first['request_id']}/ask", asked, person)
    await made("/reviews/3/feedback", {"rating": 5, "comment": CANARY})
    words = {"as": 1, "verdict": "approved", "reasoning": f"reason {CANARY}"}
    await made("/desk/v1/requests/2/decide", words, person)
    shown = [await (await bench.call("GET", f"/desk/v1/requests/{n}", agent)).json() for n in (1, 2, 3, 4)]
    forms = [str(form) for one in shown for form in one["ids"].values()]
    listed = await (await bench.call("GET", "/desk/v1/deliveries", admin)).json()
    deliveries = [one["id"] for one in listed["deliveries"]]
    assert deliveries
    return Owned(
        forms, [template], webhooks, [team], deliveries, [f"{CANARY}@example.com", f"Marie {CANARY}"]
    )


def filled(value: Any, owned: Owned) -> Iterator[tuple[Any, str]]:
    """A query or body with each id that it asks for, and which that is."""
    written = repr(value)
    kind = next((name for name in Owned.__annotations__ if f"{{{name}}}" in written), None)
    if kind is None:
        yield value, ""
        return
    for one in getattr(owned, kind):
        yield _replaced(value, f"{{{kind}}}", one), one


def _replaced(value: Any, mark: str, by: str) -> Any:
    if isinstance(value, dict):
        return {name: _replaced(inner, mark, by) for name, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, mark, by) for inner in value]
    return value.replace(mark, by) if isinstance(value, str) else value


def calls(method: str, path: str, owned: Owned) -> Iterator[tuple[str, Any, set[str]]]:
    """Every call of a route with what the other project has: address, body, and what it names itself."""
    kind, queries, bodies = RULES[method, path]
    for one in getattr(owned, kind) if kind else [""]:
        address = path.replace("{id}", one).replace("{who}", one).replace("{number}", "1")
        for query, named in (pair for each in queries for pair in filled(each, owned)):
            for body, also in (pair for each in bodies for pair in filled(each, owned)):
                yield address + query, body, {one, named, also} - {""}


def test_every_route_has_a_rule() -> None:
    assert {(method, path) for method, path, _ in ROUTES} == set(RULES)


async def test_nothing_of_one_project_reaches_another(shared: Bench) -> None:
    owned = await lived_in(shared)
    keys = {
        scope: await shared.key(scope, project=OTHER, speaks_for=("*",) if scope == "decide" else ())
        for scope in {scope for _, _, scope in ROUTES}
    }
    before, tried = await kept(shared), 0
    for method, path, scope in ROUTES:
        for address, body, named in calls(method, path, owned):
            more = {} if body is None else {"json": body}
            answer = await shared.call(method, address, keys[scope], **more)
            said = await answer.text()
            where = (method, address, body, answer.status, said[:500])
            assert answer.status < 500, where
            # What the caller wrote may be said back to them, and nothing more than that.
            spoken = said.replace(CANARY, "") if CANARY in f"{address} {body}" else said
            assert CANARY not in spoken, where
            leaked = [one for one in owned.ids() if one in said and one not in named]
            assert leaked == [], where
            tried += 1
    assert tried > 300
    assert await kept(shared) == before


async def kept(bench: Bench) -> dict[str, list[Any]]:
    """Every row of the first project."""
    rows = {}
    for table in KEPT:
        statement = text(f"SELECT * FROM {table} WHERE project_id = 'default'")
        rows[table] = [tuple(row.values()) for row in await bench.store._engines.rows(statement)]
    assert all(rows[table] for table in KEPT if table != "idempotency")
    return rows
