"""What every answer bears, what no route answers, and what happens when something breaks."""

import asyncio
import logging
from datetime import timedelta
from typing import Any

import pytest

from api.health import KEPT
from approvals.errors import StoreUnavailable
from tests.api.bench import Bench, opened
from tests.api.dialects.humanlayer.test_submit import SUBMIT
from tests.builders import minutes

SECRET = "canary-5f2b"


async def test_every_answer_has_an_id_of_its_own(bench: Bench) -> None:
    key = await bench.key()
    paths = [("GET", "/ai-request?agent_id=a"), ("GET", "/ai-request"), ("PUT", "/ai-request"), ("GET", "/x")]
    answers = [await bench.call(method, path, key) for method, path in paths]
    answers.append(await bench.call("GET", "/ai-request"))
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert len(set(ids)) == len(paths) + 1
    assert all(answer.headers["Server"] == "sentinel-desk" for answer in answers)


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
async def test_no_page_of_another_site_may_read_an_answer(bench: Bench, method: str) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for path in ("/ai-request?agent_id=a", "/desk/v1/sentinels", "/reviews", "/nothing", "/healthz"):
        answer = await bench.call(method, path, await bench.key(), headers=asked)
        assert [name for name in answer.headers if name.lower().startswith("access-control-")] == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/ai-request/", 404),
        ("GET", "/ai-request/a1b2", 404),
        ("PUT", "/ai-request", 405),
        ("PATCH", "/ai-request", 405),
        ("OPTIONS", "/ai-request", 405),
    ],
)
async def test_what_humanlayer_has_no_route_for(bench: Bench, method: str, path: str, status: int) -> None:
    answer = await bench.call(method, path)
    words = await answer.json()
    assert (answer.status, list(words)) == (status, ["error"])
    assert path in words["error"]
    if status == 405:
        assert answer.headers["Allow"] == "DELETE, GET, POST"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/desk/v1", 404),
        ("GET", "/desk/v1/nothing", 404),
        ("PUT", "/desk/v1/sentinels", 405),
        ("GET", "/desk/v1/requests/1/decide", 405),
        ("GET", "/", 404),
        ("GET", "/ai-requests", 404),
    ],
)
async def test_what_we_have_no_route_for(bench: Bench, method: str, path: str, status: int) -> None:
    answer = await bench.call(method, path)
    assert answer.status == status
    code = (await answer.json())["error"]["code"]
    assert code == {404: "not_found", 405: "method_not_allowed"}[status]


@pytest.mark.parametrize("front", ["/docs", "/workspace/"])
async def test_a_browser_at_the_bare_address_is_led_somewhere(front: str) -> None:
    bench = await opened(front=front)
    try:
        for accept, status in (("text/html,*/*;q=0.8", 302), ("*/*", 404), ("application/json", 404)):
            answer = await bench.call("GET", "/", headers={"Accept": accept}, allow_redirects=False)
            assert answer.status == status
            assert answer.headers.get("Location") == (front if status == 302 else None)
        assert (await bench.call("POST", "/", headers={"Accept": "text/html"})).status == 404
    finally:
        await bench.client.close()


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_where_requests_are_made_and_listed_is_said_where_they_are_not(
    bench: Bench, method: str
) -> None:
    words = await (await bench.call(method, "/desk/v1/requests")).json()
    assert all(door in words["error"]["message"] for door in ("/ai-request", "/v1/reviews", "/requests/{id}"))


async def test_a_long_address_is_not_echoed_whole(bench: Bench) -> None:
    answer = await bench.call("GET", "/ai-request/" + "x" * 3000)
    assert len((await answer.json())["error"]) < 300


async def test_what_nobody_foresaw_is_logged_without_values(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(command: Any) -> None:
        raise RuntimeError(f"cannot store {command.summary}")

    monkeypatch.setattr(bench.desk.approvals, "submit", broken)
    key = await bench.key()
    with caplog.at_level(logging.ERROR):
        answer = await bench.call("POST", "/ai-request", key, json={**SUBMIT, "summary": SECRET})
    assert answer.status == 500
    assert list(await answer.json()) == ["error"]
    assert SECRET not in await answer.text()
    (record,) = caplog.records
    line = record.getMessage()
    assert "RuntimeError" in line
    assert answer.headers["X-Request-Id"] in line
    assert SECRET not in line
    assert key not in line
    assert "\n" not in line
    assert record.exc_info is None


async def test_when_the_database_does_not_answer(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unavailable(*_: Any) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(bench.store, "write", unavailable)
    answer = await bench.call("POST", "/ai-request", await bench.key(), json=SUBMIT)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert "Not recorded" in (await answer.json())["error"]


async def test_a_quota_that_cannot_be_read_spoils_no_answer(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unavailable(*_: Any) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(bench.store.keys, "used", unavailable)
    answer = await bench.call("GET", "/ai-request?agent_id=a", await bench.key(quota=50))
    assert (answer.status, answer.headers["X-RateLimit-Limit"]) == (200, "1000")


async def test_health(bench: Bench) -> None:
    assert await (await bench.call("GET", "/healthz")).json() == {"status": "ok"}
    ready = await bench.call("GET", "/readyz")
    assert (ready.status, await ready.json()) == (200, {"status": "ready"})
    bench.faults.append("migrations: at 0001, want 0002")
    bench.clock.advance(KEPT)
    tired = await bench.call("GET", "/readyz")
    assert tired.status == 503
    assert (await tired.json())["reasons"] == ["migrations: at 0001, want 0002"]
    assert (await bench.call("HEAD", "/healthz")).status == 200


async def test_however_many_ask_one_look_answers_all_for_a_second() -> None:
    looks, going_on = list[object](), asyncio.Event()

    async def look() -> list[str]:
        looks.append(None)
        await going_on.wait()
        return [f"look {len(looks)}"]

    bench = await opened(ready=look)
    asking = [asyncio.create_task(bench.call("GET", "/readyz")) for _ in range(20)]
    gone = asking.pop()
    while not looks:  # noqa: ASYNC110 - nothing announces it
        await asyncio.sleep(0)
    gone.cancel()
    going_on.set()
    told = [await (await answer).json() for answer in asking]
    bench.clock.advance(KEPT - timedelta(microseconds=1))
    told.append(await (await bench.call("GET", "/readyz")).json())
    assert [one["reasons"] for one in told] == [["look 1"]] * 20
    # As soon as it is over, and where the clock was set back.
    for step, number in ((timedelta(microseconds=1), 2), (-minutes(60), 3)):
        bench.clock.advance(step)
        assert (await (await bench.call("GET", "/readyz")).json())["reasons"] == [f"look {number}"]
    bench.desk.waiting.close()
    await bench.client.close()


async def test_not_ready_while_the_database_does_not_answer() -> None:
    async def ready() -> list[str]:
        raise StoreUnavailable

    bench = await opened(ready=ready)
    answer = await bench.call("GET", "/readyz")
    assert (answer.status, (await answer.json())["reasons"]) == (503, [str(StoreUnavailable())])
    await bench.client.close()
