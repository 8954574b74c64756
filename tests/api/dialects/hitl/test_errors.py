"""Every no in the documented shape, and who may do what."""

from typing import Any

import pytest

from approvals.errors import StoreUnavailable
from approvals.keys import Rate
from tests.api.bench import Bench
from tests.api.dialects.hitl.reviewing import REVIEW, TEMPLATE, a_review, fixture, refused, said
from tests.api.dialects.hitl.test_webhooks import WEBHOOK

GONE = "0" * 32

ROUTES: list[tuple[str, str, Any]] = [
    ("POST", "reviews", REVIEW),
    ("GET", "reviews", None),
    ("GET", f"reviews/rev_{GONE}", None),
    ("PATCH", f"reviews/rev_{GONE}", {"priority": "low"}),
    ("DELETE", f"reviews/rev_{GONE}", None),
    ("POST", "templates", TEMPLATE),
    ("GET", "templates", None),
    ("GET", f"templates/template_{GONE}", None),
    ("PATCH", f"templates/template_{GONE}", {"name": "x"}),
    ("DELETE", f"templates/template_{GONE}", None),
    ("POST", "webhooks", WEBHOOK),
    ("GET", "webhooks", None),
    ("GET", f"webhooks/webhook_{GONE}", None),
    ("PATCH", f"webhooks/webhook_{GONE}", {"active": True}),
    ("DELETE", f"webhooks/webhook_{GONE}", None),
    ("POST", f"webhooks/webhook_{GONE}/rotate", None),
    ("POST", "teams", {"name": "Copy desk"}),
    ("GET", "teams", None),
    ("GET", f"teams/team_{GONE}/members", None),
    ("POST", f"teams/team_{GONE}/members", {"email": "reviewer@company.com"}),
]
"""Every route of the dialect: (method, path, a body that is fine)."""

READABLE = frozenset({"GET reviews", "GET templates", "GET teams"})


async def test_the_shape_is_the_reference_s(quick: Bench) -> None:
    documented = fixture("error")
    words = await said(quick, "POST", "reviews", await quick.key(), {**REVIEW, "priority": 1}, status=400)
    assert list(words) == list(documented)
    assert list(words["error"]) == list(documented["error"])
    assert list(words["error"]["details"]) == list(documented["error"]["details"])
    assert list(words["meta"]) == list(documented["meta"])


async def test_the_list_of_routes_is_whole(quick: Bench) -> None:
    known = {f"{method} /v1/{path.split('/')[0]}" for method, path, _ in ROUTES}
    served = [r for r in quick.app.router.routes() if r.resource and r.resource.canonical.startswith("/v1/")]
    mounted = {(r.method, r.resource.canonical) for r in served if r.resource and r.method != "HEAD"}
    assert len(mounted) == len(ROUTES)
    assert {f"{method} /{'/'.join(path.split('/')[1:3])}" for method, path in mounted} == known


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
async def test_without_a_key(quick: Bench, method: str, path: str, body: Any) -> None:
    words = await said(quick, method, path, None, body, status=401)
    assert words["error"]["code"] == "unauthorized"


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
async def test_what_each_scope_opens(quick: Bench, method: str, path: str, body: Any) -> None:
    collection = path.split("/")[0]
    opened = {"requests"}
    if collection != "reviews":
        opened |= {"admin"}
    if method == "GET" and f"GET {collection}" in READABLE:
        opened |= {"decide", "consume", "admin"}
    for scope in ["requests", "decide", "consume", "admin"]:
        more = {"speaks_for": ("*",)} if scope == "decide" else {}
        fresh = {"name": scope} if path == "teams" and body else body
        answer = await quick.call(method, f"/v1/{path}", await quick.key(scope, **more), json=fresh)
        assert (scope, answer.status == 403) == (scope, scope not in opened)
        if answer.status == 403:
            assert (await answer.json())["error"]["code"] == "insufficient_permissions"
        else:
            assert answer.status in ({404} if GONE in path else {200, 201})


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "nothing", 404, "not_found"),
        ("GET", "", 404, "not_found"),
        ("PUT", "reviews", 405, "method_not_allowed"),
        ("POST", "reviews/rev_1", 405, "method_not_allowed"),
        ("PUT", "templates/template_1", 405, "method_not_allowed"),
    ],
)
async def test_what_no_route_has(quick: Bench, method: str, path: str, status: int, code: str) -> None:
    error = await refused(quick, method, path, status=status)
    assert error["code"] == code


@pytest.mark.parametrize(
    ("headers", "body", "status", "field"),
    [
        ({}, b'{"x": "' + b"a" * 300_000 + b'"}', 413, "body"),
        ({"Content-Encoding": "gzip"}, b"{}", 415, "Content-Encoding"),
        ({"Idempotency-Key": "k" * 256}, b'{"content": {"text": "a"}}', 400, "Idempotency-Key"),
    ],
)
async def test_bodies_and_headers(
    quick: Bench, headers: dict[str, str], body: bytes, status: int, field: str
) -> None:
    answer = await quick.call("POST", "/v1/reviews", await quick.key(), data=body, headers=headers)
    words = await answer.json()
    assert (answer.status, words["error"]["code"]) == (status, "validation_error")
    assert words["error"]["details"]["field"] == field


async def test_too_often(quick: Bench) -> None:
    key = await quick.key(rate=Rate(2, 60))
    for _ in range(2):
        await a_review(quick, key)
    answer = await quick.call("POST", "/v1/reviews", key, json=REVIEW)
    words = await answer.json()
    assert (answer.status, words["error"]["code"]) == (429, "rate_limit_exceeded")
    assert (answer.headers["Retry-After"], answer.headers["X-RateLimit-Remaining"]) == ("30", "0")


async def test_a_quota_that_is_used_up(quick: Bench) -> None:
    key = await quick.key(quota=1)
    await a_review(quick, key)
    error = await refused(quick, "POST", "reviews", REVIEW, status=429, key=key)
    assert error["code"] == "rate_limit_exceeded"


async def test_when_the_database_does_not_answer(quick: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unavailable(*_: Any) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(quick.store, "write", unavailable)
    error = await refused(quick, "POST", "reviews", REVIEW, status=503)
    assert error["code"] == "service_unavailable"


async def test_what_nobody_foresaw(quick: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("canary")

    monkeypatch.setattr(quick.desk.approvals, "submit", broken)
    error = await refused(quick, "POST", "reviews", REVIEW, status=500)
    assert error["code"] == "server_error"
    assert "canary" not in str(error)
