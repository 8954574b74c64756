"""Waiting for a question of a Sentinel: at any GET of one request that says so, and at its questions."""

import asyncio
from typing import Any

import pytest

from approvals import ids
from approvals.model import RequestId
from tests.api.bench import Bench
from tests.builders import a_submit

ONE = "/desk/v1/requests/1"


@pytest.fixture
async def agent(bench: Bench) -> str:
    """The key of an agent whose request waits for Sentinel 1."""
    await bench.desk.approvals.submit(a_submit())
    return await bench.key()


async def ask(bench: Bench, question: str = "Which law?") -> None:
    """Sentinel 1 asks."""
    key = await bench.key("decide", speaks_for=("*",))
    answer = await bench.call("POST", f"{ONE}/ask", key, json={"as": 1, "question": question})
    assert answer.status == 200, await answer.text()


async def decide(bench: Bench) -> None:
    """Sentinel 1 approves."""
    key = await bench.key("decide", speaks_for=("*",))
    await bench.call("POST", f"{ONE}/decide", key, json={"as": 1, "verdict": "approved"})


def waiting(bench: Bench, key: str, path: str, **more: Any) -> "asyncio.Future[Any]":
    """A GET that is under way."""
    return asyncio.ensure_future(bench.call("GET", path, key, **more))


def doors(request_id: str) -> list[str]:
    """The request in every dialect, held until it has ended or a question is asked."""
    canonical = RequestId(request_id)
    held = "wait=60&questions_after=0"
    return [
        f"{ONE}?{held}",
        f"/ai-request?id={canonical}&{held}",
        f"/api/v1/requests/{ids.humanapproval(canonical)}?{held}",
        f"/reviews/1?{held}",
        f"/reviews/1/decision?{held}",
        f"/v1/reviews/{ids.hitl(canonical)}?{held}",
    ]


async def test_a_question_wakes_who_wants_to_hear_it_in_every_dialect(bench: Bench, agent: str) -> None:
    shown = await (await bench.call("GET", ONE, agent)).json()
    calls = [waiting(bench, agent, path) for path in doors(shown["id"])]
    await bench.waiting.until(len(calls))
    await ask(bench)
    async with asyncio.timeout(10):
        assert {answer.status for answer in await asyncio.gather(*calls)} == {200}
    assert len(bench.waiting) == 0


async def test_whoever_does_not_say_so_is_held_until_the_end(bench: Bench, agent: str) -> None:
    call = waiting(bench, agent, "/reviews/1?wait=60")
    await bench.waiting.until(1)
    await ask(bench)
    assert len(bench.waiting) == 1
    await decide(bench)
    async with asyncio.timeout(10):
        assert (await (await call).json())["status"] == "approved"


async def test_a_question_that_is_known_wakes_nobody_again(bench: Bench, agent: str) -> None:
    await ask(bench)
    call = waiting(bench, agent, "/reviews/1?wait=60&questions_after=1")
    await bench.waiting.until(1)
    await bench.call("POST", f"{ONE}/questions/1/answer", agent, json={"answer": "Bill 25."})
    assert not call.done()
    await ask(bench, "Since when?")
    async with asyncio.timeout(10):
        assert (await call).status == 200


async def test_one_that_was_asked_before_is_heard_at_once(bench: Bench, agent: str) -> None:
    await ask(bench)
    async with asyncio.timeout(10):
        answer = await bench.call("GET", "/reviews/1?questions_after=0", agent, headers={"Prefer": "wait=60"})
    assert answer.status == 200


async def test_the_questions_themselves_can_be_waited_for(bench: Bench, agent: str) -> None:
    call = waiting(bench, agent, f"{ONE}/questions?wait=60")
    await bench.waiting.until(1)
    await ask(bench)
    async with asyncio.timeout(10):
        told = await (await call).json()
    assert (told["state"], [q["question"] for q in told["questions"]]) == ("assigned", ["Which law?"])
    call = waiting(bench, agent, f"{ONE}/questions?wait=60&questions_after=1")
    await bench.waiting.until(1)
    await decide(bench)
    async with asyncio.timeout(10):
        told = await (await call).json()
    assert (told["state"], told["questions"]) == ("decided", [])


async def test_nobody_is_held_longer_than_asked(bench: Bench, agent: str) -> None:
    async with asyncio.timeout(10):
        answer = await bench.call("GET", f"{ONE}/questions?wait=1", agent)
    assert (await answer.json())["questions"] == []
    assert len(bench.waiting) == 0


async def test_a_desk_that_stops_lets_everybody_go(bench: Bench, agent: str) -> None:
    call = waiting(bench, agent, f"{ONE}/questions?wait=60")
    await bench.waiting.until(1)
    bench.waiting.close()
    async with asyncio.timeout(10):
        assert (await call).status == 200


async def test_whoever_hangs_up_leaves_nothing(bench: Bench, agent: str) -> None:
    call = waiting(bench, agent, f"{ONE}/questions?wait=60")
    await bench.waiting.until(1)
    call.cancel()
    await bench.waiting.until(0)


@pytest.mark.parametrize("number", ["-1", "one", "", "1.5", "9" * 10])
async def test_what_is_no_number_of_a_question(bench: Bench, agent: str, number: str) -> None:
    for path in (f"{ONE}?wait=1&questions_after={number}", f"{ONE}/questions?questions_after={number}"):
        answer = await bench.call("GET", path, agent)
        assert answer.status == 400
        assert (await answer.json())["error"]["field"] == "questions_after"
