"""The messages of every conversation, and who can see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from workspace.wire import Json


@dataclass
class Message:
    """One message; `body` is what Slack would show of it, `reader` the only one who sees it.

    `state` holds, per user, what they chose in the message's own fields, `suggested` what the
    app last offered in an external select.
    """

    team: str
    channel: str
    ts: str
    body: Json
    reader: str | None = None
    state: dict[str, Json] = field(default_factory=dict)
    suggested: dict[str, list[Json]] = field(default_factory=dict)
    revision: int = 1

    @property
    def thread_ts(self) -> str | None:
        return self.body.get("thread_ts")

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts


class Timeline:
    """Messages by channel, oldest first."""

    def __init__(self) -> None:
        self._channels: dict[str, dict[str, Message]] = {}

    def add(self, message: Message, *, count: bool = True) -> None:
        """Keep a message and, unless it was counted before, count it in its thread's parent."""
        self._channels.setdefault(message.channel, {})[message.ts] = message
        if count and message.is_reply and message.reader is None:
            self._count_reply(message, +1)

    def find(self, channel: str, ts: str) -> Message | None:
        return self._channels.get(channel, {}).get(ts)

    def remove(self, message: Message) -> None:
        """Take a message away for good."""
        self._channels[message.channel].pop(message.ts, None)
        if message.is_reply and message.reader is None:
            self._count_reply(message, -1)

    def visible(self, channel: str, user: str) -> Iterator[Message]:
        """A channel's messages as `user` sees them, ephemerals for others left out."""
        for message in self._channels.get(channel, {}).values():
            if message.reader in (None, user):
                yield message

    def all(self) -> Iterator[Message]:
        """Every message, ephemerals too, channel by channel."""
        for messages in self._channels.values():
            yield from messages.values()

    def _count_reply(self, reply: Message, step: int) -> None:
        parent = self.find(reply.channel, reply.thread_ts or "")
        if parent is None:
            return
        count = parent.body.get("reply_count", 0) + step
        parent.body["reply_count"] = count
        parent.body["thread_ts"] = parent.ts
        if step > 0:
            parent.body["latest_reply"] = reply.ts
