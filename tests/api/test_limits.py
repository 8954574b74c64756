"""Rates and quotas: what a key has left, and what it hears when nothing is."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from api.limits import Limiter
from api.problems import Refused
from approvals.allowances import MemoryAllowances
from approvals.keys import Key, Rate, Scope
from approvals.model import KeyId
from tests.api.bench import DEFAULT, OTHER, Bench, opened
from tests.api.dialects.humanlayer.test_submit import SUBMIT
from tests.builders import NOW


def shown(answer: Any) -> tuple[int, int, int]:
    """The three headers as numbers."""
    return tuple(int(answer.headers[f"X-RateLimit-{name}"]) for name in ("Limit", "Remaining", "Reset"))  # type: ignore[return-value]


def a_key(rate: Rate | None = None) -> Key:
    """A key with a rate of its own or without."""
    return Key(KeyId("k"), DEFAULT, "key", frozenset({Scope.REQUESTS}), NOW, rate=rate)


async def test_a_burst_of_all_then_one_by_one() -> None:
    limiter, key = Limiter(None, MemoryAllowances()), a_key(Rate(10, 60))
    left = [await limiter.take(key, NOW) for _ in range(10)]
    assert [standing.remaining for standing in left if standing] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    with pytest.raises(Refused) as refused:
        await limiter.take(key, NOW)
    assert refused.value.problem.headers == {"Retry-After": "6"}
    with pytest.raises(Refused):
        await limiter.take(key, NOW + timedelta(seconds=5.9))
    assert await limiter.take(key, NOW + timedelta(seconds=6)) is not None
    with pytest.raises(Refused):
        await limiter.take(key, NOW + timedelta(seconds=6))


async def test_time_gives_everything_back_and_no_more() -> None:
    limiter, key = Limiter(Rate(3, 1), MemoryAllowances()), a_key()
    for start in (NOW, NOW + timedelta(days=1)):
        for _ in range(3):
            await limiter.take(key, start)
        with pytest.raises(Refused):
            await limiter.take(key, start)


@pytest.mark.parametrize("rate", [Rate(1, 1), Rate(7, 60), Rate(1000, 60), Rate(100_000, 60), Rate(1, 3600)])
async def test_never_one_more_than_the_rate(rate: Rate) -> None:
    limiter, key = Limiter(rate, MemoryAllowances()), a_key()
    passed = 0
    for _ in range(rate.count + 5):
        try:
            await limiter.take(key, NOW)
            passed += 1
        except Refused:
            pass
    assert passed == rate.count


async def test_a_project_s_rate_is_shared_by_its_keys_and_by_no_other_s() -> None:
    bench = await opened(default_rate=None, project_rate=Rate(3, 60))
    one, two = await bench.key(rate=Rate(2, 60)), await bench.key()
    asked = [await bench.call("POST", "/ai-request", key, json=SUBMIT) for key in (one, one, one, two, two)]
    assert [answer.status for answer in asked] == [200, 200, 429, 200, 429]
    assert "3/min creates of all keys of this project" in (await asked[-1].json())["error"]
    assert asked[-1].headers["Retry-After"] == "20"
    assert shown(asked[-1])[:2] == (3, 0)
    elsewhere = await bench.key(project=OTHER)
    assert (await bench.call("POST", "/ai-request", elsewhere, json=SUBMIT)).status == 200
    await bench.client.close()


async def test_the_default_holds_for_every_key_and_shows_on_every_answer(bench: Bench) -> None:
    key = await bench.key()
    first = await bench.call("POST", "/ai-request", key, json=SUBMIT)
    assert shown(first)[:2] == (1000, 999)
    looked = await bench.call("GET", "/ai-request?agent_id=a", key)
    refused = await bench.call("GET", "/ai-request", key)
    assert shown(looked) == shown(refused) == (1000, 999, int(NOW.timestamp()) + 1)
    assert shown(await bench.call("GET", "/desk/v1/sentinels", await bench.key()))[:2] == (1000, 1000)


async def test_over_the_limit_says_when_to_come_back(bench: Bench) -> None:
    key = await bench.key(rate=Rate(2, 60))
    for _ in range(2):
        assert (await bench.call("POST", "/ai-request", key, json=SUBMIT)).status == 200
    answer = await bench.call("POST", "/ai-request", key, json=SUBMIT)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "30")
    assert shown(answer) == (2, 0, int(NOW.timestamp()) + 60)
    assert "2/min" in (await answer.json())["error"]
    assert (await bench.call("GET", "/ai-request?agent_id=a", key)).status == 200
    assert (await bench.call("POST", "/ai-request", await bench.key(), json=SUBMIT)).status == 200
    bench.clock.advance(timedelta(seconds=30))
    assert (await bench.call("POST", "/ai-request", key, json=SUBMIT)).status == 200


async def test_many_at_once_pass_as_often_as_they_may(bench: Bench) -> None:
    key = await bench.key(rate=Rate(10, 60))
    answers = await asyncio.gather(*(bench.call("POST", "/ai-request", key, json=SUBMIT) for _ in range(40)))
    assert sorted(answer.status for answer in answers) == [200] * 10 + [429] * 30


async def test_without_a_default_a_key_without_a_rate_shows_nothing() -> None:
    bench = await opened(default_rate=None)
    answer = await bench.call("POST", "/ai-request", await bench.key(), json=SUBMIT)
    assert not [name for name in answer.headers if name.startswith("X-RateLimit")]
    own = await bench.call("POST", "/ai-request", await bench.key(rate=Rate(5, 1)), json=SUBMIT)
    assert shown(own)[:2] == (5, 4)
    await bench.client.close()


async def test_a_rate_that_is_exceeded_shows_itself_before_a_quota(bench: Bench) -> None:
    key = await bench.key(quota=50, rate=Rate(1, 60))
    assert shown(await bench.call("POST", "/ai-request", key, json=SUBMIT))[:2] == (50, 49)
    over = await bench.call("POST", "/ai-request", key, json=SUBMIT)
    assert (over.status, shown(over)[:2], over.headers["Retry-After"]) == (429, (1, 0), "60")


async def test_a_monthly_quota_is_what_the_headers_show(bench: Bench) -> None:
    key = await bench.key(quota=2)
    reset = 1796083200  # 2026-12-01T00:00:00Z
    assert shown(await bench.call("GET", "/ai-request?agent_id=a", key)) == (2, 2, reset)
    assert shown(await bench.call("POST", "/ai-request", key, json=SUBMIT)) == (2, 1, reset)
    assert shown(await bench.call("POST", "/ai-request", key, json={})) == (2, 1, reset)
    assert shown(await bench.call("POST", "/ai-request", key, json=SUBMIT)) == (2, 0, reset)
    over = await bench.call("POST", "/ai-request", key, json=SUBMIT)
    assert (over.status, shown(over)) == (429, (2, 0, reset))
    assert int(over.headers["Retry-After"]) == reset - int(NOW.timestamp())
    assert "quota of 2" in (await over.json())["error"]
    bench.clock.advance(timedelta(days=8))
    assert (await bench.call("POST", "/ai-request", key, json=SUBMIT)).status == 200


async def test_too_many_open_requests_are_refused_in_every_dialect_s_shape(bench: Bench) -> None:
    key = await bench.key(max_open=1)
    made = await (await bench.call("POST", "/ai-request", key, json=SUBMIT)).json()
    for path, body, words in (
        ("/ai-request", SUBMIT, lambda told: told["error"]),
        ("/api/v1/requests", {"title": "Pay", "payload": {}}, lambda told: told["error"]),
        ("/reviews", {"task_type": "payment", "proposed_action": "Pay"}, lambda told: told["detail"]),
        ("/v1/reviews", {"content": {"text": "Pay"}}, lambda told: told["error"]["message"]),
    ):
        refused = await bench.call("POST", path, key, json=body)
        assert (refused.status, refused.headers["Retry-After"]) == (429, "60")
        assert "1 open requests" in words(await refused.json())
    await bench.call("DELETE", f"/ai-request?id={made['request_id']}", key)
    assert (await bench.call("POST", "/ai-request", key, json=SUBMIT)).status == 200
