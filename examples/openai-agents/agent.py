"""An agent whose refunds run only after a person has approved them."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Model, ModelResponse, Runner, RunResult, Usage, function_tool, set_tracing_disabled
from agents.items import ToolApprovalItem
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

from sentinel_desk import AsyncClient, Decision


@function_tool(needs_approval=True)
def refund(customer: str, amount: int) -> str:
    """Pay an amount in dollars back to a customer."""
    return f"refunded ${amount} to {customer}"


async def decide(client: AsyncClient, call: ToolApprovalItem) -> Decision:
    """Put a tool call to a person and wait for the decision."""
    request = await client.requests.create(
        title=f"Run {call.name}",
        payload={"tool": call.name, "arguments": json.loads(call.arguments or "{}")},
        domain="finance",
    )
    print(f"asked: {request.title} ({request.id})")
    return await request.wait_for_decision()


async def run_with_approval(agent: Agent, task: str, client: AsyncClient) -> RunResult:
    """Run an agent; whenever it wants something approved, ask the desk."""
    result = await Runner.run(agent, task)
    while result.interruptions:
        state = result.to_state()
        decisions = await asyncio.gather(*(decide(client, call) for call in result.interruptions))
        for call, decision in zip(result.interruptions, decisions, strict=True):
            if decision.approved:
                state.approve(call)
            else:
                state.reject(call, rejection_message=f"{decision.outcome}: {decision.note}")
        result = await Runner.run(agent, state)
    return result


class Scripted(Model):
    """Stands in for a model: one tool call, then a sentence about its result."""

    async def get_response(self, system_instructions: Any, input: Any, **more: Any) -> ModelResponse:
        results = [
            i["output"] for i in input if isinstance(i, dict) and i.get("type") == "function_call_output"
        ]
        call = _call("refund", customer="cust_123", amount=500)
        return ModelResponse([_said(f"Done: {results[-1]}") if results else call], Usage(), None)

    def stream_response(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        raise NotImplementedError


def _call(name: str, **arguments: Any) -> ResponseFunctionToolCall:
    text = json.dumps(arguments)
    return ResponseFunctionToolCall(type="function_call", call_id="call_1", name=name, arguments=text)


def _said(text: str) -> ResponseOutputMessage:
    content = [ResponseOutputText(type="output_text", text=text, annotations=[])]
    return ResponseOutputMessage(
        id="msg_1", type="message", role="assistant", status="completed", content=content
    )


async def main() -> None:
    set_tracing_disabled(True)
    agent = Agent(name="Refunds", model=Scripted(), tools=[refund])
    async with AsyncClient() as client:
        result = await run_with_approval(agent, "Refund cust_123 their $500.", client)
    print(result.final_output)


if __name__ == "__main__":
    asyncio.run(main())
