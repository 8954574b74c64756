"""A person in front of the screen: presses what is visible, fills what exists, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from workspace.answers import apply_submission, reply_to_command
from workspace.blockkit.surfaces import elements
from workspace.courier import Ack, Courier, Parcel
from workspace.events import Events
from workspace.form import STATEFUL, complaint, entered, find_element, find_field, initial_values
from workspace.model import Channel, User
from workspace.payloads import (
    channel_reference,
    command_form,
    envelope,
    message_container,
    view_object,
)
from workspace.refusal import NotPossible, Refused
from workspace.space import Workspace
from workspace.timeline import Message
from workspace.views import View
from workspace.wire import Json

PLAIN_BUTTONS = ("button", "workflow_button", "icon_button")


@dataclass
class Gesture:
    """What came of a gesture: the warning that the person sees, if any, and errors by block_id."""

    warning: str = ""
    confirm: Json | None = None
    cancelled: bool = False
    delivered: bool = False
    errors: dict[str, str] = field(default_factory=dict)
    local: bool = False
    options: Json | None = None


@dataclass
class Hands:
    """Carries out one person's gestures."""

    ws: Workspace
    courier: Courier
    events: Events
    user: User

    # -- where the person may act

    def message(self, channel_id: str, ts: str) -> Message:
        """A message on this person's screen; NotPossible otherwise."""
        readable = {channel.id for channel in self.ws.directory.readable(self.user)}
        message = self.ws.timeline.find(channel_id, ts) if channel_id in readable else None
        if message is None or message.reader not in (None, self.user.id):
            raise NotPossible("no_such_message", f"{ts} is not on this person's screen")
        return message

    def modal(self, view_id: str | None = None) -> View:
        """The modal on top; NotPossible when there is none or it is another one."""
        top = self.ws.views.top(self.user.id)
        if top is None:
            raise NotPossible("no_modal", "no modal is open")
        if view_id not in (None, top.id):
            raise NotPossible("not_on_top", f"the modal on top is {top.id}")
        return top

    def home(self, team: str | None = None) -> View:
        """This person's App Home; NotPossible before the app published one."""
        home = self.ws.views.homes.get((team or self.user.team, self.user.id))
        if home is None:
            raise NotPossible("no_home", "the app has published nothing here")
        return home

    # -- pressing and choosing

    async def act_on_message(
        self, message: Message, action_id: str, block_id: str | None, value: Any, confirmed: bool
    ) -> Gesture:
        """Press or choose something in a message."""
        blocks = [*(message.body.get("blocks") or []), *_attached(message)]
        block, element = find_element(blocks, action_id, block_id)
        gesture = Gesture(confirm=element.get("confirm"))
        if gesture.confirm and not confirmed:
            gesture.cancelled = True
            return gesture
        state = message.state.setdefault(self.user.id, initial_values(blocks))
        action = self._action(block, element, value, state, None)
        if block["type"] == "input" and not block.get("dispatch_action"):
            return gesture
        payload = self._message_payload(message, blocks, action)
        await self._deliver(gesture, "block_actions", payload, message.channel)
        return gesture

    async def act_on_view(
        self, view: View, action_id: str, block_id: str | None, value: Any, confirmed: bool
    ) -> Gesture:
        """Press or choose something in a modal or in App Home."""
        block, element = find_element(view.body["blocks"], action_id, block_id)
        gesture = Gesture(confirm=element.get("confirm"))
        if gesture.confirm and not confirmed:
            gesture.cancelled = True
            return gesture
        action = self._action(block, element, value, view.values, view)
        if block["type"] == "input" and not block.get("dispatch_action"):
            return gesture
        payload = envelope(self.ws, "block_actions", self.user) | {
            "container": {"type": "view", "view_id": view.id},
            "view": view_object(self.ws, view),
            "actions": [action],
            "trigger_id": self._trigger(view.id, view.team),
        }
        await self._deliver(gesture, "block_actions", payload, "")
        return gesture

    def _action(self, block: Json, element: Json, value: Any, state: Json, view: View | None) -> Json:
        action: Json = {"action_id": element["action_id"], "block_id": block["block_id"]}
        action["type"] = element["type"]
        kind = element["type"]
        if kind in PLAIN_BUTTONS:
            action |= {key: element[key] for key in ("text", "value", "style", "url") if key in element}
        elif kind == "overflow":
            action["selected_option"] = _overflow(element, value)
        elif kind in STATEFUL:
            suggested = view.suggested.get(element["action_id"]) if view else None
            chosen = entered(element, value, suggested)
            state.setdefault(block["block_id"], {})[element["action_id"]] = chosen
            action |= chosen
        else:
            action["value"] = value
        return action | {"action_ts": self.ws.ids.ts(self.ws.clock.now())}

    def _message_payload(self, message: Message, blocks: list[Json], action: Json) -> Json:
        ws, channel = self.ws, self.ws.directory.channels[message.channel]
        token = ws.response_urls.issue(
            self.user.id, message.team, channel.id, ws.clock.now(), message.ts, message.thread_ts or ""
        )
        payload = envelope(ws, "block_actions", self.user) | {
            "container": message_container(message),
            "trigger_id": self._trigger("", message.team),
            "channel": channel_reference(channel),
            "state": {"values": message.state.get(self.user.id) or initial_values(blocks)},
            "response_url": f"{ws.base_url}/response/{token}",
            "actions": [action],
        }
        if message.reader is None:
            payload["message"] = message.body
        return payload

    # -- modals

    def fill(self, view: View, field_name: str, value: Any) -> None:
        """Enter a value into a field of the modal."""
        block, element = find_field(view.body["blocks"], field_name)
        suggested = view.suggested.get(element["action_id"])
        state = entered(element, value, suggested)
        view.values.setdefault(block["block_id"], {})[element["action_id"]] = state

    async def submit(self, view: View, values: dict[str, Any]) -> Gesture:
        """Fill the given fields and press the submit button; Slack's own complaints come first."""
        for name, value in values.items():
            self.fill(view, name, value)
        if view.body.get("submit") is None:
            raise NotPossible("no_submit", "this modal has no submit button")
        if problems := _complaints(view):
            return Gesture(errors=problems, local=True)
        payload = envelope(self.ws, "view_submission", self.user) | {
            "trigger_id": self._trigger(view.id, view.team),
            "view": view_object(self.ws, view),
            "response_urls": [],
        }
        gesture = Gesture()
        ack = await self._deliver(gesture, "view_submission", payload, "")
        if not ack.fault:
            self._apply(gesture, view, ack.payload)
        return gesture

    def _apply(self, gesture: Gesture, view: View, payload: Any) -> None:
        try:
            gesture.errors = apply_submission(self.ws, view, payload)
        except Refused as refused:
            call = self.ws.record.begin(self.ws.clock.now(), "ack", "view_submission", user=self.user.id)
            call.sent = payload
            self.ws.record.refuse(call, refused.error, messages=refused.messages)
            gesture.warning = "invalid_ack"
        if gesture.errors:
            self.ws.feed.add("modal", team=view.team, user=view.user, view=view.id)

    async def close(self, view: View, *, everything: bool = False) -> Gesture:
        """Close the modal on top (the whole stack where it says so); tells the app if it asked."""
        clears = everything or bool(view.body.get("clear_on_close"))
        popped = self.ws.views.clear(self.user.id) if clears else [self.ws.views.pop(self.user.id)]
        gesture = Gesture()
        for closed in filter(None, popped):
            self.ws.feed.add("modal_closed", team=closed.team, user=self.user.id, view=closed.id)
            if closed.body.get("notify_on_close"):
                payload = envelope(self.ws, "view_closed", self.user) | {
                    "view": view_object(self.ws, closed),
                    "is_cleared": clears,
                }
                await self._deliver(gesture, "view_closed", payload, "")
        return gesture

    # -- commands, shortcuts, App Home, suggestions

    async def command(self, channel: Channel, line: str) -> Gesture:
        """Type a slash command; one that the app did not register goes nowhere."""
        name, _, text = line.strip().partition(" ")
        if name not in self.ws.app.commands:
            raise NotPossible("no_such_command", f"{name} is not a valid command")
        ws = self.ws
        token = ws.response_urls.issue(self.user.id, channel.team, channel.id, ws.clock.now())
        form = command_form(ws, self.user, channel, name, text.strip())
        form["trigger_id"] = self._trigger("", channel.team)
        form["response_url"] = f"{ws.base_url}/response/{token}"
        gesture = Gesture(delivered=True)
        ack = await self.courier.deliver(
            Parcel("slash_commands", name, dict(form), channel.team, channel.id, self.user.id)
        )
        gesture.warning = ack.fault
        if not ack.fault:
            self._reply(gesture, token, ack.payload)
        return gesture

    def _reply(self, gesture: Gesture, token: str, payload: Any) -> None:
        try:
            reply_to_command(self.ws, self.ws.response_urls.look_up(token, self.ws.clock.now()), payload)
        except Refused as refused:
            call = self.ws.record.begin(self.ws.clock.now(), "ack", "slash_commands", user=self.user.id)
            call.sent = payload
            self.ws.record.refuse(call, refused.error, messages=refused.messages)
            gesture.warning = "invalid_ack"

    async def shortcut(self, callback_id: str, message: Message | None = None) -> Gesture:
        """Choose a shortcut from the menu, or from a message's menu."""
        kind = "message" if message else "global"
        known = {(s.callback_id, s.type) for s in self.ws.app.shortcuts}
        if (callback_id, kind) not in known:
            raise NotPossible("no_such_shortcut", f"no {kind} shortcut {callback_id}")
        ws = self.ws
        name = "message_action" if message else "shortcut"
        payload = envelope(ws, name, self.user) | {
            "callback_id": callback_id,
            "trigger_id": self._trigger("", message.team if message else self.user.team),
            "action_ts": ws.ids.ts(ws.clock.now()),
        }
        if message:
            channel = ws.directory.channels[message.channel]
            token = ws.response_urls.issue(self.user.id, message.team, channel.id, ws.clock.now(), message.ts)
            payload |= {
                "channel": channel_reference(channel),
                "message": message.body,
                "message_ts": message.ts,
                "response_url": f"{ws.base_url}/response/{token}",
            }
        gesture = Gesture()
        await self._deliver(gesture, name, payload, message.channel if message else "")
        return gesture

    def open_home(self, tab: str = "home") -> str | None:
        """Look at the app's Home or Messages tab; returns the event's id."""
        ws = self.ws
        team = ws.directory.teams[self.user.team]
        channel = ws.directory.open_im(team.id, self.user.id, int(ws.clock.now()))
        event: Json = {"type": "app_home_opened", "user": self.user.id, "channel": channel.id, "tab": tab}
        home = ws.views.homes.get((team.id, self.user.id))
        if home is not None and tab == "home":
            event["view"] = view_object(ws, home)
        return self.events.tell(team, event)

    async def suggest(self, view: View, action_id: str, block_id: str | None, typed: str) -> Gesture:
        """Type into an external select and see what the app suggests."""
        block, element = find_element(view.body["blocks"], action_id, block_id)
        if not element["type"].endswith("external_select"):
            raise NotPossible("no_suggestions", f"{action_id} does not ask the app for options")
        payload = envelope(self.ws, "block_suggestion", self.user) | {
            "container": {"type": "view", "view_id": view.id},
            "action_id": action_id,
            "block_id": block["block_id"],
            "value": typed,
            "view": view_object(self.ws, view),
        }
        gesture = Gesture()
        ack = await self._deliver(gesture, "block_suggestion", payload, "")
        gesture.options = ack.payload if isinstance(ack.payload, dict) else {}
        view.suggested[action_id] = _flat(gesture.options)
        return gesture

    # -- the way to the app

    def _trigger(self, view: str, team: str) -> str:
        return self.ws.triggers.issue(self.user.id, team, self.ws.clock.now(), view)

    async def _deliver(self, gesture: Gesture, name: str, payload: Json, channel: str) -> Ack:
        ack = await self.courier.deliver(
            Parcel("interactive", name, payload, self.user.team, channel, self.user.id)
        )
        gesture.delivered = True
        gesture.warning = gesture.warning or ack.fault
        if ack.fault:
            self.ws.feed.add("warning", user=self.user.id, channel=channel, text=ack.fault)
        return ack


def _attached(message: Message) -> list[Json]:
    return [b for a in message.body.get("attachments") or [] for b in a.get("blocks") or []]


def _overflow(element: Json, value: Any) -> Json:
    for option in element["options"]:
        if value in (option.get("value"), option["text"]["text"]):
            return dict(option)
    raise NotPossible("no_such_option", f"{element['action_id']} does not offer {value!r}")


def _complaints(view: View) -> dict[str, str]:
    problems: dict[str, str] = {}
    for block in view.body["blocks"]:
        if block["type"] != "input":
            continue
        for element in elements(block):
            state = view.values[block["block_id"]][element["action_id"]]
            if problem := complaint(block, element, state):
                problems[block["block_id"]] = problem
    return problems


def _flat(options: Json) -> list[Json]:
    groups = options.get("option_groups") or []
    return [*(options.get("options") or []), *(o for g in groups for o in g.get("options") or [])]
