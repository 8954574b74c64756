"""Pressing buttons and choosing in menus, in messages, modals and App Home."""

from __future__ import annotations

from typing import Any

from workspace.form import STATEFUL, entered, find_element, initial_values
from workspace.hands import Gesture, Hands
from workspace.payloads import channel_reference, envelope, message_container, view_object
from workspace.refusal import NotPossible
from workspace.timeline import Message
from workspace.views import View
from workspace.wire import Json

BUTTONS = ("button", "icon_button")
BUTTON_FACTS = ("text", "value", "style", "url")


async def press_in_message(
    hands: Hands, message: Message, action_id: str, block_id: str | None, value: Any, confirmed: bool
) -> Gesture:
    """Press or choose something in a message; the app gets `block_actions`."""
    blocks = blocks_of(message)
    block, element = find_element(blocks, action_id, block_id)
    gesture = _asked(element, confirmed)
    if gesture.cancelled:
        return gesture
    state = message.state.setdefault(hands.user.id, initial_values(blocks))
    action = _action(hands, block, element, value, state, message.suggested.get(action_id))
    if _tells(block):
        payload = _from_message(hands, message, state) | {"actions": [action]}
        await hands.deliver(gesture, hands.interactive("block_actions", payload, message.channel))
    return gesture


async def press_in_view(
    hands: Hands, view: View, action_id: str, block_id: str | None, value: Any, confirmed: bool
) -> Gesture:
    """Press or choose something in a modal or in App Home; the app gets `block_actions`."""
    block, element = find_element(view.body["blocks"], action_id, block_id)
    gesture = _asked(element, confirmed)
    if gesture.cancelled:
        return gesture
    action = _action(hands, block, element, value, view.values, view.suggested.get(action_id))
    if _tells(block):
        payload = envelope(hands.ws, "block_actions", hands.user) | {
            "container": {"type": "view", "view_id": view.id},
            "view": view_object(hands.ws, view),
            "actions": [action],
            "trigger_id": hands.trigger(view.team, view.id),
        }
        await hands.deliver(gesture, hands.interactive("block_actions", payload))
    return gesture


async def suggest_in_message(
    hands: Hands, message: Message, action_id: str, block_id: str | None, typed: str
) -> Gesture:
    """Type into an external select of a message and see what the app suggests."""
    block, _ = _external(blocks_of(message), action_id, block_id)
    channel = hands.ws.directory.channels[message.channel]
    where = {
        "container": message_container(message),
        "channel": channel_reference(channel),
        "message": message.body,
    }
    gesture = await _suggest(hands, where, action_id, block["block_id"], typed)
    message.suggested[action_id] = _flat(gesture.options or {})
    return gesture


async def suggest_in_view(
    hands: Hands, view: View, action_id: str, block_id: str | None, typed: str
) -> Gesture:
    """Type into an external select of a view and see what the app suggests."""
    block, _ = _external(view.body["blocks"], action_id, block_id)
    where = {"container": {"type": "view", "view_id": view.id}, "view": view_object(hands.ws, view)}
    gesture = await _suggest(hands, where, action_id, block["block_id"], typed)
    view.suggested[action_id] = _flat(gesture.options or {})
    return gesture


def blocks_of(message: Message) -> list[Json]:
    """A message's blocks, those of its attachments included."""
    attached = [b for a in message.body.get("attachments") or [] for b in a.get("blocks") or []]
    return [*(message.body.get("blocks") or []), *attached]


def _asked(element: Json, confirmed: bool) -> Gesture:
    dialog = element.get("confirm")
    return Gesture(confirm=dialog, cancelled=dialog is not None and not confirmed)


def _tells(block: Json) -> bool:
    """An input block keeps its change to itself unless it dispatches."""
    return block["type"] != "input" or bool(block.get("dispatch_action"))


def _action(
    hands: Hands, block: Json, element: Json, value: Any, state: Json, suggested: list[Json] | None
) -> Json:
    kind = element["type"]
    action: Json = {"action_id": element["action_id"], "block_id": block["block_id"], "type": kind}
    if kind in BUTTONS:
        action |= {key: element[key] for key in BUTTON_FACTS if key in element}
    elif kind == "overflow":
        action["selected_option"] = _chosen(element, value)
    elif kind in STATEFUL:
        chosen = entered(element, value, suggested, hands.ids())
        state.setdefault(block["block_id"], {})[element["action_id"]] = chosen
        action |= chosen
    else:
        action["value"] = value
    return action | {"action_ts": hands.ws.ids.ts(hands.ws.clock.now())}


def _from_message(hands: Hands, message: Message, state: Json) -> Json:
    ws, channel = hands.ws, hands.ws.directory.channels[message.channel]
    payload = envelope(ws, "block_actions", hands.user) | {
        "container": message_container(message),
        "trigger_id": hands.trigger(message.team),
        "channel": channel_reference(channel),
        "state": {"values": state},
        "response_url": hands.response_url(
            message.team, channel.id, message.ts, (message.thread_ts or "") if message.is_reply else ""
        ),
    }
    if message.reader is None:
        payload["message"] = message.body
    return payload


async def _suggest(hands: Hands, where: Json, action_id: str, block_id: str, typed: str) -> Gesture:
    payload = envelope(hands.ws, "block_suggestion", hands.user) | where
    payload |= {"action_id": action_id, "block_id": block_id, "value": typed}
    gesture = Gesture()
    ack = await hands.deliver(gesture, hands.interactive("block_suggestion", payload))
    gesture.options = ack.payload if isinstance(ack.payload, dict) else {}
    return gesture


def _external(blocks: list[Json], action_id: str, block_id: str | None) -> tuple[Json, Json]:
    block, element = find_element(blocks, action_id, block_id)
    if not element["type"].endswith("external_select"):
        raise NotPossible("no_suggestions", f"{action_id} does not ask the app for options")
    return block, element


def _chosen(element: Json, value: Any) -> Json:
    for option in element["options"]:
        if value in (option.get("value"), option["text"]["text"]):
            return dict(option)
    raise NotPossible("no_such_option", f"{element['action_id']} does not offer {value!r}")


def _flat(options: Json) -> list[Json]:
    groups = options.get("option_groups") or []
    return [*(options.get("options") or []), *(o for g in groups for o in g.get("options") or [])]
