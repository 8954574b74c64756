"""An agent whose refunds run only after a person has approved them."""

import asyncio

from pydantic_ai import Agent, ModelMessage, ModelResponse, RunContext, TextPart, ToolCallPart
from pydantic_ai.capabilities import HandleDeferredToolCalls
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.tools import DeferredToolRequests, DeferredToolResults, ToolApproved, ToolDenied

from sentinel_desk import AsyncClient


async def ask_the_desk(context: RunContext[AsyncClient], wanted: DeferredToolRequests) -> DeferredToolResults:
    """Put every tool call that needs approval to a person, and wait for all decisions."""
    answers = await asyncio.gather(*(_decide(context.deps, call) for call in wanted.approvals))
    ids = [call.tool_call_id for call in wanted.approvals]
    return wanted.build_results(approvals=dict(zip(ids, answers, strict=True)))


async def _decide(client: AsyncClient, call: ToolCallPart) -> ToolApproved | ToolDenied:
    request = await client.requests.create(
        title=f"Run {call.tool_name}",
        payload={"tool": call.tool_name, "arguments": call.args_as_dict()},
        domain="finance",
    )
    print(f"asked: {request.title} ({request.id})")
    decision = await request.wait_for_decision()
    return ToolApproved() if decision.approved else ToolDenied(f"{decision.outcome}: {decision.note}")


def scripted(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    """Stands in for a model: one tool call, then a sentence about its result."""
    last = messages[-1].parts[-1]
    if last.part_kind == "tool-return":
        return ModelResponse([TextPart(f"Done: {last.content}")])
    return ModelResponse([ToolCallPart("refund", {"customer": "cust_123", "amount": 500})])


agent = Agent(
    FunctionModel(scripted),
    deps_type=AsyncClient,
    capabilities=[HandleDeferredToolCalls(handler=ask_the_desk)],
)


@agent.tool_plain(requires_approval=True)
def refund(customer: str, amount: int) -> str:
    """Pay an amount in dollars back to a customer."""
    return f"refunded ${amount} to {customer}"


async def main() -> None:
    async with AsyncClient() as client:
        result = await agent.run("Refund cust_123 their $500.", deps=client)
    print(result.output)


if __name__ == "__main__":
    asyncio.run(main())
