"""`GET` and `DELETE /ai-request`: one request, those of an agent, and the end of one."""

import asyncio
from typing import Any

import pytest

from approvals import ids
from approvals.ids import RequestRef
from approvals.model import ApprovalRequest, Dialect, Priority, ProjectId, RequestId, Verdict
from tests.api.bench import DEFAULT, OTHER, Bench
from tests.api.dialects.humanlayer.test_submit import SUBMIT, submitted
from tests.builders import a_caller, a_submit


async def one(bench: Bench, key: str, request_id: Any) -> dict[str, Any]:
    """A request as this dialect shows it."""
    answer = await bench.call("GET", f"/ai-request?id={request_id}", key)
    assert answer.status == 200, await answer.text()
    request: dict[str, Any] = (await answer.json())["request"]
    return request


async def decided(bench: Bench, request_id: str, verdict: str, **more: Any) -> None:
    """Sentinel 1 decides."""
    body = {"as": 1, "verdict": verdict, **more}
    key = await bench.key("decide", speaks_for=("*",))
    answer = await bench.call("POST", f"/desk/v1/requests/{request_id}/decide", key, json=body)
    assert answer.status == 200, await answer.text()


async def test_an_approval_reads_as_documented(bench: Bench) -> None:
    key = await bench.key()
    request = await submitted(bench, key)
    await decided(bench, request["id"], "approved", reasoning="The contract complies with Bill 25.")
    found = await one(bench, key, request["id"])
    assert (found["status"], found["verdict"]) == ("decided", "approved")
    assert found["reasoning"] == "The contract complies with Bill 25."
    assert found["decision_signed_at"] == "2026-11-23T15:00:00.000Z"
    assert found["evidence"]["decided_by"] == "s1@example.com"
    assert found["evidence"]["request_id"] == request["id"]
    assert [event["kind"] for event in found["evidence"]["events"]] == ["submitted", "assigned"]


async def test_a_decision_without_words_says_who(bench: Bench) -> None:
    key = await bench.key()
    request = await submitted(bench, key)
    await decided(bench, request["id"], "approved")
    assert (await one(bench, key, request["id"]))["reasoning"] == "Approved by Sentinel 1."


async def test_any_form_of_the_id_finds_it(bench: Bench) -> None:
    key = await bench.key()
    request = await submitted(bench, key)
    canonical = RequestId(request["id"])
    for form in [canonical, canonical.upper(), ids.humanapproval(canonical), ids.hitl(canonical), 1]:
        assert (await one(bench, key, form))["id"] == canonical


@pytest.mark.parametrize(
    "query",
    [
        "id=a1b2c3d4-e5f6",
        "id=00000000-0000-4000-8000-000000000000",
        "id=2",
        "id=0",
        "id=-1",
        "id=999999999999999999",
        "id=99999999999999999999999",
        "id=req_zz",
        "id=%F0%9F%98%80",
        "id=%ff",
        "id=' OR 1=1",
    ],
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_an_unknown_id_is_not_found(bench: Bench, method: str, query: str) -> None:
    key = await bench.key()
    await submitted(bench, key)
    answer = await bench.call(method, f"/ai-request?{query}", key)
    assert (answer.status, await answer.json()) == (404, {"error": "Request not found"})


@pytest.mark.parametrize(
    "query", ["id=%00", "agent_id=a%0Ab", f"agent_id={'x' * 300}", "agent_id=a&cursor=zz"]
)
async def test_parameters_that_nothing_can_have(bench: Bench, query: str) -> None:
    answer = await bench.call("GET", f"/ai-request?{query}", await bench.key())
    assert answer.status == 400
    assert (await answer.json())["error"].startswith("Invalid ")


@pytest.mark.parametrize(
    ("method", "error"), [("GET", "Missing fields: id or agent_id"), ("DELETE", "Missing fields: id")]
)
@pytest.mark.parametrize("query", ["", "?id=", "?agent_id="])
async def test_without_a_parameter(bench: Bench, method: str, error: str, query: str) -> None:
    answer = await bench.call(method, f"/ai-request{query}", await bench.key())
    assert (answer.status, await answer.json()) == (400, {"error": error})


async def test_lists_hold_an_agent_s_requests_newest_first(bench: Bench) -> None:
    key = await bench.key()
    mine = [(await submitted(bench, key, agent_id="one"))["id"] for _ in range(3)]
    await submitted(bench, key, agent_id="two")
    answer = await bench.call("GET", "/ai-request?agent_id=one", key)
    words = await answer.json()
    assert [request["id"] for request in words["requests"]] == mine[::-1]
    assert words["next_cursor"] is None


async def test_a_list_continues_where_it_ended(bench: Bench) -> None:
    key = await bench.key()
    for _ in range(205):
        await bench.desk.approvals.submit(a_submit(agent_id="busy"))
    seen: list[str] = []
    cursor = ""
    sizes = []
    while cursor is not None:
        answer = await bench.call("GET", f"/ai-request?agent_id=busy&cursor={cursor}", key)
        words = await answer.json()
        sizes.append(len(words["requests"]))
        seen += [request["id"] for request in words["requests"]]
        cursor = words["next_cursor"]
    assert sizes == [100, 100, 5]
    assert len(set(seen)) == 205


async def test_a_cancel_ends_it(bench: Bench) -> None:
    key = await bench.key()
    request = await submitted(bench, key)
    answer = await bench.call("DELETE", f"/ai-request?id={request['id']}", key)
    words = await answer.json()
    assert answer.status == 200
    assert (words["ok"], words["request_id"], words["status"]) == (True, request["id"], "decided")
    assert (words["request"]["verdict"], words["request"]["outcome"]) == ("rejected", "cancelled")
    again = await bench.call("DELETE", f"/ai-request?id={request['id']}", key)
    assert again.status == 409
    assert "cancelled at 2026-11-23T15:00:00.000Z" in (await again.json())["error"]


async def test_a_cancel_after_a_decision_names_it(bench: Bench) -> None:
    key = await bench.key()
    request = await submitted(bench, key)
    await decided(bench, request["id"], "approved")
    answer = await bench.call("DELETE", f"/ai-request?id={request['id']}", key)
    assert answer.status == 409
    assert "approved by Sentinel 1 at 2026-11-23T15:00:00.000Z" in (await answer.json())["error"]


async def test_requests_of_other_doors_are_read_in_its_words(bench: Bench) -> None:
    command = a_submit(
        dialect=Dialect.HUMANCHECK,
        caller=a_caller(project=DEFAULT),
        agent_id="7",
        request_type="judgment",
        title="payment",
        summary="Process payment of $5,000",
        context={"agent_reasoning": "High-value payment"},
        priority=Priority.HIGH,
    )
    done = await bench.desk.approvals.submit(command)
    key = await bench.key()
    found = await one(bench, key, done.request.number)
    assert (found["title"], found["summary"]) == ("payment", "Process payment of $5,000")
    assert (found["priority"], found["request_type"]) == ("urgent", "judgment")
    assert found["context_json"] == {"agent_reasoning": "High-value payment"}
    await decided(bench, found["id"], Verdict.MODIFIED, modified_action="$4,500", reasoning="Reduced.")
    found = await one(bench, key, found["id"])
    assert (found["status"], found["verdict"], found["outcome"]) == ("decided", "rejected", "modified")
    low = await bench.desk.approvals.submit(a_submit(priority=Priority.LOW))
    assert (await one(bench, key, low.request.id))["priority"] == "normal"


async def test_another_project_sees_nothing(bench: Bench) -> None:
    mine, theirs = await bench.key(), await bench.key(project=OTHER)
    request = await submitted(bench, mine)
    for form in [request["id"], 1]:
        for method in ["GET", "DELETE"]:
            answer = await bench.call(method, f"/ai-request?id={form}", theirs)
            assert answer.status == 404
    answer = await bench.call("GET", f"/ai-request?agent_id={SUBMIT['agent_id']}", theirs)
    assert (await answer.json())["requests"] == []


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("&wait=60", {}),
        ("", {"Prefer": "wait=60"}),
        ("", {"Prefer": "respond-async, wait=60; x=1"}),
        ("&wait=100000", {}),
    ],
)
async def test_a_held_answer_comes_with_the_decision(
    bench: Bench, query: str, headers: dict[str, str]
) -> None:
    key = await bench.key()
    request = await submitted(bench, key)
    held = asyncio.ensure_future(
        bench.call("GET", f"/ai-request?id={request['id']}{query}", key, headers=headers)
    )
    await bench.waiting.until(1)
    await decided(bench, request["id"], "approved")
    answer = await (await held).json()
    assert answer["request"]["verdict"] == "approved"
    await bench.waiting.until(0)


