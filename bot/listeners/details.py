"""Reading all of a request, page by page where it is long."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from approvals.errors import ContentChanged, RequestNotFound
from bot import action_ids, history, modals
from bot.blocks import Block
from bot.branches import Branches
from bot.content import pages
from bot.front import Front
from bot.gestures import Gesture
from bot.listeners.listening import listener
from bot.visits import Visit


def register(app: AsyncApp, branches: Branches) -> None:
    """The button, and the buttons that leaf through a long view."""
    app.action(action_ids.DETAILS)(listener(branches, details))
    app.action(action_ids.HOME_OPEN)(listener(branches, details))
    app.action(action_ids.DIGEST_OPEN)(listener(branches, details))
    app.action(action_ids.PAGE_BACK)(listener(branches, leaf))
    app.action(action_ids.PAGE_ON)(listener(branches, leaf))


async def details(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Open everything there is to read; that needs the same authority as deciding, or to have decided."""
    visit = await front.visits.visit(gesture)
    card = await front.card_of(gesture, visit)
    front.visits.admit_reader(visit)
    await front.open(gesture, visit, await all_of_it(front, visit, 0), ack)
    if card is not None and visit.request.state.terminal and not card.shows(visit.request):
        await front.show(gesture, visit.request, card)


async def leaf(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Show another page of the same view."""
    if gesture.view_id is None:
        raise RequestNotFound(gesture.request_id)
    visit = await front.visits.visit(gesture)
    deciding = gesture.callback_id == action_ids.DECIDE_MODAL
    admit = front.visits.admit if deciding else front.visits.admit_reader
    admit(visit)
    if gesture.shown.content_version != visit.request.content_version:
        raise ContentChanged(visit.request, gesture.shown.content_version)
    page = _page(gesture, visit)
    if deciding:
        view = modals.approving(visit.subject, visit.language, page)
    else:
        view = await all_of_it(front, visit, page)
    await front.slack.update_view(gesture.view_id, view)
    await ack()


async def all_of_it(front: Front, visit: Visit, page: int) -> Block:
    """The view of a request with its history."""
    events = [recorded.event for recorded in await front.reader.timeline(visit.request)]
    told = history.lines(events, visit.subject, visit.language)
    return modals.details(visit.subject, told, visit.language, page)


def _page(gesture: Gesture, visit: Visit) -> int:
    """The page that was asked for, kept within those that there are."""
    return min(gesture.page, len(pages(visit.subject, visit.language)) - 1)
