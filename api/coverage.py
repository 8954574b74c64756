"""The warning that comes with a request which nobody is configured to decide."""

from __future__ import annotations

from approvals.model import ApprovalRequest, Roster, State
from approvals.routing import covered


def uncovered(request: ApprovalRequest, roster: Roster) -> bool:
    """Whether it waits and nobody could take it, were they all here and free."""
    return request.state is State.PENDING and not covered(request, roster)


def warning(request: ApprovalRequest) -> str:
    """What the agent's makers have to tell their team."""
    place = f" in {request.jurisdiction[:100]!r}" if request.jurisdiction else ""
    return f"Nobody is configured who could decide {request.domain!r}{place}; it waits in the queue."
