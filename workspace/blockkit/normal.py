"""What Slack adds to blocks that it accepts: missing ids and the defaults of text objects."""

from __future__ import annotations

from typing import Any

from workspace.blockkit.surfaces import elements
from workspace.ids import Ids
from workspace.wire import Json, decode, encode


def normal(blocks: list[Json], ids: Ids) -> list[Json]:
    """A copy of valid `blocks` in which every block and element has its id."""
    copied: list[Json] = decode(encode(blocks))
    for block in copied:
        block.setdefault("block_id", ids.secret(length=5))
        for element in elements(block):
            element.setdefault("action_id", ids.secret(length=5))
        _fill_texts(block)
    return copied


def _fill_texts(value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _fill_texts(item)
    elif isinstance(value, dict):
        if value.get("type") == "plain_text":
            value.setdefault("emoji", True)
        elif value.get("type") == "mrkdwn":
            value.setdefault("verbatim", False)
        for item in value.values():
            _fill_texts(item)
