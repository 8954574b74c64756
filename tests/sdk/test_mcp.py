"""The MCP server as an agent's client runs it: a process of its own, over stdio."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from mcp import StdioServerParameters
from mcp.client import Client as McpClient
from mcp.client.stdio import stdio_client

from sentinel_desk import AsyncClient, mcp_server
from tests.sdk.front import PATIENCE_S, Front, answering
from tests.sdk.real import RealDesk
from tests.sdk.standin import StandIn

SOURCE = Path(__file__).parents[2] / "sdk" / "python" / "src"
SERVER = ["-m", "sentinel_desk.mcp_server"]


def environment(**variables: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), **variables}


@pytest.fixture
def desk(real: RealDesk) -> Front:
    """The desk itself: what the server does does not depend on which one it is."""
    return real


@pytest.fixture
async def agent(desk: Front, tmp_path: Path) -> AsyncIterator[McpClient]:
    """An agent's MCP client with a running server, both in a task of their own as anyio wants it."""
    parameters = StdioServerParameters(
        command=sys.executable,
        args=SERVER,
        env=environment(SENTINEL_DESK_URL=desk.url, SENTINEL_DESK_API_KEY=desk.key),
    )
    ready: asyncio.Future[McpClient] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def hold() -> None:
        with (tmp_path / "stderr").open("w") as errlog:
            async with McpClient(stdio_client(parameters, errlog=errlog)) as client:
                ready.set_result(client)
                await done.wait()

    holding = asyncio.create_task(hold())
    await asyncio.wait({holding, ready}, return_when=asyncio.FIRST_COMPLETED)
    if holding.done():
        await holding
    yield await ready
    done.set()
    await holding
    assert desk.key not in (tmp_path / "stderr").read_text()


