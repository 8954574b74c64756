"""What the demo plays: requests as the references show them, and what people do with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """What one person does: which button, and the words that go with it."""

    name: str
    email: str
    button: str
    words: str | None = None

    @property
    def told(self) -> str:
        """The act as the demo tells it."""
        verb = self.button.removeprefix("approval.").capitalize()
        return f"{self.name.split()[0]} clicks {verb}" + (f": “{self.words}”" if self.words else "")


@dataclass(frozen=True, slots=True)
class Scene:
    """One request through one dialect.

    `shown` is a text by which its card is known, `number` takes the id out of the answer
    to the create, `page` is where the request is read, `verdict` what is read there.
    """

    name: str
    dialect: str
    path: str
    body: Json
    shown: str
    number: Callable[[Json], str]
    page: Callable[[str], str]
    verdict: Callable[[Json], str]
    acts: tuple[Act, ...]


CONTRACT = Scene(
    name="contract",
    dialect="humanlayer",
    path="/ai-request",
    body={
        "agent_id": "my-agent",
        "agent_name": "QuoteBot Agent",
        "request_type": "compliance",
        "domain": "legal",
        "jurisdiction": "Québec",
        "summary": "Validate Bill 25 compliance for this service contract",
        "context_json": {
            "contract_id": "CTR-2026-0412",
            "amount": 50000,
            "parties": ["Acme Corp", "Client XYZ"],
        },
        "priority": "normal",
    },
    shown="Validate Bill 25 compliance",
    number=lambda answer: str(answer["request_id"]),
    page=lambda number: f"/ai-request?id={number}",
    verdict=lambda answer: f"{answer['request']['status']}: {answer['request']['verdict']}",
    acts=(Act("Marie Dupont", "marie@example.com", "approval.approve"),),
)

REFUND = Scene(
    name="refund",
    dialect="humanapproval",
    path="/api/v1/requests",
    body={
        "title": "Approve $500 refund for Jane Doe",
        "payload": {
            "customer_id": "cust_123",
            "customer_name": "Jane Doe",
            "customer_since": "2023-01-15",
            "total_purchases": 2400,
            "refund_amount": 500,
            "reason": "Product arrived damaged",
            "order_id": "ord_456",
        },
    },
    shown="Approve $500 refund",
    number=lambda answer: str(answer["id"]),
    page=lambda number: f"/api/v1/requests/{number}",
    verdict=lambda answer: str(answer["status"]),
    acts=(Act("Amir Haddad", "amir@example.com", "approval.reject", "The photo shows another product"),),
)

PAYMENT = Scene(
    name="payment",
    dialect="humancheck",
    path="/reviews",
    body={
        "task_type": "payment",
        "proposed_action": "Process payment of $5,000",
        "agent_reasoning": "High-value payment",
        "confidence_score": 0.85,
        "urgency": "high",
    },
    shown="Process payment of $5,000",
    number=lambda answer: str(answer["id"]),
    page=lambda number: f"/reviews/{number}",
    verdict=lambda answer: str(answer["status"]),
    acts=(
        Act("Amir Haddad", "amir@example.com", "approval.escalate", "More than I may sign for"),
        Act("Olivia Brandt", "olivia@example.com", "approval.approve"),
    ),
)

SCENES = (CONTRACT, REFUND, PAYMENT)
