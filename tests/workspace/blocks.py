"""Small valid parts of messages and views, to be bent by the tests."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def plain(text: str = "text") -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "text") -> Json:
    return {"type": "mrkdwn", "text": text}


def section(**facts: Any) -> Json:
    return {"type": "section", "text": mrkdwn()} | facts


def button(action_id: str = "press", **facts: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain()} | facts


def actions(*elements: Json, **facts: Any) -> Json:
    return {"type": "actions", "elements": list(elements) or [button()]} | facts


def option(number: int = 1, **facts: Any) -> Json:
    return {"text": plain(f"option {number}"), "value": f"v{number}"} | facts


def options(count: int) -> list[Json]:
    return [option(number) for number in range(count)]


def select(**facts: Any) -> Json:
    return {"type": "static_select", "action_id": "choose", "options": options(2)} | facts


def confirm(**facts: Any) -> Json:
    return {"title": plain(), "text": plain(), "confirm": plain(), "deny": plain()} | facts


def entry(**facts: Any) -> Json:
    return {"type": "plain_text_input", "action_id": "typed"} | facts


def input_block(element: Json | None = None, **facts: Any) -> Json:
    return {"type": "input", "label": plain(), "element": element or entry()} | facts


def modal(*blocks: Json, **facts: Any) -> Json:
    return {"type": "modal", "title": plain("Title"), "blocks": list(blocks)} | facts


def home(*blocks: Json, **facts: Any) -> Json:
    return {"type": "home", "blocks": list(blocks)} | facts


def table(rows: int, columns: int) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * columns for _ in range(rows)]}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}
