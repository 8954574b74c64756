"""Blocks that Slack refuses for another reason than their size, and some that it accepts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workspace.blocks import (
    actions,
    button,
    entry,
    input_block,
    mrkdwn,
    option,
    options,
    plain,
    rich,
    section,
    select,
)
from tests.workspace.test_limits import GROUP
from workspace.blockkit.surfaces import check_message
from workspace.refusal import Refused

REFUSED: dict[str, list[dict[str, Any]]] = {
    "unknown block": [{"type": "carousel"}],
    "no type": [{"text": plain()}],
    "unknown key": [section(colour="red")],
    "unknown element": [actions({"type": "slider", "action_id": "x"})],
    "unknown element key": [actions(button(disabled=True))],
    "section of nothing": [{"type": "section"}],
    "header in mrkdwn": [{"type": "header", "text": mrkdwn()}],
    "button in mrkdwn": [actions(button(text=mrkdwn()))],
    "bad style": [actions(button(style="default"))],
    "bad url": [actions(button(url="javascript:alert(1)"))],
    "actions of nothing": [{"type": "actions", "elements": []}],
    "context of nothing": [{"type": "context", "elements": []}],
    "overflow of nothing": [actions({"type": "overflow", "action_id": "o", "options": []})],
    "input in actions": [actions(entry())],
    "button in input": [input_block(button())],
    "input of nothing": [{"type": "input", "label": plain()}],
    "image without alt text": [{"type": "image", "image_url": "https://example.com/a.png"}],
    "image from nowhere": [{"type": "image", "alt_text": "a"}],
    "options and groups": [actions(select(option_groups=[GROUP]))],
    "foreign initial option": [actions(select(initial_option=option(9)))],
    "options alike": [actions(select(options=[option(1), option(1)]))],
    "block_id twice": [section(block_id="a"), section(block_id="a")],
    "action_id twice": [actions(button("a"), button("a"))],
    "min above max": [input_block(entry(min_length=5, max_length=4))],
    "max of zero": [input_block(entry(max_length=0))],
    "bad date": [actions({"type": "datepicker", "action_id": "d", "initial_date": "31/12/2026"})],
    "number without kind": [input_block({"type": "number_input", "action_id": "n"})],
    "rich text of text": [{"type": "rich_text", "elements": [{"type": "text", "text": "x"}]}],
    "rich text unknown": [rich({"type": "marquee", "text": "x"})],
    "rich text empty": [rich({"type": "text", "text": ""})],
    "table cell unknown": [{"type": "table", "rows": [["plain"]]}],
    "not an object": ["divider"],  # type: ignore[list-item]
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_slack_refuses_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="invalid_blocks") as refused:
        check_message(REFUSED[name], [])
    assert all("[json-pointer:/blocks" in line for line in refused.value.messages)


ACCEPTED: dict[str, list[dict[str, Any]]] = {
    "the same action_id in two blocks": [actions(button("a")), actions(button("a"))],
    "two blocks without ids": [section(), section()],
    "fields alone": [{"type": "section", "fields": [mrkdwn()]}],
    "one overflow option": [actions({"type": "overflow", "action_id": "o", "options": options(1)})],
    "initial option": [actions(select(initial_option=option(1)))],
    "all of rich text": [
        {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_quote", "elements": [{"type": "text", "text": "x"}]},
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x"}]},
                {
                    "type": "rich_text_list",
                    "style": "ordered",
                    "elements": [{"type": "rich_text_section", "elements": []}],
                },
            ],
        }
    ],
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_slack_accepts_is_accepted(name: str) -> None:
    check_message(ACCEPTED[name], [])
