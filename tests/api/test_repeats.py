"""`Idempotency-Key` on whatever changes something: it is done once, and a repeat hears how it went."""

import asyncio
from typing import Any

import pytest

from api.app import MOUNTS
from tests.api.bench import DEFAULT, Bench
from tests.builders import a_submit

HOOK = {"url": "https://example.com/hook", "events": ["review.completed"]}
TEMPLATE = {"name": "Form", "fields": [{"name": "ok", "type": "boolean", "label": "Ok?"}]}
ONCE = {"Idempotency-Key": "one"}


async def call(bench: Bench, method: str, path: str, key: str, body: Any = None, mark: str = "one") -> Any:
    """A call under an idempotency key; its status, its body and its headers."""
    more = {} if body is None else {"json": body}
    answer = await bench.call(method, path, key, headers={"Idempotency-Key": mark}, **more)
    return answer.status, await answer.read(), answer.headers


async def requested(bench: Bench) -> str:
    """The key of an agent that has made request 1."""
    await bench.desk.approvals.submit(a_submit())
    return await bench.key()


ROUTES = [
    ("requests", "POST", "/v1/templates", TEMPLATE),
    ("requests", "POST", "/v1/webhooks", HOOK),
    ("requests", "POST", "/v1/teams", {"name": "Team"}),
    ("admin", "POST", "/desk/v1/endpoints", {"url": "https://example.com/hook", "dialect": "hitl"}),
    ("requests", "POST", "/reviews/1/feedback", {"rating": 5}),
    ("requests", "POST", "/desk/v1/requests/1/cancel", {}),
    ("requests", "DELETE", "/ai-request?id=1", None),
    ("requests", "PATCH", "/v1/reviews/1", {"priority": "high"}),
    ("decide", "POST", "/desk/v1/requests/1/ask", {"as": 1, "question": "Which law?"}),
    ("decide", "POST", "/desk/v1/requests/1/decide", {"as": 1, "verdict": "approved"}),
    ("decide", "POST", "/reviews/1/decide", {"reviewer_id": 1, "decision_type": "approve"}),
    ("admin", "POST", "/desk/v1/sentinels/1/deactivate", None),
]


@pytest.mark.parametrize(("scope", "method", "path", "body"), ROUTES, ids=[f"{r[1]} {r[2]}" for r in ROUTES])
async def test_a_repeat_gets_the_same_bytes(
    bench: Bench, scope: str, method: str, path: str, body: Any
) -> None:
    await requested(bench)
    key = await bench.key(scope, speaks_for=("*",) if scope == "decide" else ())
    status, first, headers = await call(bench, method, path, key, body)
    assert status in (200, 201), first
    again = await call(bench, method, path, key, body)
    assert again[:2] == (status, first)
    assert "Idempotent-Replayed" not in headers
    assert again[2]["Idempotent-Replayed"] == "true"
    other = {**(body or {}), "another": "body"}
    assert (await call(bench, method, path, key, other))[0] == 422


def test_every_route_that_changes_something_is_meant() -> None:
    kept = {(op.method, op.path) for mount in MOUNTS for op in mount.ops if op.promises}
    assert kept == {
        ("POST", "/ai-request"),
        ("POST", "/api/v1/requests"),
        ("POST", "/reviews"),
        ("POST", "/reviews/{id}/decide"),
        ("POST", "/v1/reviews"),
        ("POST", "/desk/v1/requests/{id}/decide"),
        ("POST", "/desk/v1/requests/{id}/escalate"),
    }


async def test_it_is_done_once(bench: Bench) -> None:
    key = await bench.key()
    for _ in range(3):
        await call(bench, "POST", "/v1/webhooks", key, HOOK)
    roster = await bench.desk.requests.roster(DEFAULT)
    assert len(roster.endpoints) == 1


async def test_a_secret_that_is_shown_once_is_shown_to_a_repeat(bench: Bench) -> None:
    key = await bench.key()
    _, made, _ = await call(bench, "POST", "/v1/webhooks", key, HOOK)
    assert b"whsec_" in made
    roster = await bench.desk.requests.roster(DEFAULT)
    path = f"/v1/webhooks/{roster.endpoints[0].id}/rotate"
    first, again = [await call(bench, "POST", path, key) for _ in range(2)]
    assert first[:2] == again[:2]
    assert b"whsec_" in first[1]


async def test_the_same_key_on_another_address_is_another_call(bench: Bench) -> None:
    key = await requested(bench)
    await bench.desk.approvals.submit(a_submit())
    first = await call(bench, "DELETE", "/ai-request?id=1", key)
    second = await call(bench, "DELETE", "/ai-request?id=2", key)
    assert (first[0], second[0]) == (200, 200)
    assert first[1] != second[1]


async def test_a_refusal_gives_the_key_back(bench: Bench) -> None:
    key = await bench.key()
    assert (await call(bench, "POST", "/v1/teams", key, {}))[0] == 400
    assert (await call(bench, "POST", "/v1/teams", key, {"name": "Team"}))[0] == 201


async def test_whoever_comes_while_it_is_under_way_is_told_to_come_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, entered, leave = await bench.key(), asyncio.Event(), asyncio.Event()
    create = bench.desk.library.create_team

    async def slowly(*words: Any) -> Any:
        entered.set()
        await leave.wait()
        return await create(*words)

    monkeypatch.setattr(bench.desk.library, "create_team", slowly)
    first = asyncio.create_task(call(bench, "POST", "/v1/teams", key, {"name": "Team"}))
    await entered.wait()
    status, _, headers = await call(bench, "POST", "/v1/teams", key, {"name": "Team"})
    assert (status, headers["Retry-After"]) == (409, "1")
    leave.set()
    assert (await first)[0] == 201
    assert (await call(bench, "POST", "/v1/teams", key, {"name": "Team"}))[:2] == (await first)[:2]


async def test_a_client_that_goes_away_finds_it_done(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    key, entered, leave, kept = await bench.key(), asyncio.Event(), asyncio.Event(), asyncio.Event()
    create, keep = bench.desk.library.create_team, bench.desk.promises.keep

    async def slowly(*words: Any) -> Any:
        entered.set()
        await leave.wait()
        return await create(*words)

    async def told(*words: Any) -> None:
        await keep(*words)
        kept.set()

    monkeypatch.setattr(bench.desk.library, "create_team", slowly)
    monkeypatch.setattr(bench.desk.promises, "keep", told)
    gone = asyncio.create_task(call(bench, "POST", "/v1/teams", key, {"name": "Team"}))
    await entered.wait()
    gone.cancel()
    leave.set()
    await asyncio.wait_for(kept.wait(), 10)
    status, _, headers = await call(bench, "POST", "/v1/teams", key, {"name": "Team"})
    assert (status, headers["Idempotent-Replayed"]) == (201, "true")


async def test_nobody_else_has_it(bench: Bench) -> None:
    for _ in range(2):
        status, _, headers = await call(bench, "POST", "/v1/webhooks", await bench.key(), HOOK)
        assert (status, "Idempotent-Replayed" in headers) == (201, False)
