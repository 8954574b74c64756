"""A graph that stops until a person has approved its refund."""

import uuid
from typing import Any, TypedDict

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Interrupt, interrupt

from sentinel_desk import Client, Decision


class State(TypedDict, total=False):
    customer: str
    amount: int
    approved: bool
    note: str | None
    result: str


def review(state: State) -> State:
    """Stop here until somebody has decided. Nothing before interrupt() may have an effect: it runs twice."""
    decision = interrupt(
        {
            "title": f"Refund ${state['amount']} to {state['customer']}",
            "payload": {"customer": state["customer"], "amount": state["amount"]},
            "domain": "finance",
        }
    )
    return {"approved": decision["approved"], "note": decision["note"]}


def refund(state: State) -> State:
    return {"result": f"refunded ${state['amount']} to {state['customer']}"}


def give_up(state: State) -> State:
    return {"result": f"no refund: {state['note']}"}


def build() -> Any:
    graph = StateGraph(State)
    graph.add_node("review", review)
    graph.add_node("refund", refund)
    graph.add_node("give_up", give_up)
    graph.add_edge(START, "review")
    graph.add_conditional_edges("review", lambda state: "refund" if state["approved"] else "give_up")
    graph.add_edge("refund", END)
    graph.add_edge("give_up", END)
    return graph.compile(checkpointer=InMemorySaver())


def ask_the_desk(client: Client, thread: str, stopped: Interrupt) -> Decision:
    """Put an interrupt to a person and wait for the decision."""
    request = client.requests.create(**stopped.value, external_id=f"{thread}:{stopped.id}")
    print(f"asked: {request.title} ({request.id})")
    return request.wait_for_decision()


def main() -> None:
    thread = str(uuid.uuid4())
    config = {"configurable": {"thread_id": thread}}
    graph = build()
    with Client() as client:
        state = graph.invoke({"customer": "cust_123", "amount": 500}, config)
        while "__interrupt__" in state:
            answers = {}
            for stopped in state["__interrupt__"]:
                decision = ask_the_desk(client, thread, stopped)
                answers[stopped.id] = {"approved": decision.approved, "note": decision.note}
            state = graph.invoke(Command(resume=answers), config)
    print(state["result"])


if __name__ == "__main__":
    main()
