"""Approving several at once, from App Home."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from approvals.commands import Decide
from approvals.errors import ApprovalError, ReasoningRequired, RequestNotFound
from approvals.model import Door, Reasoning, RequestId, Verdict
from bot import action_ids, bulk, entries
from bot.branches import Branches
from bot.front import Front
from bot.gestures import Gesture
from bot.inbox import Inbox
from bot.language import Language
from bot.listeners.listening import listener
from bot.refusals import Hearer, ended, refusal
from bot.subject import Subject


def register(app: AsyncApp, branches: Branches) -> None:
    """The button in App Home and the view `approval.bulk`."""
    app.action(action_ids.HOME_BULK)(listener(branches, several))
    app.view(action_ids.BULK_MODAL)(listener(branches, submitted))


async def several(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Show the lot that the button stands for, as it is now."""
    inbox = await front.inboxes.inbox(gesture.who)
    lot = await _whole(front, bulk.lot_of(inbox.waiting, gesture.request_id))
    if not lot:
        raise RequestNotFound(gesture.request_id)
    await front.slack.open_view(gesture.trigger_id or "", bulk.approving(lot, front.language(gesture, inbox)))
    await ack()


async def submitted(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Decide each by itself: what cannot be approved any more does not hold up the others."""
    inbox = await front.inboxes.inbox(gesture.who)
    language = front.language(gesture, inbox)
    reasoning = entries.entered(gesture.values, action_ids.REASONING)
    chosen = _chosen(gesture)
    waiting = {s.request.id: s for s in inbox.waiting if s.request.id in chosen}
    fit = {s.request.id: s for s in await _whole(front, list(waiting.values()))}
    bulk.check(list(chosen), fit.values())
    if reasoning is None and any(s.domain.reasoning is Reasoning.REQUIRED for s in fit.values()):
        raise ReasoningRequired
    told = [
        await _approved(front, inbox, fit[each], reasoning, version, language)
        if each in fit
        else bulk.alone(waiting[each], language)
        if each in waiting
        else await _lost(front, inbox, each, language)
        for each, version in chosen.items()
    ]
    await ack(response_action="update", view=front.slack.view(bulk.results(told, language)))
    await front.homes.publish(gesture.who)


async def _whole(front: Front, lot: list[Subject]) -> list[Subject]:
    """The same with their records, without those in which the agent has said more since."""
    return [s for s in [await front.reader.subject(each.request) for each in lot] if bulk.fits(s)]


def _chosen(gesture: Gesture) -> dict[RequestId, int]:
    """Those that were ticked and shown by the view, each with the content that it showed."""
    ticked = set(entries.ticked(gesture.values, action_ids.ITEMS))
    shown = bulk.shown_versions(gesture.private_metadata)
    chosen = {each: version for each, version in shown.items() if each in ticked}
    if not chosen:
        raise RequestNotFound(next(iter(ticked), ""))
    return chosen


async def _lost(front: Front, inbox: Inbox, request_id: RequestId, language: Language) -> str:
    """Why one does not wait for this person any more: told to whoever had it, and to nobody else."""
    for post in inbox.posts:
        try:
            request = await front.desk.requests.request(post.roster.project, request_id)
        except RequestNotFound:
            continue
        if post.sentinel.id in request.recipients and request.state.terminal:
            return bulk.refused(Subject(request, post.roster), ended(request, post.sentinel.id, language))
    return bulk.gone(refusal(RequestNotFound(request_id), Hearer(language)))


async def _approved(
    front: Front, inbox: Inbox, subject: Subject, reasoning: str | None, version: int, language: Language
) -> str:
    request = subject.request
    me = next(p.sentinel.id for p in inbox.posts if p.roster.project == request.project)
    command = Decide(
        request.project,
        RequestId(request.id),
        me,
        Verdict.APPROVED,
        Door.SLACK,
        reasoning=reasoning,
        shown=version,
    )
    try:
        await front.desk.approvals.decide(command)
    except ApprovalError as error:
        return bulk.refused(subject, refusal(error, Hearer(language, me)))
    return bulk.approved(subject, language)
