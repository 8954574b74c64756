"""Asking the agent instead of deciding."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from approvals.commands import Ask
from approvals.lifecycle import Action
from approvals.model import Door
from bot import action_ids, entries, modals
from bot.branches import Branches
from bot.front import Front
from bot.gestures import Gesture
from bot.listeners.listening import listener


def register(app: AsyncApp, branches: Branches) -> None:
    """The button and the view `approval.ask`."""
    app.action(action_ids.ASK)(listener(branches, ask))
    app.view(action_ids.ASK_MODAL)(listener(branches, submitted))


async def ask(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Open the question."""
    visit = await front.visits.visit(gesture)
    await front.card_of(gesture, visit)
    front.visits.admit(visit, Action.ASK)
    await front.open(gesture, visit, modals.asking(visit.subject, visit.language), ack)


async def submitted(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Put the question on the record; the agent reads it there."""
    visit = await front.visits.visit(gesture)
    question = entries.entered(gesture.values, action_ids.QUESTION) or ""
    command = Ask(visit.request.project, visit.request.id, visit.sentinel.id, question, Door.SLACK)
    await front.patiently(front.desk.approvals.ask(command), gesture, ack)
    await front.finish(gesture, ack)
