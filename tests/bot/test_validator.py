"""The last look: each payload that Slack would refuse is refused before it leaves."""

from typing import Any

import pytest

from bot.blocks import Block
from bot.validator import check_message, check_view


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def section(text: str = "x", **more: Any) -> Block:
    return {"type": "section", "text": plain(text), **more}


def button(**more: Any) -> Block:
    return {
        "type": "button",
        "text": plain("Go"),
        "action_id": "go",
        "value": "v",
        "accessibility_label": "Go",
    } | more


def row(*elements: Block, **more: Any) -> Block:
    return {"type": "actions", "elements": list(elements), **more}


def field(element: Block, **more: Any) -> Block:
    return {"type": "input", "label": plain("Why"), "element": element, **more}


def typed(**more: Any) -> Block:
    return {"type": "plain_text_input", "action_id": "t", **more}


def message(*blocks: Block, text: str = "Something") -> dict[str, Any]:
    return {"text": text, "blocks": list(blocks), "attachments": []}


def modal(*blocks: Block, **more: Any) -> Block:
    return {"type": "modal", "title": plain("T"), "blocks": list(blocks), **more}


def dialog(**more: Any) -> Block:
    return {"title": plain("x"), "text": plain("x"), "confirm": plain("x"), "deny": plain("x"), **more}


TICKS = {"type": "checkboxes", "action_id": "c"}


def options(count: int, text: str = "o") -> list[Block]:
    return [{"text": plain(text), "value": str(n)} for n in range(count)]


BAD_MESSAGES = {
    "no text": message(section(), text=""),
    "blank text": message(section(), text="  "),
    "long text": message(section(), text="x" * 4001),
    "mention in the text": message(section(), text="<!channel> look"),
    "51 blocks": message(*[section()] * 51),
    "long section": message(section("x" * 3001)),
    "empty section": message({"type": "section"}),
    "blank section": message(section("  ")),
    "11 fields": message({"type": "section", "fields": [plain("x")] * 11}),
    "long field": message({"type": "section", "fields": [plain("x" * 2001)]}),
    "long header": message({"type": "header", "text": plain("x" * 151)}),
    "11 in a context": message({"type": "context", "elements": [plain("x")] * 11}),
    "empty context": message({"type": "context", "elements": []}),
    "26 buttons": message(row(*[button(action_id=f"b{n}") for n in range(26)])),
    "same block_id": message(section(block_id="a"), section(block_id="a")),
    "same action_id": message(row(button(), button())),
    "long action_id": message(row(button(action_id="x" * 256))),
    "long block_id": message(section(block_id="x" * 256)),
    "bad style": message(row(button(style="green"))),
    "long label": message(row(button(text=plain("x" * 76)))),
    "long value": message(row(button(value="x" * 2001))),
    "unspoken button": message(row(button(accessibility_label=""))),
    "long confirm": message(
        row(
            button(
                confirm={
                    "title": plain("x" * 101),
                    "text": plain("x"),
                    "confirm": plain("x"),
                    "deny": plain("x"),
                }
            )
        )
    ),
    "rich text": message({"type": "rich_text", "elements": []}),
    "a live link": message({"type": "section", "text": {"type": "mrkdwn", "text": "<https://x.example|Go>"}}),
    "a live user": message({"type": "context", "elements": [{"type": "mrkdwn", "text": "<@U123>"}]}),
    "over the budget": message(*[section("x" * 3000)] * 5),
    "over the budget below": message() | {"attachments": [{"blocks": [section("x" * 3000)] * 5}]},
}

BAD_VIEWS = {
    "101 blocks": modal(*[section()] * 101),
    "long title": modal(section(), title=plain("x" * 25)),
    "long submit": modal(section(), submit=plain("x" * 25)),
    "no title": {"type": "modal", "blocks": []},
    "input without submit": modal(field(typed())),
    "long metadata": modal(section(), private_metadata="x" * 3001),
    "long callback": modal(section(), callback_id="x" * 256),
    "long initial": modal(field(typed(initial_value="x" * 3001)), submit=plain("Go")),
    "long placeholder": modal(field(typed(placeholder=plain("x" * 151))), submit=plain("Go")),
    "11 ticks": modal(field(TICKS | {"options": options(11)}), submit=plain("Go")),
    "long option": modal(field(TICKS | {"options": options(1, "x" * 76)}), submit=plain("Go")),
    "same option": modal(field(TICKS | {"options": options(1) * 2}), submit=plain("Go")),
    "too heavy": modal(*[section("é" * 3000)] * 14),
}


@pytest.mark.parametrize("payload", BAD_MESSAGES.values(), ids=BAD_MESSAGES)
def test_a_bad_message_is_found_out(payload: dict[str, Any]) -> None:
    assert check_message(payload)


@pytest.mark.parametrize("view", BAD_VIEWS.values(), ids=BAD_VIEWS)
def test_a_bad_view_is_found_out(view: Block) -> None:
    assert check_view(view)


def test_what_is_right_passes() -> None:
    date = {"type": "mrkdwn", "text": "*When* <!date^1^{date}|then>"}
    assert check_message(message(section(), row(button()), {"type": "section", "fields": [date]})) == []
    assert check_view(modal(field(typed()), submit=plain("Go"))) == []
