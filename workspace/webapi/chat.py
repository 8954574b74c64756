"""chat.*: posting, updating, deleting."""

from __future__ import annotations

from typing import Any

from workspace.model import Channel
from workspace.pacing import SPECIAL
from workspace.posting import (
    TRUNCATED_AT,
    UPDATE_LONGEST,
    Content,
    check_metadata,
    check_replacement,
    post,
    rewrite,
    take_away,
    whisper,
)
from workspace.refusal import Refused
from workspace.timeline import Message
from workspace.webapi.method import Call, Method
from workspace.wire import Json

OPTIONS = ("unfurl_links", "unfurl_media", "link_names", "parse", "mrkdwn")


def post_message(call: Call) -> Json:
    """chat.postMessage: into a channel by id or name, or to a person by user id."""
    _plain_author(call)
    channel = destination(call, call.need("channel", "channel_not_found"))
    content = content_of(call)
    _markdown_text(call, content)
    content.check()
    _parent(call, channel, content)
    call.ws.pacing.channel(channel.id, call.now)
    message = post(call.ws, call.installation, channel, content)
    return {"ok": True, "channel": channel.id, "ts": message.ts, "message": message.body}


def update(call: Call) -> Json:
    """chat.update: the bot's own messages, by channel id and ts; never ephemerals."""
    channel = call.ws.directory.channel(call.team, call.need("channel", "channel_not_found"))
    message = own_message(call, channel, call.need("ts", "message_not_found"), "cant_update_message")
    content = content_of(call)
    _markdown_text(call, content)
    if channel.is_archived:
        raise Refused("is_inactive")
    if len(content.text or "") > UPDATE_LONGEST:
        raise Refused("msg_too_long")
    if content.text is None and content.blocks is None and content.attachments is None:
        if content.metadata is None:
            raise Refused("no_text")
    else:
        _resulting(message, content).check()
    check_replacement(message, content)
    rewrite(call.ws, message, content)
    text = message.body["text"]
    return {"ok": True, "channel": channel.id, "ts": message.ts, "text": text, "message": message.body}


def _resulting(message: Message, content: Content) -> Content:
    """The message as it would be: emptiness is judged on the result, validity on what is new."""
    text = message.body["text"] if content.text is None else content.text
    kept_blocks = message.body.get("blocks") if content.blocks is None else None
    kept_attachments = message.body.get("attachments") if content.attachments is None else None
    remains = text or ("(kept)" if kept_blocks or kept_attachments else "")
    return Content(text=remains, blocks=content.blocks, attachments=content.attachments)


def delete(call: Call) -> Json:
    """chat.delete: the bot's own messages."""
    channel = call.ws.directory.channel(call.team, call.need("channel", "channel_not_found"))
    message = own_message(call, channel, call.need("ts", "message_not_found"), "cant_delete_message")
    take_away(call.ws, message)
    return {"ok": True, "channel": channel.id, "ts": message.ts}


def post_ephemeral(call: Call) -> Json:
    """chat.postEphemeral: seen by one member of the channel."""
    channel = destination(call, call.need("channel", "channel_not_found"))
    reader = call.need("user", "user_not_in_channel")
    content = content_of(call)
    _markdown_text(call, content)
    if len(content.text or "") > TRUNCATED_AT:
        raise Refused("msg_too_long")
    content.check()
    if reader not in channel.members:
        raise Refused("user_not_in_channel")
    _parent(call, channel, content)
    message = whisper(call.ws, call.installation, channel, content, reader)
    return {"ok": True, "message_ts": message.ts}


def destination(call: Call, channel: str) -> Channel:
    """Where a post goes: an id, a #name, or a person, whose direct messages are then opened."""
    directory = call.ws.directory
    if channel in directory.users:
        return _direct(call, channel)
    found = directory.channels.get(channel) or directory.named(call.team, channel)
    if found is None or found.team != call.team:
        raise Refused("channel_not_found")
    if found.is_archived or (found.user and directory.users[found.user].deleted):
        raise Refused("is_archived")
    if found.kind == "group" and not found.bot_is_member:
        raise Refused("channel_not_found")
    if not found.bot_is_member and "chat:write.public" not in call.grant.scopes:
        raise Refused("not_in_channel")
    return found


def _plain_author(call: Call) -> None:
    """Another name or picture than the app's own needs a scope of its own."""
    if {"username", "icon_emoji", "icon_url"} & set(call.args):
        call.need_scope("chat:write.customize")


def _direct(call: Call, user_id: str) -> Channel:
    user = call.ws.directory.users[user_id]
    if user.team != call.team or user.is_bot or user.deleted:
        raise Refused("channel_not_found")
    return call.ws.directory.open_im(call.team, user_id, int(call.now))


def own_message(call: Call, channel: Channel, ts: str, foreign: str) -> Message:
    """The bot's own message; Refused `message_not_found` or the `foreign` code."""
    message = call.ws.timeline.find(channel.id, ts)
    if message is None or message.reader is not None:
        raise Refused("message_not_found")
    if message.body.get("bot_id") != call.installation.bot_id:
        raise Refused(foreign)
    return message


def content_of(call: Call) -> Content:
    """The content arguments of a call, structures decoded but not yet checked."""
    metadata = call.json("metadata", "invalid_metadata_format")
    check_metadata(metadata)
    return Content(
        text=call.text("text"),
        blocks=_list(call.json("blocks", "invalid_blocks_format"), "invalid_blocks_format"),
        attachments=_list(call.json("attachments", "invalid_attachments"), "invalid_attachments"),
        metadata=metadata,
        thread_ts=call.text("thread_ts"),
        reply_broadcast=call.flag("reply_broadcast"),
        options={name: call.args[name] for name in OPTIONS if name in call.args},
    )


def _list(value: Any, error: str) -> list[Json] | None:
    if value is not None and not (isinstance(value, list) and all(isinstance(v, dict) for v in value)):
        raise Refused(error)
    return value


def _markdown_text(call: Call, content: Content) -> None:
    """`markdown_text` stands for one markdown block and goes with nothing else."""
    markdown = call.text("markdown_text")
    if markdown is None:
        return
    if content.text or content.blocks:
        raise Refused("markdown_text_conflict")
    content.blocks = [{"type": "markdown", "text": markdown}]
    content.text = markdown


def _parent(call: Call, channel: Channel, content: Content) -> None:
    """A reply goes to the thread of an existing, lasting message; a malformed ts is refused."""
    if content.thread_ts is None:
        return
    seconds, dot, micros = content.thread_ts.partition(".")
    if not (seconds.isdigit() and dot and micros.isdigit()):
        raise Refused("invalid_thread_ts")
    parent = call.ws.timeline.find(channel.id, content.thread_ts)
    if parent is None:
        raise Refused("thread_not_found")
    if parent.reader is not None:
        raise Refused("cannot_reply_to_message")
    content.thread_ts = parent.thread_ts or parent.ts


METHODS = (
    Method("chat.postMessage", post_message, SPECIAL, ("chat:write",)),
    Method("chat.update", update, 3, ("chat:write",)),
    Method("chat.delete", delete, 3, ("chat:write",)),
    Method("chat.postEphemeral", post_ephemeral, 4, ("chat:write",)),
)
