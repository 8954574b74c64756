"""Approve, reject, modify: the click, and the view that some clicks open."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from approvals.cards import Card
from approvals.commands import Decide
from approvals.errors import ModifyNotHeard, RequestNotFound
from approvals.lifecycle import Action
from approvals.model import ApprovalRequest, Door, Verdict
from bot import action_ids, entries, forms, modals
from bot.branches import Branches
from bot.cards import decides_in_one_click
from bot.front import Front
from bot.gestures import Gesture
from bot.listeners.listening import listener
from bot.templates import modifiable
from bot.visits import Visit


def register(app: AsyncApp, branches: Branches) -> None:
    """The three buttons and the view `approval.decide`."""
    app.action(action_ids.APPROVE)(listener(branches, approve))
    app.action(action_ids.REJECT)(listener(branches, reject))
    app.action(action_ids.MODIFY)(listener(branches, modify))
    app.view(action_ids.DECIDE_MODAL)(listener(branches, submitted))


async def approve(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Decide at once, or open the full view where there is more to read or to say."""
    visit = await front.visits.visit(gesture)
    card = await front.card_of(gesture, visit)
    viewer = visit.sentinel if gesture.in_dm else None
    if card is not None and decides_in_one_click(visit.subject, viewer):
        await _approve_at_once(front, gesture, visit, card, ack)
        return
    front.visits.admit(visit, Action.APPROVE)
    await front.open(gesture, visit, modals.approving(visit.subject, visit.language), ack)


async def reject(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Ask for the reason."""
    visit = await front.visits.visit(gesture)
    await front.card_of(gesture, visit)
    front.visits.admit(visit, Action.REJECT)
    await front.open(gesture, visit, modals.rejecting(visit.subject, visit.language), ack)


async def modify(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Open the text for editing."""
    visit = await front.visits.visit(gesture)
    await front.card_of(gesture, visit)
    front.visits.admit(visit, Action.MODIFY)
    _check_modifiable(visit.request)
    await front.open(gesture, visit, modals.modifying(visit.subject, visit.language), ack)


async def submitted(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Decide as the view says. Slack hears of it only when it is decided, so a loser is told the truth."""
    visit = await front.visits.visit(gesture)
    await front.patiently(front.desk.approvals.decide(_decision(gesture, visit)), gesture, ack)
    await front.finish(gesture, ack)


async def _approve_at_once(front: Front, gesture: Gesture, visit: Visit, card: Card, ack: AsyncAck) -> None:
    request = visit.request
    command = Decide(
        request.project,
        request.id,
        visit.sentinel.id,
        Verdict.APPROVED,
        Door.SLACK,
        shown=card.content_version,
    )
    done = await front.patiently(front.desk.approvals.decide(command), gesture, ack)
    await ack()
    await front.show(gesture, done.request, card)


def _decision(gesture: Gesture, visit: Visit) -> Decide:
    """What was entered, as the command; raises Misfilled, RequestNotFound or ModifyNotHeard."""
    request = visit.request
    if gesture.shown.verdict is None:
        raise RequestNotFound(request.id)
    verdict = Verdict(gesture.shown.verdict)
    if verdict is Verdict.MODIFIED:
        _check_modifiable(request)
    answers = forms.answers(request, gesture.values)
    forms.check_agreement(request, verdict, answers)
    return Decide(
        request.project,
        request.id,
        visit.sentinel.id,
        verdict,
        Door.SLACK,
        reasoning=entries.entered(gesture.values, action_ids.REASONING),
        modified=forms.modified(request, gesture.values) if verdict is Verdict.MODIFIED else None,
        answers=answers,
        shown=gesture.shown.content_version,
    )


def _check_modifiable(request: ApprovalRequest) -> None:
    if not modifiable(request):
        raise ModifyNotHeard(request, Action.MODIFY)
