"""Where a conversation with the app starts: slash commands, shortcuts, opening App Home."""

from __future__ import annotations

from typing import Any

from workspace.answers import respond
from workspace.hands import Gesture, Hands
from workspace.letters import Parcel
from workspace.model import Channel
from workspace.payloads import channel_reference, command_form, envelope, view_object
from workspace.refusal import NotPossible, Refused
from workspace.timeline import Message
from workspace.wire import Json


async def command(hands: Hands, channel: Channel, line: str) -> Gesture:
    """Type a slash command; one that the app did not register goes nowhere."""
    name, _, text = line.strip().partition(" ")
    if name not in hands.ws.app.commands:
        raise NotPossible("no_such_command", f"{name} is not a valid command")
    hands.need_app()
    address = hands.response_url(channel.team, channel.id)
    form = command_form(hands.ws, hands.user, channel, name, text.strip())
    form |= {"trigger_id": hands.trigger(channel.team), "response_url": address}
    gesture = Gesture()
    parcel = Parcel("slash_commands", name, dict(form), channel.team, channel.id, hands.user.id)
    ack = await hands.deliver(gesture, parcel)
    if not ack.fault and ack.payload:
        _reply(hands, gesture, address, ack.payload)
    return gesture


def _reply(hands: Hands, gesture: Gesture, address: str, ack: Any) -> None:
    """A command's ack may hold a message; it is shown as if posted to the response URL."""
    ws = hands.ws
    token = address.removeprefix(f"{ws.base_url}/response/")
    try:
        respond(ws, ws.response_urls.look_up(token, ws.clock.now()), ack)
    except Refused as refused:
        hands.refuse_ack(gesture, "slash_commands", ack, refused)


async def shortcut(hands: Hands, callback_id: str, message: Message | None = None) -> Gesture:
    """Choose a shortcut from the menu, or from a message's own menu."""
    kind = "message" if message else "global"
    if (callback_id, kind) not in {(s.callback_id, s.type) for s in hands.ws.app.shortcuts}:
        raise NotPossible("no_such_shortcut", f"no {kind} shortcut {callback_id}")
    hands.need_app()
    name = "message_action" if message else "shortcut"
    payload = envelope(hands.ws, name, hands.user) | {
        "callback_id": callback_id,
        "trigger_id": hands.trigger(message.team if message else hands.user.team),
        "action_ts": hands.ws.ids.ts(hands.ws.clock.now()),
    }
    if message:
        payload |= _about(hands, message)
    gesture = Gesture()
    await hands.deliver(gesture, hands.interactive(name, payload, message.channel if message else ""))
    return gesture


def _about(hands: Hands, message: Message) -> Json:
    return {
        "channel": channel_reference(hands.ws.directory.channels[message.channel]),
        "message": message.body,
        "message_ts": message.ts,
        "response_url": hands.response_url(message.team, message.channel, message.ts),
    }


def open_home(hands: Hands, tab: str = "home") -> str | None:
    """Look at the app's Home or Messages tab; returns the id of the event that the app gets."""
    hands.need_app()
    ws, user = hands.ws, hands.user
    team = ws.directory.teams[user.team]
    channel = ws.directory.open_im(team.id, user.id, int(ws.clock.now()))
    event: Json = {"type": "app_home_opened", "user": user.id, "channel": channel.id, "tab": tab}
    home = ws.views.homes.get((team.id, user.id))
    if home is not None and tab == "home":
        event["view"] = view_object(ws, home)
    return hands.events.tell(team, event)
