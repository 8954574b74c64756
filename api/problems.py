"""What a door may answer instead of yes: one frozen record, which every dialect words in its own shape.

The core raises facts; the table at the end gives each a status, a code and a sentence. Nothing here
knows HTTP beyond its status codes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import ceil
from typing import Protocol

from approvals import errors
from approvals.authority import Refusal
from approvals.model import ApprovalRequest, Json, State
from approvals.times import milliseconds


class Kind(StrEnum):
    """What is wrong with one field, as far as dialects word it differently."""

    MISSING = "missing"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Fault:
    """One field that cannot be taken: its path, what is wrong, and what would do."""

    field: str
    issue: str
    fix: str | None = None
    kind: Kind = Kind.INVALID

    @property
    def words(self) -> str:
        """The issue and its cure in one line."""
        return f"{self.issue} ({self.fix})" if self.fix else self.issue


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the answer is no.

    `code` is a stable word, `message` a sentence for people, `faults` the fields to blame,
    `facts` what stands instead (JSON), `headers` what HTTP has a header for.
    """

    status: int
    code: str
    message: str
    faults: tuple[Fault, ...] = ()
    facts: Mapping[str, Json] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


UNEXPECTED = Problem(
    500, "server_error", "Server error; nothing is known to have changed. Retry after a few seconds."
)
"""What nobody foresaw."""


class ErrorShape(Protocol):
    """How a dialect writes a problem down: `(problem, request id, now) -> JSON object`."""

    def __call__(self, problem: Problem, request_id: str, now: datetime) -> Mapping[str, Json]:
        """The body of the answer."""


