"""A key that is restricted, through every dialect: what it may ask, what is there for it, what it lists."""

from typing import Any

import pytest

from api.app import MOUNTS
from api.ops import ADMIN, SET_UP
from approvals.model import Domain
from approvals.restrictions import Restrictions
from tests.api.bench import Bench, opened
from tests.api.test_bodies import message
from tests.builders import a_wanted

DOMAINS = {name: Domain(name) for name in ("general", "finance", "legal")}
ROUTES = [op for mount in MOUNTS for op in mount.ops]

LISTS = {
    "/ai-request?agent_id=quotebot",
    "/api/v1/requests",
    "/api/v1/requests?external_id=order-7",
    "/reviews",
    "/reviews?page=7",
    "/v1/reviews",
    "/v1/reviews?assignee=s1@example.com",
    "/stats",
}
"""What tells of more than one request, one way or another."""

OPEN_TO_ALL = {"/v1/templates", "/v1/teams", "/desk/v1/sentinels"}
"""Lists without a word of any request."""


def asked(
    dialect: str, domain: str | None, place: str | None = None, agent: str = "quotebot"
) -> tuple[str, Any]:
    """A create in that dialect: its address and body; `domain` None: it says nothing of one."""
    said = {"domain": domain} | ({"jurisdiction": place} if place else {})
    said = {name: value for name, value in said.items() if value}
    if dialect == "humanlayer":
        fixed = {"agent_id": agent, "agent_name": "Q", "request_type": "judgment", "summary": "s"}
        return "/ai-request", {**fixed, "domain": domain or "general", **said}
    if dialect == "humanapproval":
        return "/api/v1/requests", {"title": "t", "payload": said}
    if dialect == "humancheck":
        return "/reviews", {"task_type": "t", "proposed_action": "p", "framework": agent, "metadata": said}
    return "/v1/reviews", {"content": {"text": "t", "metadata": said}}


DIALECTS = ["humanlayer", "humanapproval", "humancheck", "hitl"]


@pytest.fixture
async def staffed(bench: Bench) -> Bench:
    await bench.people(a_wanted(1, domains=list(DOMAINS)), domains=DOMAINS)
    return bench


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("domain", ["finance", None])
async def test_what_is_outside_is_refused_by_name(staffed: Bench, dialect: str, domain: str | None) -> None:
    key = await staffed.key(restrictions=Restrictions(domains=("legal",)))
    path, body = asked(dialect, domain)
    refused = await staffed.call("POST", path, key, json=body)
    words = await refused.json()
    assert refused.status == 403, words
    told = message(dialect, words)
    assert [word for word in ("domain", domain or "general", "legal", "--domain") if word not in told] == []
    assert staffed.store.tenants["default"].requests == {}
    path, body = asked(dialect, "legal")
    assert (await staffed.call("POST", path, key, json=body)).status in {200, 201}


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_place_is_asked_for_where_places_are_restricted(staffed: Bench, dialect: str) -> None:
    key = await staffed.key(restrictions=Restrictions(jurisdictions=("EU",)))
    tried = {None: 403, "Québec": 403, "France": 200, "EU": 200}
    for place, status in tried.items():
        path, body = asked(dialect, "legal", place)
        answer = await staffed.call("POST", path, key, json=body)
        assert answer.status in {status, status + (status == 200)}, (place, await answer.text())
        if status == 403:
            assert "jurisdiction" in message(dialect, await answer.json())


async def test_an_agent_is_what_the_dialect_says_it_is(staffed: Bench) -> None:
    key = await staffed.key(restrictions=Restrictions(agents=("quotebot", "key of default")))
    for dialect in DIALECTS:
        path, body = asked(dialect, "legal")
        assert (await staffed.call("POST", path, key, json=body)).status in {200, 201}
    for dialect in ("humanlayer", "humancheck"):
        path, body = asked(dialect, "legal", agent="another")
        refused = await staffed.call("POST", path, key, json=body)
        assert refused.status == 403
        assert "agent_id" in message(dialect, await refused.json())


async def test_the_fields_of_an_error_are_named_for_machines(staffed: Bench) -> None:
    key = await staffed.key(restrictions=Restrictions(domains=("legal",)))
    path, body = asked("hitl", "finance")
    told = (await (await staffed.call("POST", path, key, json=body)).json())["error"]
    assert (told["code"], told["details"]["field"]) == ("insufficient_permissions", "content.metadata.domain")
    path, body = asked("humanapproval", "finance")
    assert "domain" in (await (await staffed.call("POST", path, key, json=body)).json())["errors"]


async def test_where_the_team_sends_it_counts(staffed: Bench) -> None:
    """A request that says nothing of a domain is inside or outside by where the intake sends it."""
    key = await staffed.key(restrictions=Restrictions(domains=("general",)))
    path, body = asked("humanapproval", None)
    assert (await staffed.call("POST", path, key, json=body)).status == 201
    inside = await staffed.key(restrictions=Restrictions(domains=("finance",)))
    assert (await staffed.call("POST", path, inside, json=body)).status == 403


BODIES: dict[str, Any] = {
    "/reviews/{id}/decide": {"reviewer_id": 1, "decision_type": "approve"},
    "/reviews/{id}/feedback": {"rating": 5},
    "/v1/reviews/{id}": {"priority": "high"},
    "/desk/v1/requests/{id}/decide": {"as": 1, "verdict": "approved"},
    "/desk/v1/requests/{id}/escalate": {"as": 1, "reasoning": "up"},
    "/desk/v1/requests/{id}/ask": {"as": 1, "question": "why"},
    "/desk/v1/requests/{id}/questions/{number}/answer": {"answer": "so"},
}
OF_A_REQUEST = [op for op in ROUTES if "{id}" in op.path and ("reviews" in op.path or "requests" in op.path)]


