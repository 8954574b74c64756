"""Human Approval, what a client sends, in the names and the order of its reference."""

from __future__ import annotations

from typing import Any

from api.wires import Address, Line, WireModel


class Create(WireModel):
    """`POST /api/v1/requests`. The fields up to `expires_at` are the reference's."""

    title: Line | None = None
    description: str | None = None
    external_id: Line | None = None
    payload: dict[str, Any]
    expires_at: str | None = None
    callback_url: Address | None = None
    requested_by: Line | None = None
