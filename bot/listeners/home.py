"""App Home: opening it, leafing, going away and coming back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from approvals.cards import dm
from approvals.commands import SetAway, SetLocale
from approvals.delegation import common_domain
from approvals.errors import InvalidField
from approvals.model import Sentinel, SentinelId
from bot import absence, action_ids, entries, home
from bot.branches import Branches
from bot.entries import Misfilled
from bot.front import Front
from bot.gestures import Gesture, who
from bot.inbox import Inbox, Post
from bot.language import Language
from bot.listeners.listening import listener, place
from bot.payloads import word


def register(app: AsyncApp, branches: Branches) -> None:
    """Events and buttons of App Home."""

    @app.event("app_home_opened")
    async def opened(body: Mapping[str, Any], event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        user = word(event.get("user"))
        if user is not None and event.get("tab", "home") == "home":
            front = await branches.front(place(context))
            await front.homes.opened(who({**body, "user": user}))

    app.action(action_ids.HOME_PREV)(listener(branches, leaf))
    app.action(action_ids.HOME_NEXT)(listener(branches, leaf))
    app.action(action_ids.HOME_AWAY)(listener(branches, leave))
    app.action(action_ids.HOME_BACK)(listener(branches, come_back))
    app.action(action_ids.HOME_LANGUAGE)(listener(branches, speak))
    app.view(action_ids.AWAY_MODAL)(listener(branches, left))


async def leaf(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Show another page."""
    await ack()
    await front.homes.turn(gesture.who, gesture.page)


async def leave(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Ask until when."""
    posts = await front.inboxes.posts(gesture.who)
    inbox = Inbox(posts, (), ())
    await front.slack.open_view(
        gesture.trigger_id or "", home.away(_others(posts), front.language(gesture, inbox))
    )
    await ack()


async def left(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Go away, in every project at once; open cases go on before Slack hears that it is done."""
    posts = await front.inboxes.posts(gesture.who)
    language = front.language(gesture, Inbox(posts, (), ()))
    until = _until(gesture, front.desk.clock(), language)
    delegate = _delegate(gesture, posts, language)
    for n, post in enumerate(posts):
        # The stand-in was chosen among the people of the first project; numbers mean nothing elsewhere.
        stand_in = delegate if n == 0 else None
        command = SetAway(post.roster.project, post.sentinel.id, until, stand_in, post.sentinel.name)
        await front.desk.clockwork.set_away(command)
    await ack()
    await front.homes.publish(gesture.who)


async def come_back(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Back, in every project at once, and to whatever waits."""
    await back(front, gesture)
    await ack()
    await front.homes.publish(gesture.who)


async def speak(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Choose a language, in every project at once."""
    posts = await front.inboxes.posts(gesture.who)
    if gesture.value not in {home.AUTOMATIC, *front.reader.languages}:
        raise InvalidField("language", front.overheard(gesture).gettext("the desk does not speak it"))
    chosen = None if gesture.value == home.AUTOMATIC else gesture.value
    for post in posts:
        command = SetLocale(post.roster.project, post.sentinel.id, chosen, post.sentinel.name)
        await front.desk.clockwork.set_locale(command)
    await ack()
    await front.homes.publish(gesture.who)
    await _outdate(front, gesture)


async def _outdate(front: Front, gesture: Gesture) -> None:
    """Note of each open card that it does not show what it should: the reconciler has it drawn anew."""
    for subject in (await front.inboxes.inbox(gesture.who)).waiting:
        request = subject.request
        card = subject.holder and await front.desk.cards.card(request.id, dm(subject.holder.id))
        if card and card.ts is not None:
            unknown = replace(card, shown_version=0, shown_state=None)
            await front.desk.cards.settle(request.project, card, unknown)


async def back(front: Front, gesture: Gesture) -> None:
    """End the absence."""
    for post in await front.inboxes.posts(gesture.who):
        project = post.roster.project
        await front.desk.clockwork.set_away(
            SetAway(project, post.sentinel.id, None, None, post.sentinel.name)
        )
        await front.desk.clockwork.dispatch(project)


def _others(posts: Sequence[Post]) -> list[Sentinel]:
    """Who can be asked to stand in: in the first project, those who review something that the person does."""
    return [
        other
        for post in posts[:1]
        for other in post.roster.sentinels.values()
        if other.active and other.id != post.sentinel.id and common_domain(post.sentinel, other)
    ]


def _until(gesture: Gesture, now: datetime, language: Language) -> datetime:
    """When the chosen day begins where the person is; raises Misfilled or InvalidField."""
    day = entries.day(gesture.values, action_ids.AWAY_UNTIL)
    if day is None:
        raise Misfilled({action_ids.AWAY_UNTIL: entries.BLANK})
    until = absence.beginning(day, now, language)
    if until is None:
        raise InvalidField("until", language.gettext("choose a day that has not begun yet, within ten years"))
    return until


def _delegate(gesture: Gesture, posts: Sequence[Post], language: Language) -> SentinelId | None:
    """Who was chosen, None where nobody was; raises Misfilled or InvalidField."""
    chosen = entries.numbered(gesture.values, action_ids.AWAY_DELEGATE)
    if chosen is not None and chosen not in {other.id for other in _others(posts)}:
        raise InvalidField("delegate", language.gettext("this person cannot stand in for you"))
    return None if chosen is None else SentinelId(chosen)
