"""`Idempotency-Key`: repeats are one request, and other words under the same key are none."""

import asyncio
import json
from typing import Any

import pytest

from tests.api.bench import OTHER, Bench
from tests.api.dialects.humanlayer.test_submit import SUBMIT
from tests.builders import a_submit


async def submit(bench: Bench, key: str, idempotency: str, body: Any = SUBMIT) -> Any:
    """The answer to a submit under an idempotency key."""
    return await bench.call("POST", "/ai-request", key, json=body, headers={"Idempotency-Key": idempotency})


async def count(bench: Bench) -> int:
    """How many requests there are."""
    return sum(len(tenant.requests) for tenant in bench.store.tenants.values())


async def test_a_repeat_gets_the_same_bytes(bench: Bench) -> None:
    key = await bench.key()
    first = await submit(bench, key, "order-1", {**SUBMIT, "colour": "red"})
    again = await submit(bench, key, "order-1", {**SUBMIT, "colour": "red"})
    assert await first.read() == await again.read()
    assert (first.status, again.status) == (200, 200)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert await count(bench) == 1


async def test_the_first_answer_again_even_when_things_have_moved_on(bench: Bench) -> None:
    key = await bench.key()
    first = await submit(bench, key, "order-1")
    await bench.call("DELETE", f"/ai-request?id={(await first.json())['request_id']}", key)
    await bench.people()
    assert await (await submit(bench, key, "order-1")).read() == await first.read()


async def test_a_warning_is_repeated_too(bench: Bench) -> None:
    key = await bench.key()
    body = {**SUBMIT, "domain": "medical", "colour": "red"}
    first = await submit(bench, key, "order-1", body)
    assert len((await first.json())["warnings"]) == 2
    assert await (await submit(bench, key, "order-1", body)).read() == await first.read()


async def test_the_order_of_keys_makes_no_other_body(bench: Bench) -> None:
    key = await bench.key()
    first = await submit(bench, key, "order-1")
    turned = json.loads(json.dumps(dict(reversed(SUBMIT.items()))))
    again = await submit(bench, key, "order-1", turned)
    assert await first.read() == await again.read()


async def test_another_body_is_refused_with_both_hashes(bench: Bench) -> None:
    key = await bench.key()
    await submit(bench, key, "order-1")
    answer = await submit(bench, key, "order-1", {**SUBMIT, "summary": "Pay 10000 instead."})
    assert answer.status == 422
    error = (await answer.json())["error"]
    hashes = [word for word in error.replace(",", " ").replace(")", " ").split() if len(word) == 64]
    assert len(set(hashes)) == 2
    assert await count(bench) == 1


async def test_a_refusal_does_not_use_the_key_up(bench: Bench) -> None:
    key = await bench.key()
    assert (await submit(bench, key, "order-1", {})).status == 400
    past = {**SUBMIT, "expires_at": "2020-01-01T00:00:00Z"}
    assert (await submit(bench, key, "order-1", past)).status == 400
    assert (await submit(bench, key, "order-1")).status == 200


async def test_keys_of_others_are_others(bench: Bench) -> None:
    answers = [
        await submit(bench, key, "order-1")
        for key in [await bench.key(), await bench.key(), await bench.key(project=OTHER)]
    ]
    assert len({(await answer.json())["request_id"] for answer in answers}) == 3


async def test_many_at_once_are_one(bench: Bench) -> None:
    key = await bench.key()
    answers = await asyncio.gather(*(submit(bench, key, "order-1") for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    assert len({await answer.read() for answer in answers}) == 1
    assert await count(bench) == 1


@pytest.mark.parametrize("bad", ["", "x" * 256, "é", "a\tb"])
async def test_a_malformed_key_is_refused(bench: Bench, bad: str) -> None:
    answer = await submit(bench, await bench.key(), bad)
    assert answer.status == 400
    assert (await answer.json())["error"].startswith("Invalid Idempotency-Key: ")


async def test_two_keys_are_refused(bench: Bench) -> None:
    headers = [("x-api-key", await bench.key()), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = await bench.client.post("/ai-request", json=SUBMIT, headers=headers)
    assert answer.status == 400


async def test_a_decision_is_repeated_and_bound_to_its_request(bench: Bench) -> None:
    for _ in range(2):
        await bench.desk.approvals.submit(a_submit())
    key = await bench.key("decide", speaks_for=("*",))

    async def decide(number: int, verdict: str) -> Any:
        body = {"as": 1, "verdict": verdict, "reasoning": "Because."}
        path = f"/desk/v1/requests/{number}/decide"
        return await bench.call("POST", path, key, json=body, headers={"Idempotency-Key": "d-1"})

    first = await decide(1, "approved")
    again = await decide(1, "approved")
    assert await first.read() == await again.read()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (await decide(1, "rejected")).status == 422
    other = await decide(2, "approved")
    assert (other.status, (await other.json())["number"]) == (200, 2)
