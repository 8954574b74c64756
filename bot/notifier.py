"""Carries the desk's messages to Slack, one try at a time.

A row names a card; what goes out is the request as it is now. A card that already shows this version
or a later one is left alone, so that many rows come to one update.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from slack_sdk.errors import SlackApiError

from approvals.cards import CHANNEL, Card, dm, rush
from approvals.errors import RequestNotFound
from approvals.events import Event, EventKind
from approvals.outbox import Attempt, Delivery, Fate
from approvals.times import milliseconds
from bot import alarms, cards, history, topics
from bot.config import BotDesk
from bot.digests import Digests
from bot.failures import attempt
from bot.homes import Homes
from bot.identity import Unreachable
from bot.message import Message
from bot.places import Eye, Places, sentinel_of
from bot.quiet import quiet_for
from bot.reading import Reader
from bot.slack_api import NoAnswer, Posted, SlackApi
from bot.subject import Subject
from bot.turns import NotYet
from failpoints import fail

log = logging.getLogger(__name__)

DELIVERED = Attempt(Fate.DELIVERED)


class Overtaken(Exception):
    """Somebody else rewrote the card at the same time; which of the two it shows nobody knows."""


class Notifier:
    """Carries messages to one workspace (`bot.branches` finds which)."""

    def __init__(self, desk: BotDesk, slack: SlackApi, reader: Reader, places: Places, homes: Homes) -> None:
        """`homes` hears of every card that has changed in somebody's direct messages."""
        self._homes = homes
        self._desk = desk
        self._slack = slack
        self._reader = reader
        self._places = places
        self._digests = Digests(desk, slack, reader, places)
        self._carry: dict[str, Callable[[Subject, Delivery], Awaitable[Attempt | None]]] = {
            topics.CARD: self._card,
            topics.THREAD: self._thread,
            topics.REMINDER: self._remind,
            topics.OPERATIONS: self._alarm,
        }

    async def deliver(self, delivery: Delivery) -> Attempt:
        """One try. Of what is given up the store tells operations (`bot.alarms`)."""
        try:
            return await self._carried(delivery) or DELIVERED
        except SlackApiError as error:
            return attempt(error)
        except RequestNotFound:
            return Attempt(Fate.DEAD, error="the request is gone")
        except Unreachable as error:
            return Attempt(Fate.DEAD, error=str(error))
        except NoAnswer as error:
            # A post may have succeeded all the same. The next try posts again, and of the two cards
            # only the one on record decides (`bot.recognition`).
            return Attempt(Fate.RETRY, error=str(error), stalls=True)
        except Overtaken:
            return Attempt(Fate.RETRY, error="the card was rewritten meanwhile")
        except NotYet as error:
            return Attempt(
                Fate.RETRY, error=str(error), retry_after=error.wait, pause_lane=error.stalls, tried=False
            )

    async def _carried(self, delivery: Delivery) -> Attempt | None:
        if delivery.topic == topics.LOSSES:
            await self._loss(delivery)
            return None
        if delivery.request_id is None:
            raise RequestNotFound("")
        subject = await self._reader.within(delivery.project, delivery.request_id)
        return await self._carry[delivery.topic](subject, delivery)

    async def _loss(self, delivery: Delivery) -> None:
        language = self._reader.shared(await self._desk.requests.roster(delivery.project))
        told = alarms.told_of_loss(delivery.intent, language)
        await self._slack.post(str(delivery.intent["channel"]), told)

    async def _card(self, subject: Subject, delivery: Delivery) -> Attempt | None:
        surface = str(delivery.intent["surface"])
        card = await self._desk.cards.card(subject.request.id, surface)
        if card is not None and card.shows(subject.request):
            return None
        ours = card is not None and card.team in {None, await self._places.team()}
        if card is None or not ours or card.channel is None or card.ts is None:
            done = await self._post(card, subject, surface, delivery.intent.get("channel"))
        elif card.digest:
            done = await self._update_digest(card, subject)
        else:
            done = await self._update(card, Posted(card.channel, card.ts), subject)
        if surface != CHANNEL:
            await self._homes.refresh(sentinel_of(subject, surface).slack_user)
        return done

    async def _update(self, card: Card, at: Posted, subject: Subject) -> Attempt | None:
        """Bring a posted card up to date; where it is gone, post it anew. Raises Overtaken."""
        eye = await self._places.eye(subject, card.surface)
        message = cards.card(subject, eye.viewer, eye.language)
        if not await self._slack.update(at, message):
            await self._put(subject, card.unposted())
            return await self._post(card.unposted(), subject, card.surface, at.channel)
        shown = card.showing(subject.request, eye.language.code)
        if not await self._desk.cards.settle(subject.request.project, card, shown):
            raise Overtaken
        return None

    async def _update_digest(self, card: Card, subject: Subject) -> Attempt | None:
        if await self._digests.update(subject, card):
            return None
        return await self._post(card.unposted(), subject, card.surface, None)

    async def _post(
        self, card: Card | None, subject: Subject, surface: str, channel: str | None
    ) -> Attempt | None:
        if not _deserves_a_card(subject, surface):
            if card is not None and subject.request.state.terminal:
                # Nothing is to be shown any more.
                await self._put(subject, card.showing(subject.request, ""))
            return None
        recent = await self._digests.recent(subject, surface) if surface != CHANNEL else []
        if rush(recent):
            posted = await self._digests.show(subject, surface, recent)
            return _delivered(posted) if posted else None
        return await self._post_card(card, subject, surface, channel)

    async def _post_card(
        self, card: Card | None, subject: Subject, surface: str, channel: str | None
    ) -> Attempt:
        address, eye = await self._places.address(subject, surface, channel)
        intent = Card(subject.request.id, surface, team=await self._places.team())
        if card is None or card.ts is not None or card.team != intent.team:
            # The intent goes first: a card whose answer is lost is then known to be possible.
            await self._put(subject, intent)
        message = cards.card(subject, eye.viewer, eye.language)
        fail("card.before")
        posted = await self._slack.post(address, message, mark=subject.request.id)
        fail("card.after")
        standing = replace(intent, channel=posted.channel, ts=posted.ts, posted_at=self._desk.clock())
        await self._put(subject, standing.showing(subject.request, eye.language.code))
        return _delivered(posted)

    async def _remind(self, subject: Subject, delivery: Delivery) -> Attempt | None:
        """Remind who has it, unless they have it no more.

        At night, and while they ask to be left alone, only where afterwards would be too late.
        """
        request, surface = subject.request, str(delivery.intent["surface"])
        if request.assigned_to is None or surface != dm(request.assigned_to) or request.state.terminal:
            return None
        now = self._desk.clock()
        zone = (await self._places.eye(subject, surface)).language.zone
        rest = quiet_for(now, zone, await self._places.busy_until(subject, surface))
        if rest is not None and (request.expires_at is None or now + rest < request.expires_at):
            return Attempt(Fate.RETRY, error="quiet hours", retry_after=rest)
        return await self._thread(subject, delivery)

    async def _thread(self, subject: Subject, delivery: Delivery) -> Attempt | None:
        surface = str(delivery.intent["surface"])
        card = await self._desk.cards.card(subject.request.id, surface)
        if card is None or card.channel is None or card.ts is None:
            return None
        eye = await self._places.eye(subject, surface)
        for recorded in await self._reader.timeline(subject.request):
            event = recorded.event
            named = (event.kind.value, milliseconds(event.at))
            if named == (delivery.intent["event"], delivery.intent["at"]):
                told = _told(event, card, subject, eye)
                posted = told and await self._slack.post(card.channel, told, thread_ts=card.ts)
                return _delivered(posted) if posted else None
        return None

    async def _alarm(self, subject: Subject, delivery: Delivery) -> None:
        channel, reason = delivery.intent.get("channel"), str(delivery.intent["reason"])
        if channel is None:
            log.warning("nobody to tell that request %s is %s", subject.request.id, reason)
            return
        language = self._reader.shared(subject.roster)
        told = alarms.told_of_request(reason, delivery.intent.get("error"), subject, language)
        await self._slack.post(str(channel), told)

    async def _put(self, subject: Subject, card: Card) -> None:
        await self._desk.cards.put(subject.request.project, card)


def _delivered(posted: Posted) -> Attempt:
    """It has arrived; whatever follows in its lane would have to wait so long anyway."""
    return Attempt(Fate.DELIVERED, pause_lane=posted.rest or None)


def _told(event: Event, card: Card, subject: Subject, eye: Eye) -> Message | None:
    """What is told under a card. Under a digest, which has many stories, only what its reader waits for."""
    if not card.digest:
        return history.threaded(event, subject, eye.viewer, eye.language)
    if event.kind not in {EventKind.REMINDED, EventKind.ANSWERED}:
        return None
    return history.under_digest(event, subject, eye.viewer, eye.language)


def _deserves_a_card(subject: Subject, surface: str) -> bool:
    """Whether it is worth a new message: not what is over, nor what its reader can do nothing about."""
    if subject.request.state.terminal:
        return False
    return surface == CHANNEL or subject.may_act(sentinel_of(subject, surface))
