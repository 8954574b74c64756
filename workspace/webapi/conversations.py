"""conversations.*: opening direct messages, and looking channels up."""

from __future__ import annotations

from workspace.model import Channel
from workspace.profiles import channel_object
from workspace.refusal import Refused
from workspace.webapi.method import Call, Method
from workspace.wire import Json

READ_SCOPE = {"channel": "channels:read", "group": "groups:read", "im": "im:read"}
TYPES = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}


def open_direct(call: Call) -> Json:
    """conversations.open: the direct messages with one person (group messages are not modelled)."""
    if call.text("channel"):
        channel = call.ws.directory.channel(call.team, call.need("channel"))
        return _opened(call, channel, existed=True)
    users = [user for user in (call.text("users") or "").split(",") if user]
    if not users:
        raise Refused("users_list_not_supplied")
    if len(users) > 1:
        raise Refused("method_not_supported_for_channel_type")
    user = call.ws.directory.users.get(users[0])
    if user is None or user.team != call.team or user.is_bot:
        raise Refused("user_not_found")
    if user.deleted:
        raise Refused("user_disabled")
    existed = call.ws.directory.im(call.team, user.id) is not None
    return _opened(call, call.ws.directory.open_im(call.team, user.id, int(call.now)), existed=existed)


def _opened(call: Call, channel: Channel, *, existed: bool) -> Json:
    shown: Json = {"id": channel.id}
    if call.flag("return_im"):
        shown = _shown(call, channel)
    answer: Json = {"ok": True, "channel": shown}
    return answer | {"no_op": True, "already_open": True} if existed else answer


def info(call: Call) -> Json:
    """conversations.info."""
    channel = _visible(call, call.need("channel", "channel_not_found"))
    shown = _shown(call, channel)
    if call.flag("include_locale"):
        shown["locale"] = call.ws.directory.teams[call.team].locale
    return {"ok": True, "channel": shown}


def list_channels(call: Call) -> Json:
    """conversations.list: what the bot may see, by type, with cursors."""
    kinds = [TYPES.get(kind.strip()) for kind in (call.text("types") or "public_channel").split(",")]
    if None in kinds:
        raise Refused("invalid_types")
    for kind in kinds:
        call.need_scope(READ_SCOPE.get(str(kind), "mpim:read"))
    found = [
        _shown(call, channel)
        for channel in call.ws.directory.team_channels(call.team)
        if channel.kind in kinds
        and (channel.kind != "group" or channel.bot_is_member)
        and not (channel.is_archived and call.flag("exclude_archived"))
    ]
    page, metadata = call.page(found)
    return {"ok": True, "channels": page, "response_metadata": metadata}


def members(call: Call) -> Json:
    """conversations.members: user ids, the bot's among them, with cursors."""
    channel = _visible(call, call.need("channel", "channel_not_found"))
    ids = [*channel.members, *([call.installation.bot_user] if channel.bot_is_member else [])]
    page, metadata = call.page(ids)
    return {"ok": True, "members": page, "response_metadata": metadata}


def _visible(call: Call, channel_id: str) -> Channel:
    channel = call.ws.directory.channel(call.team, channel_id)
    if channel.kind == "group" and not channel.bot_is_member:
        raise Refused("channel_not_found")
    call.need_scope(READ_SCOPE[channel.kind])
    return channel


def _shown(call: Call, channel: Channel) -> Json:
    return channel_object(channel, call.ws.directory.teams[call.team], call.installation)


_ANY_READ = ("channels:read", "groups:read", "im:read", "mpim:read")

METHODS = (
    Method("conversations.open", open_direct, 3, ("im:write", "mpim:write")),
    Method("conversations.info", info, 3, _ANY_READ),
    Method("conversations.list", list_channels, 2, _ANY_READ),
    Method("conversations.members", members, 4, _ANY_READ),
)