async def test_a_decision_between_looking_and_waiting_is_not_missed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await bench.key()
    request = await submitted(bench, key)
    look = bench.store.request

    async def look_then_decide(project: ProjectId, ref: RequestRef) -> ApprovalRequest:
        monkeypatch.setattr(bench.store, "request", look)
        before = await look(project, ref)
        await decided(bench, request["id"], "approved")
        return before

    monkeypatch.setattr(bench.store, "request", look_then_decide)
    async with asyncio.timeout(10):
        answer = await bench.call("GET", f"/ai-request?id={request['id']}&wait=60", key)
    assert (await answer.json())["request"]["verdict"] == "approved"


async def test_a_client_that_goes_away_leaves_no_waiter(bench: Bench) -> None:
    key = await bench.key()
    request = await submitted(bench, key)
    held = asyncio.ensure_future(bench.call("GET", f"/ai-request?id={request['id']}&wait=60", key))
    await bench.waiting.until(1)
    held.cancel()
    await bench.waiting.until(0)


async def test_whoever_waits_when_the_desk_stops_gets_the_state_as_it_is(bench: Bench) -> None:
    key = await bench.key()
    request = await submitted(bench, key)
    held = asyncio.ensure_future(bench.call("GET", f"/ai-request?id={request['id']}&wait=60", key))
    await bench.waiting.until(1)
    bench.desk.waiting.close()
    assert (await (await held).json())["request"]["status"] == "assigned"
    late = await bench.call("GET", f"/ai-request?id={request['id']}&wait=60", key)
    assert (await late.json())["request"]["status"] == "assigned"


async def test_when_the_time_is_over_the_state_is_told(bench: Bench) -> None:
    key = await bench.key()
    request = await submitted(bench, key)
    answer = await bench.call("GET", f"/ai-request?id={request['id']}&wait=1", key)
    assert (await answer.json())["request"]["status"] == "assigned"
    assert len(bench.waiting) == 0


@pytest.mark.parametrize("wait", ["-1", "1.5", "soon", "٣", "9" * 30])
async def test_a_wait_that_is_no_number_is_refused(bench: Bench, wait: str) -> None:
    request = await submitted(bench, await bench.key())
    answer = await bench.call("GET", f"/ai-request?id={request['id']}&wait={wait}", await bench.key())
    assert answer.status == 400
    assert (await answer.json())["error"].startswith("Invalid wait: ")


async def test_a_preference_that_cannot_be_read_is_ignored(bench: Bench) -> None:
    request = await submitted(bench, await bench.key())
    answer = await bench.call(
        "GET", f"/ai-request?id={request['id']}", await bench.key(), headers={"Prefer": "wait=soon, x"}
    )
    assert answer.status == 200
