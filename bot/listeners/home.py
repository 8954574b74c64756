"""App Home: opening it, leafing, going away and coming back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from approvals.commands import SetAway, SetLocale
from approvals.errors import InvalidField
from approvals.model import SentinelId
from bot import action_ids, forms, home
from bot.branches import Branches
from bot.front import Front
from bot.gestures import Gesture, who
from bot.inbox import Inbox
from bot.language import Language
from bot.listeners.listening import listener, place


def register(app: AsyncApp, branches: Branches) -> None:
    """Events and buttons of App Home."""

    @app.event("app_home_opened")
    async def opened(body: Mapping[str, Any], event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        if event.get("tab", "home") == "home":
            front = await branches.front(place(context))
            await front.homes.opened(who({**body, "user": event["user"]}))

    app.action(action_ids.HOME_PREV)(listener(branches, leaf))
    app.action(action_ids.HOME_NEXT)(listener(branches, leaf))
    app.action(action_ids.HOME_AWAY)(listener(branches, leave))
    app.action(action_ids.HOME_BACK)(listener(branches, come_back))
    app.action(action_ids.HOME_LANGUAGE)(listener(branches, speak))
    app.view(action_ids.AWAY_MODAL)(listener(branches, left))


async def leaf(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Show another page."""
    await ack()
    asked = gesture.value or "0"
    await front.homes.turn(gesture.who, int(asked) if asked.isdecimal() else 0)


async def leave(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Ask until when."""
    posts = await front.inboxes.posts(gesture.who)
    mine = {(p.roster.project, p.sentinel.id) for p in posts}
    others = [
        s
        for p in posts[:1]
        for s in p.roster.sentinels.values()
        if s.active and (p.roster.project, s.id) not in mine
    ]
    inbox = Inbox(posts, (), ())
    await front.slack.open_view(gesture.trigger_id or "", home.away(others, front.language(gesture, inbox)))
    await ack()


async def left(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Go away, in every project at once; open cases go on before Slack hears that it is done."""
    posts = await front.inboxes.posts(gesture.who)
    language = front.language(gesture, Inbox(posts, (), ()))
    until = _beginning(gesture, language)
    if until <= front.desk.clock():
        raise InvalidField("until", language.gettext("this day has begun already; choose a later one"))
    delegate = forms.chosen(gesture.values, action_ids.AWAY_DELEGATE)
    for n, post in enumerate(posts):
        # The stand-in was chosen among the people of the first project; numbers mean nothing elsewhere.
        stand_in = SentinelId(int(delegate)) if delegate and n == 0 else None
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
    chosen = gesture.value if gesture.value in front.reader.languages else None
    for post in await front.inboxes.posts(gesture.who):
        command = SetLocale(post.roster.project, post.sentinel.id, chosen, post.sentinel.name)
        await front.desk.clockwork.set_locale(command)
    await ack()
    await front.homes.publish(gesture.who)


async def back(front: Front, gesture: Gesture) -> None:
    """End the absence."""
    for post in await front.inboxes.posts(gesture.who):
        project = post.roster.project
        await front.desk.clockwork.set_away(
            SetAway(project, post.sentinel.id, None, None, post.sentinel.name)
        )
        await front.desk.clockwork.dispatch(project)


def _beginning(gesture: Gesture, language: Language) -> datetime:
    """When the chosen day begins where the person is."""
    chosen = gesture.values.get(action_ids.AWAY_UNTIL, {}).get(action_ids.AWAY_UNTIL, {})
    day = date.fromisoformat(str(chosen.get("selected_date")))
    return datetime.combine(day, time(), language.zone)
