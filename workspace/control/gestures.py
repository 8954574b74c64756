"""Acting as a person: each gesture answers with what became visible of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from workspace.control.body import body_of, json_answer
from workspace.control.shown import concerns, message_shown, person, place, view_shown
from workspace.courier import Courier
from workspace.dialogue import close, fill, submit
from workspace.events import Events
from workspace.feed import Change
from workspace.hands import Gesture, Hands
from workspace.model import User
from workspace.posting import say
from workspace.pressing import press_in_message, press_in_view, suggest_in_message, suggest_in_view
from workspace.refusal import NotPossible
from workspace.space import Workspace
from workspace.starting import command, open_home, shortcut
from workspace.wire import Json

SETTLE = 3.0  # seconds after a gesture within which something visible should follow
DECISIVE = ("modal", "modal_closed", "home", "ephemeral", "changed", "deleted", "message")

Act = Callable[[Hands, Json], Awaitable[Gesture]]


class Gestures:
    """The routes by which a person acts."""

    def __init__(self, ws: Workspace, courier: Courier, events: Events) -> None:
        self._ws, self._courier, self._events = ws, courier, events

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Mount the routes."""
        acts: dict[str, Act] = {
            "click": self._click,
            "modal/click": self._click_in_modal,
            "modal/submit": self._submit,
            "modal/close": self._close,
            "home/click": self._click_in_home,
            "command": self._command,
            "shortcut": self._shortcut,
        }
        for path, act in acts.items():
            router.add_post(f"/control/{path}", self._route(act))
        router.add_post("/control/modal/fill", self.fill)
        router.add_post("/control/suggest", self.suggest)
        router.add_post("/control/home/open", self.open_home)
        router.add_post("/control/say", self.say)

    def _route(self, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            asked = await body_of(request)
            hands = self._hands(asked)
            since = self._ws.feed.seq
            gesture = await act(hands, asked)
            changes = await self._settled(hands.user, gesture, since, asked)
            return json_answer(self._outcome(hands.user, gesture, changes))

        return handle

    def _hands(self, asked: Json) -> Hands:
        return Hands(self._ws, self._courier, self._events, person(self._ws, asked.get("user")))

    async def _settled(self, user: User, gesture: Gesture, since: int, asked: Json) -> list[Change]:
        """What became visible, waiting a moment for the first of it where something was delivered."""
        loop = asyncio.get_running_loop()
        seconds = float(asked.get("settle", SETTLE))
        due = loop.time() + (seconds if gesture.delivered and not gesture.warning else 0)
        while True:
            changes = [c for c in self._ws.feed.since(since) if concerns(self._ws, user, c)]
            left = due - loop.time()
            if left <= 0 or gesture.errors or any(_decides(c, asked) for c in changes):
                return changes
            await self._ws.feed.wait(self._ws.feed.seq, left)

    def _outcome(self, user: User, gesture: Gesture, changes: list[Change]) -> Json:
        ws = self._ws
        kinds = {change.kind for change in changes}
        home = next((ws.views.open.get(c.view) for c in changes if c.kind == "home"), None)
        return {
            "warning": gesture.warning,
            "confirm": gesture.confirm,
            "cancelled": gesture.cancelled,
            "delivered": gesture.delivered,
            "errors": gesture.errors,
            "local": gesture.local,
            "options": gesture.options,
            "modal": view_shown(ws, ws.views.top(user.id)),
            "modal_opened": "modal" in kinds,
            "modal_closed": "modal_closed" in kinds,
            "home": view_shown(ws, home),
            "ephemerals": self._messages(changes, "ephemeral"),
            "messages": self._messages(changes, "message"),
            "changed": self._messages(changes, "changed"),
            "deleted": [change.ts for change in changes if change.kind == "deleted"],
        }

    def _messages(self, changes: list[Change], kind: str) -> list[Json]:
        found = (self._ws.timeline.find(c.channel, c.ts) for c in changes if c.kind == kind)
        return [message_shown(self._ws, message) for message in found if message]

    async def _click(self, hands: Hands, asked: Json) -> Gesture:
        message = hands.message(str(asked.get("channel")), str(asked.get("ts")))
        return await press_in_message(hands, message, *_target(asked))

    async def _click_in_modal(self, hands: Hands, asked: Json) -> Gesture:
        return await press_in_view(hands, hands.modal(asked.get("view")), *_target(asked))

    async def _click_in_home(self, hands: Hands, asked: Json) -> Gesture:
        return await press_in_view(hands, hands.home(), *_target(asked))

    async def _submit(self, hands: Hands, asked: Json) -> Gesture:
        return await submit(hands, hands.modal(asked.get("view")), asked.get("values") or {})

    async def _close(self, hands: Hands, asked: Json) -> Gesture:
        return await close(hands, hands.modal(asked.get("view")), everything=bool(asked.get("all")))

    async def _command(self, hands: Hands, asked: Json) -> Gesture:
        channel = place(self._ws, hands.user, asked.get("channel"))
        return await command(hands, channel, str(asked.get("text") or ""))

    async def _shortcut(self, hands: Hands, asked: Json) -> Gesture:
        message = hands.message(str(asked["channel"]), str(asked["ts"])) if asked.get("ts") else None
        return await shortcut(hands, str(asked.get("callback_id")), message)

    async def fill(self, request: web.Request) -> web.Response:
        """Enter a value into a field of the open modal; answers the modal."""
        asked = await body_of(request)
        hands = self._hands(asked)
        view = hands.modal(asked.get("view"))
        fill(hands, view, str(asked.get("field")), asked.get("value"))
        return json_answer({"view": view_shown(self._ws, view)})

    async def suggest(self, request: web.Request) -> web.Response:
        """What the app suggests for an external select of a message, of App Home or of the modal."""
        asked = await body_of(request)
        hands = self._hands(asked)
        action_id, block_id, value, _ = _target(asked)
        typed = str(value or "")
        if "ts" in asked:
            message = hands.message(str(asked.get("channel")), str(asked["ts"]))
            gesture = await suggest_in_message(hands, message, action_id, block_id, typed)
        else:
            view = hands.home() if asked.get("home") else hands.modal(asked.get("view"))
            gesture = await suggest_in_view(hands, view, action_id, block_id, typed)
        return json_answer({"options": gesture.options, "warning": gesture.warning})

    async def open_home(self, request: web.Request) -> web.Response:
        """Look at App Home; waits `settle` seconds (3 by default) for the app to publish it."""
        asked = await body_of(request)
        hands = self._hands(asked)
        since = self._ws.feed.seq
        event_id = open_home(hands, str(asked.get("tab") or "home"))
        await self._settled(
            hands.user, Gesture(delivered=event_id is not None), since, asked | {"wait": "home"}
        )
        home = self._ws.views.homes.get((hands.user.team, hands.user.id))
        return json_answer({"event_id": event_id, "view": view_shown(self._ws, home)})

    async def say(self, request: web.Request) -> web.Response:
        """Write a plain message as the person."""
        asked = await body_of(request)
        user = person(self._ws, asked.get("user"))
        channel = place(self._ws, user, asked.get("channel"))
        text = str(asked.get("text") or "").strip()
        if not text or user.id not in channel.members or channel.is_archived:
            raise NotPossible("cannot_write", f"{user.name} cannot write this in {channel.name}")
        message = say(self._ws, channel, user.id, text, asked.get("thread_ts"))
        return json_answer(message_shown(self._ws, message))


def _target(asked: Json) -> tuple[str, str | None, Any, bool]:
    confirmed = bool(asked.get("confirm", True))
    return str(asked.get("action_id")), asked.get("block_id"), asked.get("value"), confirmed


def _decides(change: Change, asked: Json) -> bool:
    """Whether a change is the visible answer to the gesture, not somebody else's news."""
    if "wait" in asked:
        return change.kind == str(asked["wait"])
    if change.kind not in DECISIVE:
        return False
    if change.kind in ("changed", "deleted") and "ts" in asked:
        return change.ts == str(asked["ts"])
    if change.kind == "message" and "ts" in asked:
        return change.thread_ts == str(asked["ts"])
    return True
