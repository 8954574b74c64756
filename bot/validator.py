"""The last look at what goes to Slack: every limit that Slack would enforce, and the desk's own.

Each check gives sentences that say where and what; none means that it may go. Figures: SLACK limits
as published by Slack and its SDKs; `BUDGET` stays below a ceiling that Slack does not document
(slackapi/bolt-js#2509).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from bot.blocks import Block

BUDGET = 12_000
TEXT_LIMIT = 4_000
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
VIEW_CHARACTERS = 240_000

BLOCK_TYPES = {"section", "context", "actions", "divider", "header", "input"}
STYLES = {None, "primary", "danger"}

# In the desk's mrkdwn the only live token is a date; all others would be somebody's words let loose.
_LIVE = re.compile(r"<(?!!date\^[0-9]+\^)[^>]*>?")

Problems = Iterator[str]


def check_message(payload: dict[str, Any]) -> list[str]:
    """What is wrong with `text`, `blocks` and `attachments` of a message."""
    attached = [attachment.get("blocks", []) for attachment in payload.get("attachments") or []]
    surfaces = [payload.get("blocks") or [], *attached]
    return list(
        chain(
            _top_text(payload.get("text")),
            chain.from_iterable(_surface(blocks, MESSAGE_BLOCKS) for blocks in surfaces),
            _budget(surfaces),
        )
    )


def check_view(view: dict[str, Any]) -> list[str]:
    """What is wrong with a modal or a home tab."""
    return list(
        chain(
            _surface(view.get("blocks") or [], VIEW_BLOCKS),
            _modal(view) if view.get("type") == "modal" else (),
            _longest(view.get("private_metadata"), 3000, "private_metadata"),
            _longest(view.get("callback_id"), 255, "callback_id"),
            _view_size(view),
        )
    )


def texts(value: Any) -> Iterator[Block]:
    """Every text object inside."""
    if isinstance(value, dict):
        if value.get("type") in {"plain_text", "mrkdwn"}:
            yield value
        else:
            yield from chain.from_iterable(map(texts, value.values()))
    elif isinstance(value, list):
        yield from chain.from_iterable(map(texts, value))


def elements(block: Block) -> list[Block]:
    """The interactive elements of a block."""
    if block["type"] == "actions":
        return list(block["elements"])
    found = (block.get("accessory"), block.get("element"))
    return [element for element in found if element]


def _top_text(text: str | None) -> Problems:
    if not text or not text.strip():
        yield "text: missing; notifications and screen readers need it"
    yield from _longest(text, TEXT_LIMIT, "text")
    yield from _live(text or "", "text")


def _surface(blocks: list[Block], most: int) -> Problems:
    if len(blocks) > most:
        yield f"blocks: {len(blocks)}, at most {most}"
    yield from _repeats((b["block_id"] for b in blocks if "block_id" in b), "block_id")
    for n, block in enumerate(blocks):
        yield from _block(block, f"blocks[{n}]")


def _block(block: Block, at: str) -> Problems:
    kind = block["type"]
    if kind not in BLOCK_TYPES:
        yield f"{at}: unknown type {kind}"
        return
    yield from _longest(block.get("block_id"), 255, f"{at}.block_id")
    yield from _each_text(block, at)
    yield from _repeats((e["action_id"] for e in elements(block) if "action_id" in e), f"{at}.action_id")
    yield from _BLOCKS.get(kind, _nothing)(block, at)
    for element in elements(block):
        yield from _element(element, at)


def _each_text(block: Block, at: str) -> Problems:
    for text in texts(block):
        if not text["text"].strip():
            yield f"{at}: empty text"
        if text["type"] == "mrkdwn":
            yield from _live(text["text"], at)


def _live(text: str, at: str) -> Problems:
    found = _LIVE.search(text)
    if found:
        yield f"{at}: live markup {found[0]!r}"


def _section(block: Block, at: str) -> Problems:
    fields = block.get("fields", [])
    if not fields and "text" not in block:
        yield f"{at}: neither text nor fields"
    if len(fields) > 10:
        yield f"{at}: {len(fields)} fields, at most 10"
    yield from _text(block.get("text"), 3000, f"{at}.text")
    for field in fields:
        yield from _text(field, 2000, f"{at}.fields")


def _header(block: Block, at: str) -> Problems:
    yield from _text(block["text"], 150, f"{at}.text")


def _context(block: Block, at: str) -> Problems:
    yield from _count(block["elements"], 10, at)
    for element in block["elements"]:
        yield from _text(element, 2000, at)


def _actions(block: Block, at: str) -> Problems:
    yield from _count(block["elements"], 25, at)


def _input(block: Block, at: str) -> Problems:
    yield from _text(block["label"], 2000, f"{at}.label")
    yield from _text(block.get("hint"), 2000, f"{at}.hint")


def _element(element: Block, at: str) -> Problems:
    where = f"{at}.{element.get('action_id', element['type'])}"
    yield from _longest(element.get("action_id"), 255, where)
    yield from _text(element.get("placeholder"), 150, f"{where}.placeholder")
    yield from _longest(element.get("initial_value"), 3000, f"{where}.initial_value")
    if element["type"] == "button":
        yield from _button(element, where)
    if "options" in element:
        yield from _options(element, where)
    if "confirm" in element:
        yield from _confirm(element["confirm"], f"{where}.confirm")


def _button(element: Block, at: str) -> Problems:
    yield from _text(element["text"], 75, at)
    yield from _longest(element.get("value"), 2000, f"{at}.value")
    yield from _longest(element.get("accessibility_label"), 75, f"{at}.accessibility_label")
    if not element.get("accessibility_label"):
        yield f"{at}: no accessibility_label"
    if element.get("style") not in STYLES:
        yield f"{at}: style {element['style']}"


def _options(element: Block, at: str) -> Problems:
    few = element["type"] in {"checkboxes", "radio_buttons"}
    yield from _count(element["options"], 10 if few else 100, at)
    yield from _repeats((option["value"] for option in element["options"]), f"{at}.options")
    for option in element["options"]:
        yield from _text(option["text"], 75, f"{at}.option")
        yield from _text(option.get("description"), 75, f"{at}.description")
        yield from _longest(option["value"], 150, f"{at}.value")


def _confirm(confirm: Block, at: str) -> Problems:
    for name, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        yield from _text(confirm[name], most, f"{at}.{name}")


def _modal(view: Block) -> Problems:
    for name in ("title", "submit", "close"):
        yield from _text(view.get(name), 24, name)
    if "title" not in view:
        yield "title: missing"
    if "submit" not in view and any(block["type"] == "input" for block in view["blocks"]):
        yield "submit: missing, though there is an input"


def _view_size(view: Block) -> Problems:
    size = sum(_size(text["text"]) for text in texts(view["blocks"]))
    if size > VIEW_CHARACTERS:
        yield f"view: {size} characters on the wire, at most {VIEW_CHARACTERS}"


def _budget(surfaces: list[list[Block]]) -> Problems:
    total = sum(len(text["text"]) for text in texts(surfaces))
    if total > BUDGET:
        yield f"blocks: {total} characters in all, at most {BUDGET}"


def _text(text: Block | None, most: int, at: str) -> Problems:
    if text is not None:
        yield from _longest(text["text"], most, at)


def _longest(text: str | None, most: int, at: str) -> Problems:
    if text is not None and len(text) > most:
        yield f"{at}: {len(text)} characters, at most {most}"


def _count(items: list[Any], most: int, at: str) -> Problems:
    if not 0 < len(items) <= most:
        yield f"{at}: {len(items)} elements, 1 to {most}"


def _repeats(names: Iterable[str], at: str) -> Problems:
    for name, times in Counter(names).items():
        if times > 1:
            yield f"{at}: {name} stands {times} times"


def _size(text: str) -> int:
    """How long a text is on the wire, where other than ASCII is written as an escape."""
    return sum(1 if " " <= letter <= "~" else 6 + 6 * (ord(letter) > 0xFFFF) for letter in text)


def _nothing(block: Block, at: str) -> Problems:
    return iter(())


_BLOCKS: dict[str, Callable[[Block, str], Problems]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "input": _input,
}
