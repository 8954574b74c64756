"""Which events a webhook endpoint can subscribe to, in each dialect's own words."""

from __future__ import annotations

from collections.abc import Mapping

from approvals.model import Dialect

_HUMANLAYER = ("decision.rendered",)

EVENTS: Mapping[Dialect, tuple[str, ...]] = {
    Dialect.HUMANLAYER: _HUMANLAYER,
    Dialect.HUMANAPPROVAL: ("request.decided", "request.expired"),
    # It has no events of its own and speaks the primary dialect's.
    Dialect.HUMANCHECK: _HUMANLAYER,
    Dialect.HITL: (
        "review.created",
        "review.assigned",
        "review.started",
        "review.completed",
        "review.cancelled",
        "review.expired",
        "review.escalated",
        "template.updated",
    ),
}
"""Every event by dialect, in the order of a request's life."""
