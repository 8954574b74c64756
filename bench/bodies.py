"""One real create in each dialect, about the same matter and of about the same size."""

from __future__ import annotations

from bench.load import Call

_MATTER = "Send the renewed supply contract to Boréal Inc.: 36 months, 4 200 CAD a month, no exit clause."
_DETAILS = {
    "contract": "C-2026-0117",
    "amount_cents": 15120000,
    "currency": "CAD",
    "clauses": [{"n": 4, "text": "Term of 36 months"}, {"n": 9, "text": "No early termination"}],
}
_PLACED = _DETAILS | {"domain": "legal", "jurisdiction": "Québec"}
_HOOK = "https://agent.example.com/hooks/approvals"

HUMANLAYER = Call(
    "/ai-request",
    {
        "agent_id": "agent_contract_reviewer",
        "agent_name": "Contract reviewer",
        "request_type": "compliance",
        "domain": "legal",
        "jurisdiction": "Québec",
        "priority": "normal",
        "summary": _MATTER,
        "context_json": _DETAILS,
        "callback_url": _HOOK,
    },
)
HUMANAPPROVAL = Call(
    "/api/v1/requests",
    {
        "title": "Renewed supply contract",
        "description": _MATTER,
        "payload": _PLACED,
        "callback_url": _HOOK,
    },
)
HUMANCHECK = Call(
    "/reviews",
    {
        "task_type": "legal",
        "proposed_action": _MATTER,
        "agent_reasoning": "It is over the limit.",
        "confidence_score": 0.85,
        "urgency": "medium",
        "framework": "custom",
        "metadata": _PLACED,
        "callback_url": _HOOK,
    },
)
HITL = Call(
    "/v1/reviews",
    {
        "content": {"text": _MATTER, "metadata": _PLACED},
        "priority": "medium",
        "callback_url": _HOOK,
    },
)

DIALECTS = {
    "humanlayer": HUMANLAYER,
    "humanapproval": HUMANAPPROVAL,
    "humancheck": HUMANCHECK,
    "hitl": HITL,
}
