"""The workspace as its screens show it: people, conversations, messages and views as JSON."""

from __future__ import annotations

from workspace.blockkit.live import live
from workspace.feed import Change
from workspace.model import Channel, User
from workspace.payloads import view_object
from workspace.profiles import offset_of
from workspace.refusal import NotPossible
from workspace.space import Workspace
from workspace.timeline import Message
from workspace.views import View
from workspace.wire import Json


def person(ws: Workspace, id_or_email: str | None) -> User:
    """The acting person; NotPossible when unknown, deactivated or a bot."""
    user = ws.directory.person(id_or_email or "")
    if user is None or user.is_bot:
        raise NotPossible("no_such_person", str(id_or_email))
    if user.deleted:
        raise NotPossible("deactivated", f"{user.name} cannot sign in")
    return user


def place(ws: Workspace, user: User, where: str | None) -> Channel:
    """A conversation on a person's screen: "dm", "#name" or an id."""
    readable = ws.directory.readable(user)
    if where in (None, "", "dm"):
        if user.team not in ws.installations.by_team:
            raise NotPossible("no_app", "the app is not installed in this person's workspace")
        return ws.directory.open_im(user.team, user.id, int(ws.clock.now()))
    for channel in readable:
        if where in (channel.id, "#" + channel.name):
            return channel
    raise NotPossible("no_such_channel", f"{where} is not on this person's screen")


def user_shown(ws: Workspace, user: User) -> Json:
    offset, label = offset_of(user.tz, ws.clock.now())
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "team": user.team,
        "team_name": ws.directory.teams[user.team].name,
        "locale": user.locale,
        "tz": user.tz,
        "tz_label": label,
        "tz_offset": offset,
        "title": user.title,
        "deleted": user.deleted,
        "is_bot": user.is_bot,
        "is_guest": user.is_restricted or user.is_ultra_restricted,
        "is_stranger": user.is_stranger,
    }


def channel_shown(ws: Workspace, channel: Channel, user: User) -> Json:
    newest = max((m.ts for m in ws.timeline.visible(channel.id, user.id)), default="")
    return {
        "id": channel.id,
        "name": channel.name or ws.app.name,
        "kind": channel.kind,
        "team": channel.team,
        "is_member": user.id in channel.members,
        "bot_is_member": channel.bot_is_member,
        "is_archived": channel.is_archived,
        "is_ext_shared": channel.is_ext_shared,
        "topic": channel.topic,
        "newest": newest,
    }


def message_shown(ws: Workspace, message: Message, reader: str = "") -> Json:
    """A message with its author's name and its live markup beside Slack's own body.

    `values` is what `reader` chose in the message's own fields.
    """
    author = ws.directory.users.get(message.body.get("user", ""))
    channel = ws.directory.channels[message.channel]
    return {
        "ts": message.ts,
        "channel": message.channel,
        "channel_name": channel.name,
        "channel_kind": channel.kind,
        "author": author.name if author else "",
        "by_bot": "bot_id" in message.body,
        "ephemeral": message.reader is not None,
        "revision": message.revision,
        "live": live(message.body),
        "values": message.state.get(reader, {}),
        "body": message.body,
    }


def view_shown(ws: Workspace, view: View | None) -> Json | None:
    if view is None:
        return None
    stack = ws.views.stacks.get(view.user) or []
    return view_object(ws, view) | {"depth": len(stack) if view.body["type"] == "modal" else 0}


def concerns(ws: Workspace, user: User, change: Change) -> bool:
    """Whether a change shows on this person's screen."""
    if change.user is not None:
        return change.user == user.id
    if not change.channel:
        return True
    return any(channel.id == change.channel for channel in ws.directory.readable(user))