async def call(agent: McpClient, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await agent.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


async def refused(agent: McpClient, tool: str, **arguments: Any) -> str:
    result = await agent.call_tool(tool, arguments)
    assert result.is_error
    return str(result.content[0].text)  # type: ignore[union-attr]


async def test_from_the_question_to_the_yes(desk: Front, agent: McpClient) -> None:
    asked = await call(
        agent, "request_approval", title="Refund $500", payload={"amount": 500}, domain="finance"
    )
    assert (asked["approved"], asked["status"], asked["outcome"]) == (False, "pending", None)
    assert asked["next_step"].startswith("Do not act yet")
    request_id = asked["request_id"]
    assert (await desk.made())[0]["payload"] == {"amount": 500, "domain": "finance"}

    waiting = asyncio.create_task(call(agent, "wait_for_approval", request_id=request_id))
    await desk.until_held(1)
    await desk.decide(request_id, "approved", "Looks good to me")
    answer = await waiting
    assert (answer["approved"], answer["outcome"], answer["note"]) == (True, "approved", "Looks good to me")
    assert answer["next_step"].startswith("Go on")


async def test_anything_else_is_a_no(standin: StandIn) -> None:
    async with AsyncClient(standin.key, standin.url) as client, McpClient(mcp_server.build(client)) as agent:
        for status, outcome in [("rejected", "rejected"), ("rejected", "escalated"), ("expired", "expired")]:
            asked = await call(agent, "request_approval", title="Refund", payload={})
            await standin.decide(asked["request_id"], status, outcome=outcome)
            answer = await call(agent, "check_approval", request_id=asked["request_id"])
            assert (answer["approved"], answer["status"], answer["outcome"]) == (False, status, outcome)
            assert answer["next_step"].startswith("Do not act.")


async def test_a_reviewers_question(desk: Front, agent: McpClient) -> None:
    request_id = (await call(agent, "request_approval", title="Refund", payload={}))["request_id"]
    await desk.ask(request_id, "Which order?")
    seen = await call(agent, "check_approval", request_id=request_id)
    assert seen["open_questions"] == [{"number": 1, "question": "Which order?", "asked_by": "Marie Dupont"}]
    assert "answer_question" in seen["next_step"]
    after = await call(agent, "answer_question", request_id=request_id, number=1, answer="ord_456")
    assert after["open_questions"] == []


async def test_a_wait_that_is_over_says_pending(desk: Front, agent: McpClient) -> None:
    request_id = (await call(agent, "request_approval", title="Refund", payload={}))["request_id"]
    answer = await call(agent, "wait_for_approval", request_id=request_id, timeout_seconds=1)
    assert (answer["approved"], answer["status"]) == (False, "pending")


async def test_a_wait_ends_when_a_reviewer_asks(desk: Front, agent: McpClient) -> None:
    request_id = (await call(agent, "request_approval", title="Refund", payload={}))["request_id"]
    await desk.ask(request_id, "Which order?")
    waiting = asyncio.create_task(call(agent, "wait_for_approval", request_id=request_id))
    # The question that was open when it began is known, and ends nothing.
    await desk.until_held(1)
    await desk.ask(request_id, "How much?")
    async with asyncio.timeout(PATIENCE_S):
        answer = await waiting
    assert [question["number"] for question in answer["open_questions"]] == [1, 2]
    assert answer["status"] == "pending"


async def test_one_external_id_is_one_request(desk: Front, agent: McpClient) -> None:
    wanted = {"title": "Refund", "payload": {"n": 1}, "external_id": "refund-7", "expires_in_minutes": 60}
    first = await call(agent, "request_approval", **wanted)
    again = await call(agent, "request_approval", **(wanted | {"expires_in_minutes": 61}))
    assert first["request_id"] == again["request_id"]
    assert first["expires_at"] is not None


async def test_what_goes_wrong_is_told(desk: Front, agent: McpClient) -> None:
    assert "404: Request not found" in await refused(agent, "check_approval", request_id="req_" + 32 * "0")
    assert "404" in await refused(agent, "wait_for_approval", request_id="req_" + 32 * "0")
    desk.faults.append(answering(400, text='{"error": "payload is too deep"}'))
    assert "too deep" in await refused(agent, "request_approval", title="x", payload={})


NONSENSE: list[tuple[str, dict[str, Any]]] = [
    ("check_approval", {"request_id": "../../keys"}),
    ("check_approval", {"request_id": ""}),
    ("request_approval", {"title": "x", "payload": "text"}),
    ("request_approval", {"title": "", "payload": {}}),
    ("request_approval", {"payload": {}}),
    ("request_approval", {"title": "x", "payload": {}, "expires_in_minutes": 0}),
    ("wait_for_approval", {"request_id": "req_1", "timeout_seconds": 301}),
    ("answer_question", {"request_id": "req_1", "number": 0, "answer": "x"}),
    ("decide", {"request_id": "req_1", "verdict": "approved"}),
]


async def test_what_makes_no_sense_does_not_reach_the_desk(desk: Front, agent: McpClient) -> None:
    for tool, arguments in NONSENSE:
        await refused(agent, tool, **arguments)
    assert desk.seen == []


async def test_the_tools_say_what_they_are(agent: McpClient) -> None:
    tools = {tool.name: tool for tool in (await agent.list_tools()).tools}
    assert list(tools) == ["request_approval", "check_approval", "wait_for_approval", "answer_question"]
    assert all(tool.description and tool.output_schema for tool in tools.values())
    assert tools["request_approval"].input_schema["required"] == ["title", "payload"]
    assert "approved" in tools["check_approval"].output_schema["required"]  # type: ignore[index]
    assert "request_approval" in (agent.instructions or "")


@pytest.mark.parametrize(
    ("variables", "missing"),
    [
        ({}, "SENTINEL_DESK_URL"),
        ({"SENTINEL_DESK_URL": "https://desk.example.com"}, "SENTINEL_DESK_API_KEY"),
    ],
)
def test_without_address_or_key_it_says_so_and_exits_2(variables: dict[str, str], missing: str) -> None:
    ran = subprocess.run(
        [sys.executable, *SERVER],
        env=environment(**variables),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert missing in ran.stderr
    assert "Traceback" not in ran.stderr


def test_it_ends_with_its_client() -> None:
    there = environment(SENTINEL_DESK_URL="http://127.0.0.1:9", SENTINEL_DESK_API_KEY="k")
    ran = subprocess.run(
        [sys.executable, *SERVER], env=there, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
