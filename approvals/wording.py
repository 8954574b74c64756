"""What a decision without words of its own reads as, in every dialect."""

from __future__ import annotations

from approvals.model import ApprovalRequest, State, Verdict

_VERDICT_WORDS = {
    Verdict.APPROVED: "Approved",
    Verdict.REJECTED: "Rejected",
    Verdict.MODIFIED: "Approved with changes",
    Verdict.ESCALATED: "Escalated",
}


def reasoning(request: ApprovalRequest) -> str | None:
    """The decision's own words, else a sentence that says what happened; None while open."""
    if request.state is State.EXPIRED:
        return "Expired: nobody decided before the deadline."
    if request.void:
        return "Void: the desk was restored from a backup, and what became of this is not known. Ask again."
    if request.state is State.CANCELLED:
        return "Cancelled before anybody decided."
    if request.decision is None:
        return None
    if request.decision.reasoning:
        return request.decision.reasoning
    words = _VERDICT_WORDS[request.decision.verdict]
    return f"{words} by {request.decision.by_name or 'policy'}."