class Refused(Exception):
    """A problem on its way to whoever shapes it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def invalid(*faults: Fault) -> Refused:
    """Fields that cannot be taken."""
    message = "; ".join(f"{fault.field} {fault.words}" for fault in faults)
    return Refused(Problem(400, "invalid_field", message, faults))


def fault(name: str, issue: str, fix: str | None = None) -> Refused:
    """One field that cannot be taken."""
    return invalid(Fault(name, issue, fix))


def missing(name: str) -> Refused:
    """One field that is not there."""
    return invalid(Fault(name, "is required", kind=Kind.MISSING))


def problem_of(error: errors.ApprovalError, now: datetime) -> Problem:
    """The problem that an error of the core is to an HTTP client."""
    for known in type(error).__mro__:
        if known in _WORDED:
            return _WORDED[known](error, now)
    return Problem(409, "conflict", str(error))


def standing(request: ApprovalRequest) -> str:
    """What stands: `approved by Marie Dupont at 2026-02-14T16:30:00.000Z`."""
    decision = request.decision
    if decision is not None:
        return f"{decision.verdict} by {decision.by_name or 'policy'} at {milliseconds(decision.at)}"
    if request.ended_at is not None:
        return f"{request.state} at {milliseconds(request.ended_at)}"
    return f"{request.state}, nobody is assigned" if request.state is State.PENDING else request.state.value


def facts_of(request: ApprovalRequest) -> dict[str, Json]:
    """What stands, for machines."""
    decision = request.decision
    return {
        "request_id": request.id,
        "state": request.state.value,
        "outcome": request.outcome,
        "decided_by": decision.by_name if decision else None,
        "ended_at": milliseconds(request.ended_at) if request.ended_at else None,
        "expires_at": milliseconds(request.expires_at) if request.expires_at else None,
    }


def retry_after(seconds: float) -> dict[str, str]:
    """The header that says when to come back: whole seconds, at least one."""
    return {"Retry-After": str(max(1, ceil(seconds)))}


_SHOWN = 64
"""How many characters of a word that was sent are said again."""

_OPTIONS = {
    "domain": ("--domain", "the domain"),
    "jurisdiction": ("--jurisdiction", "a place in"),
    "agent_id": ("--agent", "the agent"),
}
"""What a key can be restricted to -> the option that does it, and what to send."""

_REFUSALS: Mapping[str, str] = {
    Refusal.INACTIVE: "is not active",
    Refusal.DOMAIN: "is not qualified in its domain",
    Refusal.JURISDICTION: "is not qualified in its jurisdiction",
    Refusal.REQUESTER: "is the person for whom it was made",
    Refusal.KEY_OWNER: "owns the key that made it",
    Refusal.ESCALATED_IT: "has sent it up",
    Refusal.TIER: "stands below the tier that it was sent up to",
    Refusal.NOT_ASSIGNED: "is not assigned to it, and its domain allows no backups",
    Refusal.PRINCIPAL: "stands in for somebody who may not decide it",
}


def _not_found(error: errors.RequestNotFound, now: datetime) -> Problem:
    return Problem(404, "request_not_found", str(error))


def _not_authorised(error: errors.NotAuthorised, now: datetime) -> Problem:
    who = error.sentinel.name if error.sentinel else "This person"
    why = _REFUSALS.get(error.reason, error.reason)
    facts = {"reason": error.reason, "request_id": error.request.id}
    return Problem(403, "not_authorised", f"{who} may not decide this request: {who} {why}.", facts=facts)


def _not_speaking(error: errors.NotSpeakingFor, now: datetime) -> Problem:
    message = f"{error} Make a key with `keys create --scope decide --as EMAIL`."
    return Problem(403, "not_speaking_for", message)


def _unknown_sentinel(error: errors.UnknownSentinel, now: datetime) -> Problem:
    fix = "GET /desk/v1/sentinels lists them"
    return Problem(400, "unknown_sentinel", str(error), (Fault("as", "names no Sentinel", fix),))


def _illegal(error: errors.IllegalMove, now: datetime) -> Problem:
    message = f"{str(error).rstrip('.')}; it is {standing(error.request)}."
    return Problem(409, "conflict", message, facts=facts_of(error.request))


def _answered(error: errors.AlreadyAnswered, now: datetime) -> Problem:
    fix = "GET the request's questions shows the answer"
    blamed = Fault("number", "names a question that was answered already", fix)
    message = f"Question {error.number} was answered already, and that answer stands; {fix}."
    return Problem(409, "conflict", message, (blamed,), facts_of(error.request))


def _target(error: errors.InvalidTarget, now: datetime) -> Problem:
    fix = "send somebody of a higher tier who can receive it, as its explain shows, or leave it out"
    blamed = Fault("target", "names somebody who cannot receive this escalation", fix)
    return Problem(409, "conflict", f"target {blamed.words}.", (blamed,), facts_of(error.request))


def _ended(error: errors.AlreadyEnded, now: datetime) -> Problem:
    message = f"This request has already ended: {standing(error.request)}."
    return Problem(409, "already_ended", message, facts=facts_of(error.request))


def _late(error: errors.DeadlinePassed, now: datetime) -> Problem:
    deadline = error.request.expires_at
    message = (
        f"The deadline passed at {milliseconds(deadline)}; nothing is decided at or after it."
        if (deadline)
        else str(error)
    )
    return Problem(409, "deadline_passed", message, facts=facts_of(error.request))


def _reasoning(error: errors.ReasoningRequired, now: datetime) -> Problem:
    blamed = Fault("reasoning", "is required", "say why in a few words", Kind.MISSING)
    return Problem(400, "reasoning_required", str(error), (blamed,))


def _invalid(error: errors.InvalidField, now: datetime) -> Problem:
    return invalid(Fault(error.field, error.issue, error.fix)).problem


def _idempotency(error: errors.IdempotencyConflict, now: datetime) -> Problem:
    message = (
        f"Idempotency-Key was used before with another body (SHA-256 {error.first_sha256}, "
        f"now {error.this_sha256}); send the first body again or take a new key."
    )
    facts = {"first_sha256": error.first_sha256, "this_sha256": error.this_sha256}
    return Problem(422, "idempotency_conflict", message, facts=facts)


def _outside(error: errors.OutsideRestrictions, now: datetime) -> Problem:
    option, what = _OPTIONS[error.field]
    asked = "is missing" if error.value is None else f"{error.value[:_SHOWN]!r} is not among them"
    issue = f"must be one of those to which this key is restricted: {asked}"
    fix = f"send {what} {', '.join(error.allowed)}, or make a key with `keys create {option}`"
    blamed = Fault(error.field, issue, fix)
    return Problem(403, "outside_restrictions", f"{error.field} {blamed.words}.", (blamed,))


def _restricted(error: errors.RestrictedKey, now: datetime) -> Problem:
    message = (
        "This key is restricted to some domains, jurisdictions or agents, and this is about all of a project;"
        " read requests by their ids, or take a key without restrictions."
    )
    return Problem(403, "restricted_key", message)


def _external_id(error: errors.ExternalIdTaken, now: datetime) -> Problem:
    blamed = Fault("external_id", "has already been taken", "send the first content again or a new id")
    facts = {} if error.request_id is None else {"request_id": error.request_id}
    return Problem(409, "external_id_taken", f"external_id {blamed.words}", (blamed,), facts)


def _quota(error: errors.QuotaExceeded, now: datetime) -> Problem:
    message = f"The key's quota of {error.limit} a month is used up until {milliseconds(error.resets_at)}."
    headers = retry_after((error.resets_at - now).total_seconds())
    return Problem(429, "quota_exceeded", message, headers=headers)


def _crowded(error: errors.TooManyOpen, now: datetime) -> Problem:
    message = (
        f"This key has {error.limit} open requests, and may have no more; wait until people have decided, "
        "or cancel what is not needed any more."
    )
    headers = retry_after(error.retry_after.total_seconds())
    return Problem(429, "too_many_open", message, facts={"max_open": error.limit}, headers=headers)


def _unavailable(error: errors.StoreUnavailable, now: datetime) -> Problem:
    headers = retry_after(error.retry_after.total_seconds())
    return Problem(503, "unavailable", str(error), headers=headers)


_WORDED: Mapping[type, Callable[..., Problem]] = {
    errors.RequestNotFound: _not_found,
    errors.NotAuthorised: _not_authorised,
    errors.NotSpeakingFor: _not_speaking,
    errors.UnknownSentinel: _unknown_sentinel,
    errors.IllegalMove: _illegal,
    errors.AlreadyAnswered: _answered,
    errors.InvalidTarget: _target,
    errors.AlreadyEnded: _ended,
    errors.DeadlinePassed: _late,
    errors.OutsideRestrictions: _outside,
    errors.RestrictedKey: _restricted,
    errors.ReasoningRequired: _reasoning,
    errors.InvalidField: _invalid,
    errors.IdempotencyConflict: _idempotency,
    errors.ExternalIdTaken: _external_id,
    errors.QuotaExceeded: _quota,
    errors.TooManyOpen: _crowded,
    errors.StoreUnavailable: _unavailable,
}
"""The core's errors -> what they are over HTTP. The nearest class in the tree counts."""
