"""Layout blocks, and which surface takes which."""

from __future__ import annotations

from typing import Any

from workspace.blockkit.checks import (
    Check,
    Problems,
    also,
    anything,
    array,
    boolean,
    by_type,
    complain,
    either,
    one_of,
    record,
    string,
)
from workspace.blockkit.composition import plain, text, url
from workspace.blockkit.elements import (
    IDENTIFIER,
    in_actions,
    in_context,
    in_context_actions,
    in_input,
    in_section,
)
from workspace.blockkit.rich_text import rich_text

TABLE_ROWS, TABLE_COLUMNS = 100, 20


def _block(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    return record({"type": anything} | required, {"block_id": IDENTIFIER} | (optional or {}))


def _text_or_fields(value: Any, at: str, problems: Problems) -> None:
    if value.get("text") is None and value.get("fields") is None:
        complain(problems, at, "must define either `text` or `fields`")


_section = also(
    _block(
        {},
        {
            "text": text(3000),
            "fields": array(text(2000), 10),
            "accessory": in_section,
            "expand": boolean,
        },
    ),
    _text_or_fields,
)
_image = also(
    _block(
        {"alt_text": string(2000, 1)},
        {
            "image_url": url(),
            "slack_file": record({}, {"id": IDENTIFIER, "url": url()}),
            "title": plain(2000),
        },
    ),
    either("image_url", "slack_file"),
)
_input = _block(
    {"label": plain(2000), "element": in_input},
    {"hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
)
_cell = by_type(
    {
        "raw_text": record({"type": anything, "text": string(None, 1)}),
        "raw_number": record({"type": anything, "value": anything}, {"text": string()}),
        "rich_text": rich_text,
    }
)
_column = record({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})
_table = _block(
    {"rows": array(array(_cell, TABLE_COLUMNS), TABLE_ROWS)},
    {"column_settings": array(_column, TABLE_COLUMNS)},
)

EVERYWHERE: dict[str, Check] = {
    "actions": _block({"elements": array(in_actions, 25)}),
    "context": _block({"elements": array(in_context, 10)}),
    "divider": _block({}),
    "header": _block({"text": plain(150)}),
    "image": _image,
    "input": _input,
    "rich_text": rich_text,
    "section": _section,
}
MESSAGES_ONLY: dict[str, Check] = {
    "context_actions": _block({"elements": array(in_context_actions, 5)}),
    "markdown": _block({"text": string(12_000, 1)}),
    "table": _table,
}

in_message = by_type(EVERYWHERE | MESSAGES_ONLY)
in_view = by_type(EVERYWHERE)
