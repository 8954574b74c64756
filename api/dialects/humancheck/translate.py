"""Humancheck <-> the core: its words, its answers, its errors. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from api import intake
from api.dialects.humancheck.wire import CreateReview, Feedback
from api.instants import instant
from api.problems import Fault, Problem
from api.wires import filled
from approvals import domains, wording
from approvals.commands import Caller, Idempotency, Submit
from approvals.library import Stats
from approvals.model import ApprovalRequest, Dialect, Json, Priority, Roster, Verdict
from approvals.times import milliseconds
from approvals.words import fold

URGENCIES = {
    "low": Priority.LOW,
    "medium": Priority.NORMAL,
    "high": Priority.HIGH,
    "critical": Priority.URGENT,
}
"""The reference's word for how urgent it is -> the core's."""

VERDICTS = {"approve": Verdict.APPROVED, "reject": Verdict.REJECTED, "modify": Verdict.MODIFIED}
"""The reference's types of decisions -> the core's verdicts."""

STATUSES: Mapping[str, frozenset[str]] = {
    "pending": frozenset({"pending", "assigned", "started"}),
    "approved": frozenset({"approved"}),
    "rejected": frozenset({"rejected", "escalated"}),
    "modified": frozenset({"modified"}),
    "expired": frozenset({"expired"}),
    "cancelled": frozenset({"cancelled"}),
}
"""The statuses of a review -> the core's words for a listing."""

_WORDS = {core: status for status, meant in STATUSES.items() for core in meant}
_URGENCY = {priority: word for word, priority in URGENCIES.items()}
_TYPES = {"approved": "approve", "modified": "modify"}

_AGENT_NUMBER = re.compile(r"0|[1-9][0-9]{0,14}")

# Where the decision, or the status too, is not said in the reference's own words.
_TOLD_BESIDE = frozenset({"escalated", "expired", "cancelled"})

# The core's names of fields -> this dialect's.
_FIELDS = {"reasoning": "notes", "summary": "proposed_action", "title": "task_type", "context": "metadata"}


def submit(asked: CreateReview, roster: Roster, caller: Caller, idempotency: Idempotency | None) -> Submit:
    """What the core is asked for. Raises Refused (400)."""
    framework, number = filled(asked.framework), asked.agent_id
    agent = framework or caller.name if number is None else str(number)
    return Submit(
        caller=caller,
        dialect=Dialect.HUMANCHECK,
        agent_id=agent,
        agent_name=framework if framework != agent else None,
        request_type="judgment",
        domain=_domain(asked, roster),
        jurisdiction=_jurisdiction(asked, roster),
        title=asked.task_type,
        summary=asked.proposed_action,
        context=_context(asked),
        priority=URGENCIES[asked.urgency or "medium"],
        confidence=asked.confidence_score,
        external_id=filled(asked.external_id),
        requested_by=filled(asked.requested_by),
        callback_url=filled(asked.callback_url),
        expires_at=None if asked.expires_at is None else instant("expires_at", asked.expires_at),
        wire=_as_sent(asked),
        idempotency=idempotency,
    )


def review(request: ApprovalRequest) -> dict[str, Json]:
    """A request of any dialect as a review; `decision` is null until there is one."""
    return {
        "id": request.number,
        "task_type": request.title,
        "proposed_action": request.summary,
        **_agents_words(request),
        "status": status(request),
        "decision": decision(request),
        **_beside(request),
        "created_at": milliseconds(request.created_at),
        "updated_at": milliseconds(request.updated_at),
    }


def created(request: ApprovalRequest, warnings: list[str]) -> dict[str, Json]:
    """The answer to a create."""
    shown = review(request)
    return {**shown, "warnings": warnings} if warnings else shown


def status(request: ApprovalRequest) -> str:
    """One of STATUSES."""
    return _WORDS[request.outcome or request.state.value]


def decision(request: ApprovalRequest) -> dict[str, Json] | None:
    """How it ended, None while open. Whatever ends without a person's yes is a `reject` to its clients."""
    if request.ended_at is None or request.outcome is None:
        return None
    taken = request.decision
    return {
        # A review has one decision, so that one number serves both.
        "id": request.number,
        "review_id": request.number,
        "reviewer_id": taken.by if taken else None,
        "reviewer_name": taken.by_name if taken else None,
        "decision_type": _TYPES.get(request.outcome, "reject"),
        "modified_action": taken.modified if taken else None,
        "notes": wording.reasoning(request),
        "created_at": milliseconds(request.ended_at),
        **_beside(request),
    }


def decided(request: ApprovalRequest, warnings: list[str]) -> dict[str, Json]:
    """The answer to a decision: what was decided."""
    told = decision(request) or {}
    return {**told, "warnings": warnings} if warnings else told


