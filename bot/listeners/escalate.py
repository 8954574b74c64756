"""Sending a request up a tier."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from approvals import escalation, routing
from approvals.commands import Escalate
from approvals.errors import NobodyAbove
from approvals.lifecycle import Action
from approvals.model import Door, SentinelId
from bot import action_ids, entries, modals
from bot.branches import Branches
from bot.front import Front
from bot.gestures import Gesture
from bot.listeners.listening import listener
from bot.visits import Visit


def register(app: AsyncApp, branches: Branches) -> None:
    """The button and the view `approval.escalate`."""
    app.action(action_ids.ESCALATE)(listener(branches, escalate))
    app.view(action_ids.ESCALATE_MODAL)(listener(branches, submitted))


async def escalate(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Ask for the reason, and offer whoever can receive it."""
    visit = await front.visits.visit(gesture)
    await front.card_of(gesture, visit)
    front.visits.admit(visit, Action.ESCALATE)
    above = _anybody_above(visit)
    targets = escalation.targets(visit.request, visit.sentinel.id, visit.subject.roster, front.desk.clock())
    view = modals.escalating(visit.subject, targets, visit.language, ends=not above)
    await front.open(gesture, visit, view, ack)


async def submitted(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Send it up; who may receive it is checked again where it is written."""
    visit = await front.visits.visit(gesture)
    target = entries.numbered(gesture.values, action_ids.TARGET)
    command = Escalate(
        visit.request.project,
        visit.request.id,
        visit.sentinel.id,
        Door.SLACK,
        reasoning=entries.entered(gesture.values, action_ids.REASONING),
        target=None if target is None else SentinelId(target),
    )
    await front.patiently(front.desk.approvals.escalate(command), gesture, ack)
    await front.finish(gesture, ack)


def _anybody_above(visit: Visit) -> bool:
    """Whether a higher tier is configured at all.

    Where none is, it is refused before somebody writes a reason, unless the client can hear `escalated`.
    """
    request, roster = visit.request, visit.subject.roster
    tier = escalation.tier_of(request, roster)
    above = bool(routing.above(request, tier, roster, visit.sentinel.id))
    if not above and not request.dialect.hears_escalated:
        raise NobodyAbove(request, Action.ESCALATE)
    return above
