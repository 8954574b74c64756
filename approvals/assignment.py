"""Giving a request to a Sentinel, or letting it wait for one. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from approvals import deadlines, delegation, routing
from approvals.events import Event, EventKind
from approvals.lifecycle import Action, advance
from approvals.model import ApprovalRequest, Json, Roster, Sentinel, State
from approvals.routing import Seat

DESK = "desk"
"""The actor of what nobody in particular did."""

Step = tuple[ApprovalRequest, list[Event]]


def place_new(request: ApprovalRequest, roster: Roster, now: datetime) -> Step:
    """A freshly submitted request: assigned where somebody is eligible, else waiting.

    A request that nobody could ever take is told to the operations channel at once.
    """
    seat = routing.choose(request, roster, now)
    if seat is not None:
        return assign(request, seat, roster, now)
    if routing.covered(request, roster):
        return replace(request, alarm_at=now + deadlines.UNATTENDED_AFTER), []
    return request, [unattended(request, now, "uncovered")]


def assign(request: ApprovalRequest, seat: Seat, roster: Roster, now: datetime) -> Step:
    """To whoever has this seat, from the queue or from somebody else."""
    changes = received(request, seat, roster, now)
    return advance(request, Action.ASSIGN, State.ASSIGNED, now, **changes), [assigned(request, seat, now)]


def release(request: ApprovalRequest, roster: Roster, now: datetime, reason: str) -> Step:
    """Away from the present Sentinel: to their delegate, the next who is eligible, or the queue."""
    leaving = roster.sentinel(request.assigned_to)
    let_go = Event(
        EventKind.RELEASED,
        request.id,
        now,
        DESK,
        {"from": leaving.name if leaving else None, "reason": reason},
    )
    heir = successor(request, leaving, roster, now)
    if heir is None:
        return advance(request, Action.RELEASE, State.PENDING, now, **waiting(now)), [let_go]
    changes = received(request, heir, roster, now)
    moved = advance(request, Action.RELEASE, State.ASSIGNED, now, **changes)
    return moved, [let_go, assigned(request, heir, now)]


def successor(
    request: ApprovalRequest, leaving: Sentinel | None, roster: Roster, now: datetime
) -> Seat | None:
    """Who takes over. A delegate goes first, but only where they are eligible themselves.

    What has come to somebody in another's place is passed on in that place too: no further than
    `delegation.HOPS`, and not back to anybody who has passed it on.
    """
    heir = routing.stand_in(request, leaving, roster, now) if leaving else None
    if heir is not None:
        passed = (*filter(None, map(roster.sentinel, request.in_place_of)), *heir.in_place_of)
        if len(passed) <= delegation.HOPS and heir.sentinel not in passed:
            return replace(heir, in_place_of=passed)
    return routing.choose(request, roster, now)


def received(request: ApprovalRequest, seat: Seat, roster: Roster, now: datetime) -> dict[str, Any]:
    """The fields that change when whoever has this seat receives the request."""
    receiver = seat.sentinel.id
    known = receiver in request.recipients
    return {
        "assigned_to": receiver,
        "in_place_of": tuple(person.id for person in seat.in_place_of),
        "recipients": request.recipients if known else (*request.recipients, receiver),
        "escalate_at": deadlines.escalate_at(roster.domain(request.domain), now),
        "alarm_at": deadlines.remind_at(request, now),
    }


def waiting(now: datetime) -> dict[str, Any]:
    """The fields that change when nobody has the request any more."""
    return {
        "assigned_to": None,
        "in_place_of": (),
        "escalate_at": None,
        "alarm_at": now + deadlines.UNATTENDED_AFTER,
    }


def assigned(request: ApprovalRequest, seat: Seat, now: datetime) -> Event:
    """The fact that somebody received it, and in whose place, the principal first."""
    data: dict[str, Json] = {"to": seat.sentinel.name, "sentinel": seat.sentinel.id}
    if seat.in_place_of:
        data["in_place_of"] = [person.name for person in seat.in_place_of]
    return Event(EventKind.ASSIGNED, request.id, now, DESK, data)


def remind(request: ApprovalRequest, now: datetime) -> Step:
    """Its Sentinel has not decided yet; the next reminder is set."""
    later = deadlines.remind_at(request, now)
    reminded = advance(request, Action.ALARM, request.state, now, alarm_at=later)
    return reminded, [Event(EventKind.REMINDED, request.id, now, DESK, {"sentinel": request.assigned_to})]


def unattended(request: ApprovalRequest, now: datetime, reason: str) -> Event:
    """The fact that the operations channel has to hear of it.

    `reason` is `uncovered` (nobody could ever take it), `waiting` (nobody could for a while)
    or `silence` (its Sentinel is silent and nobody stands above).
    """
    return Event(EventKind.UNATTENDED, request.id, now, DESK, {"reason": reason})
