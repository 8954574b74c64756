"""Who may call what: every route against every scope, and the ways of showing a key."""

from typing import Any

import pytest

from api.app import MOUNTS, OPEN
from approvals.keys import Scope
from tests.api.bench import Bench
from tests.api.test_bodies import address
from tests.builders import hours

ROUTES = [(mount.name, op) for mount in MOUNTS for op in mount.ops]
NAMES = [f"{op.method} {op.path}" for _, op in ROUTES]


def test_no_route_is_open_but_health(bench: Bench) -> None:
    tabled = {(op.method, op.path) for _, op in ROUTES}
    served = {
        (route.method, route.resource.canonical) for route in bench.app.router.routes() if route.resource
    }
    assert served - tabled == {(method, path) for path in OPEN for method in ("GET", "HEAD")}
    assert all(op.scopes for _, op in ROUTES)


@pytest.mark.parametrize(("name", "op"), ROUTES, ids=NAMES)
async def test_every_route_against_every_scope(bench: Bench, name: str, op: Any) -> None:
    for scope in Scope:
        key = await bench.key(scope, speaks_for=("*",) if scope is Scope.DECIDE else ())
        answer = await bench.call(op.method, address(op.path), key)
        assert (answer.status == 403) == (scope not in op.scopes), (scope, await answer.text())
        assert answer.status < 500


@pytest.mark.parametrize(("name", "op"), ROUTES, ids=NAMES)
async def test_every_route_wants_a_key(bench: Bench, name: str, op: Any) -> None:
    good = await bench.key(*op.scopes)
    expired = await bench.key(*op.scopes, expires_at=bench.clock())
    revoked = await bench.key(*op.scopes, revoked_at=bench.clock())
    tampered = good[:-1] + ("0" if good[-1] != "0" else "1")
    for key in [None, "", "hl_your_key", "x" * 5_000, expired, revoked, tampered, good.upper(), good + "x"]:
        answer = await bench.call(op.method, address(op.path), key)
        assert answer.status == 401, key
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.content_type == "application/json"


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("x-api-key", "{}"),
        ("X-API-Key", " {} "),
        ("Authorization", "Bearer {}"),
        ("Authorization", "bearer   {}"),
    ],
)
async def test_a_key_is_shown_in_either_header(bench: Bench, header: str, form: str) -> None:
    key = await bench.key()
    for path in ["/ai-request?agent_id=a", "/desk/v1/sentinels"]:
        answer = await bench.call("GET", path, headers={header: form.format(key)})
        assert answer.status == 200


@pytest.mark.parametrize("form", ["Basic {}", "Bearer", "{}", "Bearer{}", "Bearer \u00e9"])
async def test_other_schemes_are_none(bench: Bench, form: str) -> None:
    headers = {"Authorization": form.format(await bench.key())}
    answer = await bench.call("GET", "/ai-request?agent_id=a", headers=headers)
    assert (answer.status, await answer.json()) == (401, {"error": "Invalid or missing API key"})


async def test_a_key_dies_when_it_expires(bench: Bench) -> None:
    key = await bench.key(expires_at=bench.clock() + hours(1))
    assert (await bench.call("GET", "/ai-request?agent_id=a", key)).status == 200
    bench.clock.advance(hours(1))
    assert (await bench.call("GET", "/ai-request?agent_id=a", key)).status == 401


async def test_a_missing_scope_is_named(bench: Bench) -> None:
    answer = await bench.call("POST", "/ai-request", await bench.key("decide"), json={})
    assert answer.status == 403
    assert "make one with `keys create --scope requests`." in (await answer.json())["error"]
    body = {"as": 1, "verdict": "approved"}
    answer = await bench.call("POST", "/desk/v1/requests/1/decide", await bench.key(), json=body)
    assert "with `keys create --scope decide --as EMAIL`." in (await answer.json())["error"]["message"]