def feedback(request: ApprovalRequest, asked: Feedback, at: datetime, warnings: list[str]) -> dict[str, Json]:
    """The answer to a feedback."""
    told: dict[str, Json] = {
        "review_id": request.number,
        "rating": asked.rating,
        "comment": asked.comment,
        "created_at": milliseconds(at),
    }
    return {**told, "warnings": warnings} if warnings else told


def totals(stats: Stats) -> dict[str, Json]:
    """Reviews by status, and what the agents' side thought of the decisions."""
    counts = {name: sum(stats.by_outcome.get(w, 0) for w in meant) for name, meant in STATUSES.items()}
    rated = {"count": stats.ratings, "average_rating": stats.average_rating}
    return {"total": sum(counts.values()), **counts, "feedback": rated}


def error(problem: Problem, request_id: str, now: datetime) -> Mapping[str, Json]:
    """`{"detail": "…"}`, and what the problem wants to be told beside it."""
    if problem.code == "request_not_found":
        return {"detail": "Review not found"}
    faults = [replace(fault, field=_FIELDS.get(fault.field, fault.field)) for fault in problem.faults]
    return {"detail": _worded(faults) if faults != list(problem.faults) else problem.message}


def timed_out(request: ApprovalRequest, seconds: int, warnings: list[str]) -> dict[str, Json]:
    """The answer to a blocking create that nobody decided in time."""
    detail = (
        f"Nobody decided within {seconds} s; the review lives on: GET /reviews/{request.number}/decision."
    )
    told: dict[str, Json] = {"detail": detail, "id": request.number, "status": status(request)}
    return {**told, "warnings": warnings} if warnings else told


def _worded(faults: list[Fault]) -> str:
    return "; ".join(f"{fault.field} {fault.words}" for fault in faults)


def _domain(asked: CreateReview, roster: Roster) -> str:
    rules = intake.rules(roster, Dialect.HUMANCHECK)
    named = domains.slug(asked.task_type)
    configured = named if named in roster.domains else None
    mapped = _mapped(asked.task_type, rules.get("task_type"))
    return intake.domain((mapped, configured, _metadata_of(asked, "domain"), rules.get("domain")))


def _mapped(task_type: str, table: Json) -> Json:
    """The domain to which the team's intake sends a `task_type`, however that is spelt."""
    words = table if isinstance(table, dict) else {}
    return next((domain for word, domain in words.items() if fold(word) == fold(task_type)), None)


def _jurisdiction(asked: CreateReview, roster: Roster) -> str | None:
    otherwise = intake.rules(roster, Dialect.HUMANCHECK).get("jurisdiction")
    named = _metadata_of(asked, "jurisdiction")
    return intake.jurisdiction("metadata.jurisdiction", named, otherwise)


def _metadata_of(asked: CreateReview, name: str) -> Json:
    return (asked.metadata or {}).get(name)


def _context(asked: CreateReview) -> dict[str, Json] | None:
    """What the person is shown: the metadata with the agent's reasons. Neither hides the other."""
    own = {"agent_reasoning": asked.agent_reasoning, "confidence_score": asked.confidence_score}
    given: dict[str, Json] = {name: value for name, value in own.items() if value is not None}
    metadata = asked.metadata or {}
    merged = {"metadata": metadata, **given} if given.keys() & metadata.keys() else {**metadata, **given}
    return merged or None


def _as_sent(asked: CreateReview) -> dict[str, Json]:
    """What the core keeps in another form or not at all, so that it is read back unchanged."""
    sent = {
        "agent_reasoning": asked.agent_reasoning,
        "framework": filled(asked.framework),
        "metadata": asked.metadata,
        "organization_id": asked.organization_id,
        "agent_id": asked.agent_id,
        "blocking": asked.blocking or None,
    }
    return {name: value for name, value in sent.items() if value is not None}


def _agents_words(request: ApprovalRequest) -> dict[str, Json]:
    own = request.wire if request.dialect is Dialect.HUMANCHECK else _of_another_door(request)
    return {
        "agent_reasoning": own.get("agent_reasoning"),
        "confidence_score": request.confidence,
        "urgency": _URGENCY[request.priority],
        "framework": own.get("framework"),
        "metadata": own.get("metadata"),
        "organization_id": own.get("organization_id"),
        "agent_id": own.get("agent_id"),
        "blocking": bool(own.get("blocking")),
    }


def _of_another_door(request: ApprovalRequest) -> dict[str, Json]:
    """Here an agent is a number or a framework."""
    agent = request.agent_id
    number = int(agent) if _AGENT_NUMBER.fullmatch(agent) else None
    return {"framework": agent if number is None else None, "metadata": request.context, "agent_id": number}


def _beside(request: ApprovalRequest) -> dict[str, Json]:
    """How it ended where the reference has no word for it."""
    return {"outcome": request.outcome} if request.outcome in _TOLD_BESIDE else {}
