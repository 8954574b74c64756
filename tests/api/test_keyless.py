"""`DESK_INSECURE_OPEN=1`: what answers without a key, to whom, and what never does."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from api.app import MOUNTS
from api.keyless import visitor
from api.problems import Refused
from tests.api.bench import Bench, opened
from tests.api.test_bodies import address
from tests.builders import NOW, a_submit

REVIEW = {"task_type": "payment", "proposed_action": "Process payment of $5,000"}
ROUTES = [(mount, op) for mount in MOUNTS for op in mount.ops]


@pytest.fixture
async def ajar() -> AsyncIterator[Bench]:
    """A desk that answers one dialect without a key."""
    bench = await opened(insecure_open=True)
    yield bench
    await bench.client.close()


@pytest.mark.parametrize(("mount", "op"), ROUTES, ids=[f"{op.method} {op.path}" for _, op in ROUTES])
async def test_one_dialect_answers_and_no_other_route(ajar: Bench, mount: Any, op: Any) -> None:
    await ajar.desk.approvals.submit(a_submit())
    answer = await ajar.call(op.method, address(op.path))
    assert (answer.status == 401) == (mount.name != "humancheck"), await answer.text()


async def test_no_route_of_the_team_is_among_them() -> None:
    opened_ops = [op for mount in MOUNTS if mount.keyless for op in mount.ops]
    assert opened_ops
    assert all({"requests", "decide"} & op.scopes for op in opened_ops)


async def test_somebody_without_a_key_asks_and_decides_in_the_default_project(ajar: Bench) -> None:
    review = await (await ajar.call("POST", "/reviews", json={**REVIEW, "task_type": "legal"})).json()
    body = {"reviewer_id": 1, "decision_type": "approve"}
    decided = await ajar.call("POST", f"/reviews/{review['id']}/decide", json=body)
    assert (decided.status, (await decided.json())["reviewer_name"]) == (200, "Sentinel 1")
    seen = await ajar.call("GET", f"/reviews/{review['id']}", await ajar.key())
    assert (await seen.json())["status"] == "approved"


@pytest.mark.parametrize(
    "headers",
    [
        {"Forwarded": "for=192.0.2.60"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"x-forwarded-proto": "https"},
        {"X-Forwarded-Anything": ""},
        {"X-Real-IP": "127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"Host": "desk.example.com"},
        {"Host": "127.0.0.1.example.com:8080"},
        {"Host": "[::1"},
        {"Host": "0.0.0.0"},
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_others_are_refused(ajar: Bench, headers: dict[str, str]) -> None:
    for method, path in [("POST", "/reviews"), ("GET", "/reviews"), ("POST", "/reviews/1/decide")]:
        answer = await ajar.call(method, path, headers=headers)
        assert answer.status == 401
        detail = (await answer.json())["detail"]
        assert "key" in detail
        assert next(iter(headers)).lower() in detail.lower()
    with_key = await ajar.call("GET", "/reviews", await ajar.key(), headers=headers)
    assert with_key.status == 200


@pytest.mark.parametrize("remote", ["192.0.2.60", "10.0.0.2", "2001:db8::1", "", "127.0.0.1.example.com"])
def test_another_machine_is_refused(remote: str) -> None:
    asked = make_mocked_request("GET", "/reviews", headers={"Host": "127.0.0.1:8080"})
    assert visitor(asked.clone(remote="127.0.0.1"), NOW).name == "somebody without a key"
    with pytest.raises(Refused) as refused:
        visitor(asked.clone(remote=remote), NOW)
    assert refused.value.problem.status == 401


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:80", "[::1]:8080", "127.9.9.9"])
async def test_this_machine_has_several_names(ajar: Bench, host: str) -> None:
    answer = await ajar.call("GET", "/reviews", headers={"Host": host})
    assert answer.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer your-api-key-here"},
        {"Authorization": ""},
        {"x-api-key": ""},
        {"x-api-key": "x", "Authorization": ""},
    ],
)
async def test_a_wrong_key_opens_nothing(ajar: Bench, headers: dict[str, str]) -> None:
    assert (await ajar.call("GET", "/reviews", headers=headers)).status == 401


async def test_a_callback_needs_a_key_to_sign_it(ajar: Bench) -> None:
    body = {**REVIEW, "callback_url": "https://example.com/hook"}
    answer = await ajar.call("POST", "/reviews", json=body)
    assert answer.status == 400
    assert "callback_url" in (await answer.json())["detail"]
    assert (await ajar.call("POST", "/reviews", await ajar.key(), json=body)).status == 201


async def test_the_default_rate_holds() -> None:
    bench = await opened(insecure_open=True)
    answer = await bench.call("GET", "/reviews")
    assert answer.headers["X-RateLimit-Limit"] == "1000"
    await bench.client.close()


async def test_a_desk_that_is_not_told_to_wants_keys(bench: Bench) -> None:
    assert (await bench.call("GET", "/reviews")).status == 401
