"""Putting messages on screens: posts, updates, deletions and ephemerals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from workspace.blockkit.normal import normal
from workspace.blockkit.surfaces import check_message
from workspace.model import Channel, Installation
from workspace.refusal import Refused
from workspace.space import Workspace
from workspace.timeline import Message
from workspace.wire import Json

TRUNCATED_AT = 40_000
UPDATE_LONGEST = 4_000
METADATA_BYTES = 16_000


@dataclass
class Content:
    """What a message says; None means "not given", which an update leaves as it was."""

    text: str | None = None
    blocks: list[Json] | None = None
    attachments: list[Json] | None = None
    metadata: Json | None = None
    thread_ts: str | None = None
    reply_broadcast: bool = False
    options: Json = field(default_factory=dict)

    def check(self) -> None:
        """Refuse what Slack refuses: nothing at all, or invalid parts."""
        if not (self.text or self.blocks or self.attachments):
            raise Refused("no_text")
        check_message(self.blocks or [], self.attachments or [])


def post(ws: Workspace, installation: Installation, channel: Channel, content: Content) -> Message:
    """Post as the bot; the content must have been checked."""
    body = _authored(ws, installation) | _said(ws, content)
    return _publish(ws, channel, body, None)


def say(ws: Workspace, channel: Channel, user: str, text: str, thread_ts: str | None = None) -> Message:
    """A person writes a plain message."""
    body: Json = {"type": "message", "user": user, "team": channel.team, "text": text}
    body["client_msg_id"] = ws.ids.hexadecimal(32)
    if thread_ts:
        body["thread_ts"] = thread_ts
    return _publish(ws, channel, body, None)


def whisper(
    ws: Workspace, installation: Installation, channel: Channel, content: Content, reader: str
) -> Message:
    """An ephemeral message that `reader` alone sees."""
    body = _authored(ws, installation) | _said(ws, content) | {"is_ephemeral": True}
    return _publish(ws, channel, body, reader)


def rewrite(ws: Workspace, message: Message, content: Content) -> None:
    """Change a message in place; parts not given stay, except as Slack drops them.

    Given text alone, blocks and attachments stay; an empty list clears them.
    """
    body = message.body
    if content.text is not None:
        body["text"] = content.text
    if content.blocks is not None:
        body["blocks"] = normal(content.blocks, ws.ids)
    if content.attachments is not None:
        body["attachments"] = _numbered(ws, content.attachments)
    if content.metadata is not None:
        body["metadata"] = content.metadata
    body["edited"] = {"user": body.get("user", ""), "ts": ws.ids.ts(ws.clock.now())}
    message.revision += 1
    message.state.clear()
    announce(ws, "changed", message)


def take_away(ws: Workspace, message: Message) -> None:
    """Delete a message."""
    ws.timeline.remove(message)
    announce(ws, "deleted", message)


def announce(ws: Workspace, kind: str, message: Message) -> None:
    """Tell the screens what happened to a message."""
    ws.feed.add(
        kind,
        team=message.team,
        channel=message.channel,
        ts=message.ts,
        user=message.reader,
        thread_ts=message.thread_ts or "",
    )


def check_replacement(old: Message, content: Content) -> None:
    """Rich text must not be replaced by other blocks."""
    had = any(block["type"] == "rich_text" for block in old.body.get("blocks") or [])
    if had and content.blocks and not any(b.get("type") == "rich_text" for b in content.blocks):
        raise Refused("block_mismatch")


def check_metadata(metadata: Any) -> None:
    """Message metadata is `{event_type, event_payload}`."""
    if metadata is None:
        return
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise Refused("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict):
        raise Refused("invalid_metadata_schema")
    if len(str(metadata)) > METADATA_BYTES:
        raise Refused("metadata_too_large")


def _publish(ws: Workspace, channel: Channel, body: Json, reader: str | None) -> Message:
    ts = ws.ids.ts(ws.clock.now())
    message = Message(channel.team, channel.id, ts, body | {"ts": ts}, reader)
    ws.timeline.add(message)
    announce(ws, "ephemeral" if reader else "message", message)
    return message


def _authored(ws: Workspace, installation: Installation) -> Json:
    return {
        "type": "message",
        "user": installation.bot_user,
        "bot_id": installation.bot_id,
        "app_id": ws.app.id,
        "team": installation.team,
        "bot_profile": {
            "id": installation.bot_id,
            "app_id": ws.app.id,
            "name": ws.app.name,
            "deleted": False,
            "team_id": installation.team,
        },
    }


def _said(ws: Workspace, content: Content) -> Json:
    said: Json = {"text": (content.text or "")[:TRUNCATED_AT]}
    if content.blocks:
        said["blocks"] = normal(content.blocks, ws.ids)
    if content.attachments:
        said["attachments"] = _numbered(ws, content.attachments)
    if content.metadata:
        said["metadata"] = content.metadata
    if content.thread_ts:
        said["thread_ts"] = content.thread_ts
        if content.reply_broadcast:
            said["subtype"] = "thread_broadcast"
    return said


def _numbered(ws: Workspace, attachments: list[Json]) -> list[Json]:
    whole: list[Json] = []
    for number, attachment in enumerate(attachments, 1):
        copy = {"fallback": "[no preview available]", **attachment, "id": number}
        if attachment.get("blocks"):
            copy["blocks"] = normal(attachment["blocks"], ws.ids)
        whole.append(copy)
    return whole
