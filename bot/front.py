"""What the listeners share: reading, recognising, opening views, showing the true state."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError

from approvals.cards import Card
from approvals.commands import Start
from approvals.errors import ApprovalError, RequestNotFound
from approvals.model import ApprovalRequest
from bot import cards, modals
from bot.blocks import Block
from bot.busy import Busy
from bot.config import BotDesk
from bot.directory import Directory, Known
from bot.gestures import Gesture
from bot.homes import Homes
from bot.identity import Identity
from bot.inbox import Inbox, Inboxes
from bot.language import Catalogues, Language
from bot.places import Places
from bot.reading import Reader
from bot.recognition import Recognition
from bot.slack_api import NoAnswer, SlackApi
from bot.visits import Visit, Visits

log = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE_S = 2.2
"""How long Slack is kept waiting for the desk's database; it gives up after three seconds."""


@dataclass(frozen=True, slots=True)
class Front:
    """The bot's side that faces people."""

    desk: BotDesk
    slack: SlackApi
    reader: Reader
    visits: Visits
    places: Places
    recognition: Recognition
    directory: Directory
    inboxes: Inboxes
    homes: Homes
    busy: Busy

    async def open(self, gesture: Gesture, visit: Visit, view: Block, ack: AsyncAck) -> None:
        """Open a view over Slack, or over the view that the gesture was made in, and acknowledge.

        What stands before this reads the desk only, which takes a few milliseconds, so the trigger's
        three seconds are Slack's. A "Loading" view first would cost a second call and show everybody
        who may not open it an empty window. The first look is noted as the start.
        """
        trigger = gesture.trigger_id or ""
        if gesture.in_modal:
            await self.slack.push_view(trigger, view)
        else:
            await self.slack.open_view(trigger, view)
        await ack()
        await self.note_start(visit)

    async def patiently(self, work: Awaitable[T], gesture: Gesture, ack: AsyncAck) -> T:
        """What the desk answers, however long it takes; Slack is acknowledged in time all the same.

        Whoever waits is told then that it is not recorded yet, and what came of it when it is known.
        """
        task = asyncio.ensure_future(work)
        await asyncio.wait({task}, timeout=PATIENCE_S)
        if not task.done() and gesture.kind == "view_submission":
            await ack(response_action="update", view=self.slack.view(modals.waiting(self.overheard(gesture))))
        elif not task.done():
            await ack()
        return await task

    async def finish(self, gesture: Gesture, ack: AsyncAck) -> None:
        """Close the view that was submitted, or say that it is done where it says that it waits."""
        if ack.response is None:
            await ack(response_action="clear")
        elif gesture.view_id is not None:
            await self.slack.update_view(gesture.view_id, modals.recorded(self.overheard(gesture)))

    def overheard(self, gesture: Gesture) -> Language:
        """The language of whoever made a gesture, as far as it is known already."""
        return self.reader.overheard(gesture.who.user)

    async def note_start(self, visit: Visit) -> None:
        """The first look at what is open counts as the start.

        That it ended meanwhile will be said on submitting.
        """
        request = visit.request
        if request.started_at is not None or request.state.terminal:
            return
        try:
            await self.desk.approvals.start(Start(request.project, request.id, visit.sentinel.id))
        except ApprovalError as error:
            log.info("the start of request %s is not noted: %s", request.id, error)

    async def show(self, gesture: Gesture, request: ApprovalRequest, card: Card) -> None:
        """Put the true state in the place of the card that was clicked, as the answer to the click.

        It goes to the click's own address, not to a lane, so that nobody waits behind other messages.
        The row in the outbox stays: where this fails, it repairs the card. A digest is left to it
        altogether, for others stand there too.
        """
        if gesture.response_url is None:
            return
        if not card.digest:
            await self._replace(gesture.response_url, request, card)
        await self.homes.refresh(gesture.who.user)

    async def _replace(self, response_url: str, request: ApprovalRequest, card: Card) -> None:
        try:
            subject = await self.reader.subject(request)
            eye = await self.places.eye(subject, card.surface)
            message = cards.card(subject, eye.viewer, eye.language)
            if await self.slack.replace(response_url, message):
                shown = card.showing(request, eye.language.code)
                await self.desk.cards.settle(request.project, card, shown)
        except (SlackApiError, ApprovalError, NoAnswer) as error:
            log.info("the card of request %s is left to the outbox: %s", request.id, type(error).__name__)

    def language(self, gesture: Gesture, inbox: Inbox) -> Language:
        """The language of whoever opened this inbox."""
        return self.reader.language(inbox.sentinel, self.directory.remembered(gesture.who.user))

    async def card_of(self, gesture: Gesture, visit: Visit) -> Card | None:
        """The card that was clicked, None where it was a view.

        Raises Copy where it is not the card, RequestNotFound where it was no message.
        """
        if gesture.view_id is not None:
            return None
        if gesture.channel is None or gesture.ts is None:
            raise RequestNotFound(visit.request.id)
        return await self.recognition.card(gesture, visit.request, visit.sentinel)


def front_of(
    desk: BotDesk,
    slack: SlackApi,
    catalogues: Catalogues,
    known: Known,
    *,
    busy: Busy,
    only: bool = True,
) -> Front:
    """Put the parts together over one connection to Slack.

    `busy` holds the listeners at work; `only`: there is no other workspace.
    """
    directory = Directory(slack, desk.clock, known, only=only)
    identity = Identity(directory, desk.cards)
    reader = Reader(desk, directory, catalogues)
    inboxes = Inboxes(desk, reader, identity)
    return Front(
        desk,
        slack,
        reader,
        Visits(desk, reader, identity, directory),
        Places(reader, identity, directory),
        Recognition(desk.cards),
        directory,
        inboxes,
        Homes(desk, slack, reader, inboxes, directory),
        busy,
    )
