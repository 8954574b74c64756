"""API HumanLayer v1.0, what a client sends, in the names and the order of its reference."""

from __future__ import annotations

from typing import Any, Literal

from api.wires import Address, Line, Name, Share, Text, WireModel


class Create(WireModel):
    """`POST /ai-request`. The fields up to `callback_url` are the reference's, in its order."""

    agent_id: Name
    agent_name: Line | None = None
    request_type: Name
    domain: Name
    jurisdiction: Line | None = None
    summary: Text
    context_json: dict[str, Any] | None = None
    priority: Literal["normal", "urgent"] | None = None
    expires_at: str | None = None
    callback_url: Address | None = None
    title: Line | None = None
    external_id: Line | None = None
    requested_by: Line | None = None
    confidence: Share | None = None
    action: Any = None
    template_id: Line | None = None
