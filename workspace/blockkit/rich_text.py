"""Rich text: sections, lists, quotes, preformatted text, and what stands in them."""

from __future__ import annotations

from typing import Any

from workspace.blockkit.checks import (
    Check,
    Problems,
    anything,
    array,
    boolean,
    by_type,
    integer,
    matching,
    one_of,
    record,
    string,
)

_ID = matching(r"[A-Z][A-Z0-9]{2,}", "must be a Slack id")
_text_style = record(
    {}, dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight"), boolean)
)
_mention_style = record(
    {}, dict.fromkeys(("bold", "italic", "strike", "highlight", "client_highlight", "unlink"), boolean)
)


def _mention(key: str) -> Check:
    return record({"type": anything, key: _ID}, {"style": _mention_style})


_inline = by_type(
    {
        "text": record({"type": anything, "text": string(None, 1)}, {"style": _text_style}),
        "link": record(
            {"type": anything, "url": string(3000, 1)},
            {"text": string(), "unsafe": boolean, "style": _text_style},
        ),
        "emoji": record(
            {"type": anything, "name": string(None, 1)},
            {"unicode": string(), "skin_tone": integer(2, 6), "style": _text_style},
        ),
        "user": _mention("user_id"),
        "channel": _mention("channel_id"),
        "usergroup": _mention("usergroup_id"),
        "team": _mention("team_id"),
        "broadcast": record(
            {"type": anything, "range": one_of("here", "channel", "everyone")}, {"style": _mention_style}
        ),
        "date": record(
            {"type": anything, "timestamp": integer(0), "format": string(None, 1)},
            {"url": string(3000), "fallback": string(), "style": _text_style},
        ),
        "color": record({"type": anything, "value": string(7, 4)}, {"style": _text_style}),
    }
)
_inlines = array(_inline, None, least=0)
_section = record({"type": anything, "elements": _inlines})
_bordered = record({"type": anything, "elements": _inlines}, {"border": integer(0, 1)})
_preformatted = record(
    {"type": anything, "elements": _inlines}, {"border": integer(0, 1), "language": string(50)}
)
_list = record(
    {
        "type": anything,
        "style": one_of("bullet", "ordered"),
        "elements": array(by_type({"rich_text_section": _section}), None, least=0),
    },
    {"indent": integer(0, 8), "offset": integer(0), "border": integer(0, 1)},
)
_parts = array(
    by_type(
        {
            "rich_text_section": _section,
            "rich_text_list": _list,
            "rich_text_quote": _bordered,
            "rich_text_preformatted": _preformatted,
        }
    ),
    None,
    least=0,
)


def rich_text(value: Any, at: str, problems: Problems) -> None:
    """A rich_text object, as a block or as a field's value."""
    record({"type": one_of("rich_text"), "elements": _parts}, {"block_id": string(255, 1)})(
        value, at, problems
    )
