"""A message to Slack: its words for notifications and screen readers, its blocks, its colour. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.blocks import Block


@dataclass(frozen=True, slots=True)
class Message:
    """`text` is mrkdwn and never empty; `bar` are blocks below, beside a bar in `colour`."""

    text: str
    blocks: list[Block] = field(default_factory=list)
    bar: list[Block] = field(default_factory=list)
    colour: str = "#dddddd"

    def arguments(self) -> dict[str, Any]:
        """`text`, `blocks` and `attachments` for `chat.postMessage` and `chat.update`.

        All three every time: what an update leaves out, Slack leaves as it was.
        """
        attachments = [{"color": self.colour, "fallback": self.text, "blocks": self.bar}] if self.bar else []
        return {"text": self.text, "blocks": self.blocks, "attachments": attachments}
