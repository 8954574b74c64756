"""Block Kit, as far as the desk uses it: small functions that give plain dicts.

`words` are the desk's own, from the catalogues. What anybody else wrote goes through `theirs`,
which Slack does not parse and in which `:smile:` stays what was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bot import text

Block = dict[str, Any]

NOTHING_SEEN = "⟦ ⟧"
"""What stands for a text of blanks alone, which Slack would refuse as empty."""


def words(own: str) -> Block:
    """The desk's own words as plain text."""
    return {"type": "plain_text", "text": own, "emoji": True}


def theirs(shown: str) -> Block:
    """Somebody else's words, already fitted: plain text in which nothing is parsed."""
    return {"type": "plain_text", "text": shown if shown.strip() else NOTHING_SEEN, "emoji": False}


def markup(own: str) -> Block:
    """The desk's own mrkdwn. Others' words are let in through `text.inert` only."""
    return {"type": "mrkdwn", "text": own, "verbatim": True}


def bold(own: str) -> Block:
    """The desk's own words in bold."""
    return markup(f"*{text.escape(own)}*")


def header(own: str, block_id: str | None = None) -> Block:
    """A heading; one line of at most 150 characters."""
    return _with_id({"type": "header", "text": words(text.line(own, 150))}, block_id)


def section(body: Block, block_id: str | None = None, accessory: Block | None = None) -> Block:
    """A paragraph."""
    block: Block = {"type": "section", "text": body}
    if accessory is not None:
        block["accessory"] = accessory
    return _with_id(block, block_id)


def paragraphs(shown: Iterable[str]) -> list[Block]:
    """Somebody else's words, a section for each piece."""
    return [section(theirs(piece)) for piece in shown]


def table(pairs: Sequence[tuple[Block, Block]], block_id: str) -> list[Block]:
    """Labels and values side by side. Slack takes ten fields a section, so five pairs each."""
    rows = [pairs[start : start + 5] for start in range(0, len(pairs), 5)]
    return [
        _with_id({"type": "section", "fields": [field for pair in row for field in pair]}, _nth(block_id, n))
        for n, row in enumerate(rows)
    ]


def context(*elements: Block, block_id: str | None = None) -> Block:
    """Small print: at most ten elements."""
    return _with_id({"type": "context", "elements": list(elements)}, block_id)


def divider() -> Block:
    """A line."""
    return {"type": "divider"}


def actions(elements: list[Block], block_id: str | None = None) -> Block:
    """A row of buttons."""
    return _with_id({"type": "actions", "elements": elements}, block_id)


def button(
    label: str,
    action_id: str,
    value: str,
    *,
    spoken: str,
    style: str | None = None,
    confirm: Block | None = None,
) -> Block:
    """A button; `spoken` is what a screen reader says, at most 75 characters."""
    block: Block = {
        "type": "button",
        "text": words(label),
        "action_id": action_id,
        "value": value,
        "accessibility_label": text.line(spoken, 75),
    }
    if style:
        block["style"] = style
    if confirm:
        block["confirm"] = confirm
    return block


def confirm(title: str, question: str, yes: str, no: str) -> Block:
    """A dialog that asks before a button counts."""
    return {"title": words(title), "text": words(question), "confirm": words(yes), "deny": words(no)}


def option(label: str, value: str, description: str | None = None) -> Block:
    """A choice: label and description of at most 75 characters each."""
    block: Block = {"text": theirs(text.line(label, 75)), "value": value}
    if description:
        block["description"] = theirs(text.line(description, 75))
    return block


def entry(label: Block, element: Block, *, optional: bool = False, hint: str | None = None) -> Block:
    """A field of a form; its block_id is its action_id, so that an error finds it."""
    block: Block = {
        "type": "input",
        "block_id": element["action_id"],
        "label": label,
        "element": element,
        "optional": optional,
    }
    if hint:
        block["hint"] = words(hint)
    return block


def typed(
    action_id: str,
    *,
    multiline: bool = True,
    shortest: int = 0,
    longest: int = 3000,
    initial: str | None = None,
    placeholder: str | None = None,
) -> Block:
    """A text field."""
    block: Block = {
        "type": "plain_text_input",
        "action_id": action_id,
        "multiline": multiline,
        "min_length": shortest,
        "max_length": longest,
    }
    if initial:
        block["initial_value"] = initial
    if placeholder:
        block["placeholder"] = words(placeholder)
    return block


def select(action_id: str, options: list[Block], placeholder: str, initial: Block | None = None) -> Block:
    """A menu of at most 100 options."""
    block: Block = {
        "type": "static_select",
        "action_id": action_id,
        "options": options,
        "placeholder": words(placeholder),
    }
    if initial is not None:
        block["initial_option"] = initial
    return block


def modal(
    callback_id: str,
    title: str,
    blocks: list[Block],
    *,
    close: str,
    submit: str | None = None,
    private_metadata: str = "",
) -> Block:
    """A modal view; title, submit and close have at most 24 characters each."""
    view: Block = {
        "type": "modal",
        "callback_id": callback_id,
        "title": words(title),
        "close": words(close),
        "blocks": blocks,
        "private_metadata": private_metadata,
    }
    if submit:
        view["submit"] = words(submit)
    return view


def _with_id(block: Block, block_id: str | None) -> Block:
    return block if block_id is None else {**block, "block_id": block_id}


def _nth(block_id: str, n: int) -> str:
    return block_id if n == 0 else f"{block_id}:{n + 1}"
