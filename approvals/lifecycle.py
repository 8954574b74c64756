"""The life of a request: one table, and the only code that changes a state.

Laws:
1. A terminal state is final: no action leads out of it.
2. Nothing but EXPIRE happens at or after `expires_at`, and EXPIRE never before it.
3. Whoever escalates raises `min_tier`; it never falls again.
4. A move that the table does not hold changes nothing and raises, naming what stands.
5. `started_at` is set once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from approvals.errors import AlreadyEnded, DeadlinePassed, IllegalMove
from approvals.model import ApprovalRequest, State


class Action(StrEnum):
    """What may be done to a request."""

    ASSIGN = "assign"
    RELEASE = "release"
    START = "start"
    ASK = "ask"
    ANSWER = "answer"
    AMEND = "amend"
    APPROVE = "approve"
    REJECT = "reject"
    MODIFY = "modify"
    ESCALATE = "escalate"
    ALARM = "alarm"
    EXPIRE = "expire"
    CANCEL = "cancel"


P, A, D, E, C = State.PENDING, State.ASSIGNED, State.DECIDED, State.EXPIRED, State.CANCELLED

TRANSITIONS: dict[tuple[State, Action], frozenset[State]] = {
    (P, Action.ASSIGN): frozenset({A}),
    (P, Action.ANSWER): frozenset({P}),
    (P, Action.AMEND): frozenset({P}),
    (P, Action.ALARM): frozenset({P}),
    (P, Action.EXPIRE): frozenset({E}),
    (P, Action.CANCEL): frozenset({C}),
    (A, Action.ASSIGN): frozenset({A}),
    (A, Action.RELEASE): frozenset({A, P}),
    (A, Action.START): frozenset({A}),
    (A, Action.ASK): frozenset({A}),
    (A, Action.ANSWER): frozenset({A}),
    (A, Action.AMEND): frozenset({A}),
    (A, Action.ALARM): frozenset({A}),
    (A, Action.APPROVE): frozenset({D}),
    (A, Action.REJECT): frozenset({D}),
    (A, Action.MODIFY): frozenset({D}),
    (A, Action.ESCALATE): frozenset({A, P, D}),
    (A, Action.EXPIRE): frozenset({E}),
    (A, Action.CANCEL): frozenset({C}),
}
"""(state, action) -> the states it may lead to. What is not here is illegal."""


def advance(
    request: ApprovalRequest, action: Action, to: State, now: datetime, **changes: Any
) -> ApprovalRequest:
    """The request after `action`, in state `to`, with `changes` to its other fields.

    Raises AlreadyEnded, DeadlinePassed or IllegalMove, and then nothing has changed.
    """
    check(request, action, now)
    if to not in TRANSITIONS[request.state, action]:
        raise IllegalMove(request, action)
    if to.terminal:
        changes |= {"ended_at": now, "escalate_at": None, "alarm_at": None}
    return replace(request, state=to, version=request.version + 1, updated_at=now, **changes)


def check(request: ApprovalRequest, action: Action, now: datetime) -> None:
    """Raise unless `action` is possible now; what it would lead to is left open."""
    if request.state.terminal:
        raise AlreadyEnded(request, action)
    if (request.state, action) not in TRANSITIONS:
        raise IllegalMove(request, action)
    late = overdue(request, now)
    if late and action is not Action.EXPIRE:
        raise DeadlinePassed(request, action)
    if not late and action is Action.EXPIRE:
        raise IllegalMove(request, action)


def overdue(request: ApprovalRequest, now: datetime) -> bool:
    """Whether the deadline has been reached."""
    return request.expires_at is not None and now >= request.expires_at
