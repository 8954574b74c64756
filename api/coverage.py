"""The warnings that come with a request which nobody is configured to decide, or that looks mistyped."""

from __future__ import annotations

from approvals.model import ApprovalRequest, Roster, State
from approvals.routing import covered
from approvals.spelling import meant_domain, unknown_place

_SHOWN = 100


def warnings(request: ApprovalRequest, roster: Roster) -> list[str]:
    """What the agent's makers have to mend, or to tell their team."""
    found = []
    meant = meant_domain(request.domain, roster)
    if meant is not None:
        found.append(f"Domain {request.domain!r} is none of this team's; did you mean {meant!r}?")
    if unknown_place(request, roster):
        place = (request.jurisdiction or "")[:_SHOWN]
        found.append(
            f"Jurisdiction {place!r} is no place that is known; write one such as 'CA-QC' or 'France'."
        )
    if request.state is State.PENDING and not covered(request, roster):
        found.append(_uncovered(request))
    return found


def _uncovered(request: ApprovalRequest) -> str:
    place = f" in {request.jurisdiction[:_SHOWN]!r}" if request.jurisdiction else ""
    return f"Nobody is configured who could decide {request.domain!r}{place}; it waits in the queue."
