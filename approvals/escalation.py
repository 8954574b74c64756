"""Moving a request up a tier, by a person or by silence. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from approvals import assignment, routing
from approvals.assignment import DESK, Step
from approvals.errors import InvalidTarget, NobodyAbove
from approvals.events import Event, EventKind
from approvals.lifecycle import Action, advance
from approvals.model import (
    ApprovalRequest,
    Decision,
    Escalation,
    Roster,
    Sentinel,
    SentinelId,
    State,
    Verdict,
)
from approvals.routing import Seat


def by_person(
    request: ApprovalRequest,
    actor: Sentinel,
    reasoning: str | None,
    target: SentinelId | None,
    roster: Roster,
    now: datetime,
) -> Step:
    """`actor` sends it up and is excluded from then on.

    Where nobody stands above: final verdict `escalated` if the client can hear it, else NobodyAbove.
    A `target` who cannot receive it is InvalidTarget either way.
    """
    superiors = routing.above(request, tier_of(request, roster), roster, actor.id)
    if not superiors and target is None:
        return _finally(request, actor, reasoning, now)
    step = Escalation(now, actor.id, actor.name, reasoning, _next_tier(request, roster))
    raised = replace(
        request,
        min_tier=step.min_tier,
        escalated_by=request.escalated_by | {actor.id},
        escalations=(*request.escalations, step),
    )
    seat = routing.choose(raised, roster, now) if target is None else _target(raised, target, roster, now)
    return _move(request, raised, step, seat, roster, now)


def by_silence(request: ApprovalRequest, roster: Roster, now: datetime) -> Step:
    """Nobody reacted in time: up a tier, or, where there is none, the operations channel is told."""
    if not routing.above(request, tier_of(request, roster), roster, None):
        kept = advance(request, Action.ALARM, State.ASSIGNED, now, escalate_at=None)
        return kept, [assignment.unattended(request, now, "silence")]
    step = Escalation(now, None, None, None, _next_tier(request, roster))
    raised = replace(request, min_tier=step.min_tier, escalations=(*request.escalations, step))
    return _move(request, raised, step, routing.choose(raised, roster, now), roster, now)


def tier_of(request: ApprovalRequest, roster: Roster) -> int:
    """The tier that the request stands at now."""
    holder = roster.sentinel(request.assigned_to)
    return max(request.min_tier, holder.tier if holder else request.min_tier)


def targets(
    request: ApprovalRequest, actor: SentinelId | None, roster: Roster, now: datetime
) -> list[Sentinel]:
    """Who can be chosen to receive it: eligible, of a higher tier, the nearest tier first."""
    superiors = routing.above(request, tier_of(request, roster), roster, actor)
    able = [s for s in superiors if routing.ineligible(request, s, now) is None]
    return sorted(able, key=lambda s: routing.rank(request, s))


def _next_tier(request: ApprovalRequest, roster: Roster) -> int:
    return tier_of(request, roster) + 1


def _target(request: ApprovalRequest, target: SentinelId, roster: Roster, now: datetime) -> Seat:
    sentinel = roster.sentinel(target)
    if sentinel is None or routing.ineligible(request, sentinel, now) is not None:
        raise InvalidTarget(request, Action.ESCALATE)
    return Seat(sentinel, routing.rank(request, sentinel))


def _move(
    before: ApprovalRequest,
    raised: ApprovalRequest,
    step: Escalation,
    seat: Seat | None,
    roster: Roster,
    now: datetime,
) -> Step:
    happened = [_escalated(before, step, now)]
    changes = assignment.waiting(now)
    if seat is not None:
        changes = assignment.received(raised, seat, roster, now)
        happened.append(assignment.assigned(before, seat, now))
    to = State.PENDING if seat is None else State.ASSIGNED
    return advance(raised, Action.ESCALATE, to, now, **changes), happened


def _finally(request: ApprovalRequest, actor: Sentinel, reasoning: str | None, now: datetime) -> Step:
    if not request.dialect.hears_escalated:
        raise NobodyAbove(request, Action.ESCALATE)
    decision = Decision(Verdict.ESCALATED, now, actor.id, actor.name, actor.email, reasoning)
    ended = advance(request, Action.ESCALATE, State.DECIDED, now, decision=decision)
    return ended, [decided(request, decision, actor.name)]


def decided(request: ApprovalRequest, decision: Decision, actor: str) -> Event:
    """The fact of a decision."""
    data = {"verdict": decision.verdict.value, "by": decision.by_name, "reasoning": decision.reasoning}
    return Event(EventKind.DECIDED, request.id, decision.at, actor, data)


def _escalated(request: ApprovalRequest, step: Escalation, now: datetime) -> Event:
    return Event(EventKind.ESCALATED, request.id, now, step.by_name or DESK, step.as_json())