@pytest.mark.parametrize("op", OF_A_REQUEST, ids=lambda op: f"{op.method} {op.path}")
async def test_what_is_outside_is_not_there(staffed: Bench, op: Any) -> None:
    path, body = asked("humanlayer", "finance")
    made = (await (await staffed.call("POST", path, await staffed.key(), json=body)).json())["request_id"]
    shown = await (await staffed.call("GET", f"/desk/v1/requests/{made}", await staffed.key())).json()
    scope = "decide" if op.scopes == {"decide"} else "requests"
    named = {"speaks_for": ("*",)} if scope == "decide" else {}
    key = await staffed.key(scope, restrictions=Restrictions(domains=("legal",)), **named)
    free = await staffed.key(scope, **named)
    sent = {"json": BODIES.get(op.path, {})} if op.method in {"POST", "PATCH"} else {}

    async def call(ref: str, with_key: str) -> tuple[int, Any]:
        where = op.path.replace("{id}", ref).replace("{number}", "1")
        answer = await staffed.call(
            op.method, where + ("?wait=1" if op.method == "GET" else ""), with_key, **sent
        )
        return answer.status, await answer.text()

    kept = staffed.store.tenants["default"]
    before = dict(kept.requests)
    for ref in (*shown["ids"].values(), made):
        status, said = await call(str(ref), key)
        assert status == 404, said
        assert made not in said
    assert (kept.requests, kept.ratings) == (before, [])
    # The same call with a key that is not restricted is none of 404's.
    if op.method != "GET":
        assert (await call(made, free))[0] != 404


async def test_humanlayers_own_way_of_naming_one_is_no_way_around(staffed: Bench) -> None:
    path, body = asked("humanlayer", "finance")
    made = (await (await staffed.call("POST", path, await staffed.key(), json=body)).json())["request_id"]
    key = await staffed.key(restrictions=Restrictions(domains=("legal",)))
    for method in ("GET", "DELETE"):
        assert (await staffed.call(method, f"/ai-request?id={made}", key)).status == 404
    assert (await staffed.call("GET", f"/ai-request?id={made}", await staffed.key())).status == 200


@pytest.mark.parametrize("path", sorted(LISTS))
async def test_no_list_and_no_total_tells_of_what_is_outside(staffed: Bench, path: str) -> None:
    for dialect in DIALECTS:
        where, body = asked(dialect, "finance")
        assert (await staffed.call("POST", where, await staffed.key(), json=body)).status in {200, 201}
    key = await staffed.key(restrictions=Restrictions(domains=("legal",)))
    refused = await staffed.call("GET", path, key)
    said = await refused.text()
    assert refused.status == 403
    assert "restricted" in said
    assert "finance" not in said
    assert (await staffed.call("GET", path, await staffed.key())).status == 200


def test_every_list_was_tried() -> None:
    """A new route that takes no id has to say here what a restricted key gets of it."""
    listing = {op.path for op in ROUTES if op.method == "GET" and "{" not in op.path}
    known = {path.partition("?")[0] for path in LISTS} | OPEN_TO_ALL
    assert (
        listing - known
        == {op.path for op in ROUTES if op.method == "GET" and op.scopes in (ADMIN, SET_UP)} & listing
    )


async def test_a_key_of_some_agents_lists_what_is_theirs(staffed: Bench) -> None:
    for agent in ("quotebot", "another"):
        path, body = asked("humanlayer", "legal", agent=agent)
        await staffed.call("POST", path, await staffed.key(), json=body)
    key = await staffed.key(restrictions=Restrictions(agents=("quotebot",)))
    mine = await staffed.call("GET", "/ai-request?agent_id=quotebot", key)
    assert [one["agent_id"] for one in (await mine.json())["requests"]] == ["quotebot"]
    assert (await staffed.call("GET", "/ai-request?agent_id=another", key)).status == 403
    assert (await staffed.call("GET", "/reviews", key)).status == 403


@pytest.mark.parametrize(
    "op", [op for op in ROUTES if op.scopes in (ADMIN, SET_UP)], ids=lambda op: f"{op.method} {op.path}"
)
async def test_what_concerns_the_whole_project_is_not_for_it(staffed: Bench, op: Any) -> None:
    # An admin's key is never restricted; were one made so by hand, it would open nothing of this.
    key = await staffed.key("requests", "admin", restrictions=Restrictions(agents=("quotebot",)))
    path = op.path.replace("{id}", "1").replace("{who}", "1")
    refused = await staffed.call(op.method, path, key, **({"json": {}} if op.method != "GET" else {}))
    assert refused.status == 403
    assert "restricted" in await refused.text()


async def test_a_repeat_under_a_promise_is_answered_as_the_first(staffed: Bench) -> None:
    key = await staffed.key(restrictions=Restrictions(domains=("legal",)))
    path, body = asked("humanapproval", "legal")
    first, again = [
        await staffed.call("POST", path, key, json=body, headers={"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert (first.status, again.status) == (201, 201)
    assert await first.text() == await again.text()
    path, body = asked("humanapproval", "finance")
    for _ in range(2):
        refused = await staffed.call("POST", path, key, json=body, headers={"Idempotency-Key": "l"})
        assert refused.status == 403


async def test_a_visitor_without_a_key_is_not_restricted() -> None:
    bench = await opened(insecure_open=True)
    try:
        assert (await bench.call("GET", "/reviews")).status == 200
    finally:
        bench.desk.waiting.close()
        await bench.client.close()
