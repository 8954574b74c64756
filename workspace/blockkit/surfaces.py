"""Whole messages and whole views: their limits, and ids that must not repeat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from workspace.blockkit.blocks import in_message, in_view
from workspace.blockkit.checks import (
    Check,
    Problems,
    anything,
    array,
    boolean,
    complain,
    matching,
    one_of,
    record,
    string,
)
from workspace.blockkit.composition import plain, url
from workspace.refusal import Refused
from workspace.wire import Json, encode

MESSAGE_BLOCKS, VIEW_BLOCKS, ATTACHMENTS = 50, 100, 100
MARKDOWN_TOTAL = 12_000
MESSAGE_CHARACTERS = 13_200  # undocumented; see slackapi/bolt-js#2509
VIEW_BYTES = 250 * 1024

_attachment = record(
    {},
    {
        "actions": array(anything, 0, 0),  # legacy interactive attachments are not modelled
        "author_icon": url(),
        "author_link": url(),
        "author_name": string(),
        "blocks": array(in_message, MESSAGE_BLOCKS, 0),
        "callback_id": string(),
        "color": matching(r"#?[0-9a-fA-F]{6}|good|warning|danger", "must be a hex colour"),
        "fallback": string(),
        "fields": array(record({"title": string()}, {"value": string(), "short": boolean}), None, 0),
        "footer": string(300),
        "footer_icon": url(),
        "id": anything,
        "image_url": url(),
        "mrkdwn_in": array(string(), None, 0),
        "pretext": string(),
        "text": string(),
        "thumb_url": url(),
        "title": string(),
        "title_link": url(),
        "ts": anything,
    },
)

_common: dict[str, Check] = {
    "private_metadata": string(3000),
    "callback_id": string(255),
    "external_id": string(255),
}
_modal = record(
    {"type": anything, "title": plain(24), "blocks": array(in_view, VIEW_BLOCKS, 0)},
    {
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
    }
    | _common,
)
_home = record({"type": anything, "blocks": array(in_view, VIEW_BLOCKS, 0)}, _common)


def check_message(blocks: list[Json], attachments: list[Json]) -> None:
    """Refuse blocks and attachments that Slack would refuse, with Slack's codes."""
    problems: Problems = []
    array(in_message, MESSAGE_BLOCKS, 0)(blocks, "/blocks", problems)
    unique_ids(blocks, "/blocks", problems)
    _total_markdown(blocks, problems)
    if problems:
        raise Refused("invalid_blocks", problems)
    if sum(map(len, texts(blocks))) > MESSAGE_CHARACTERS:
        raise Refused("msg_blocks_too_long")
    _check_attachments(attachments, {str(b["block_id"]) for b in blocks if b.get("block_id")})


def _check_attachments(attachments: list[Json], taken: set[str]) -> None:
    """At most 100, each with known keys and valid blocks, whose ids are not `taken`."""
    if len(attachments) > ATTACHMENTS:
        raise Refused("too_many_attachments")
    problems: Problems = []
    for index, attachment in enumerate(attachments):
        at = f"/attachments/{index}"
        _attachment(attachment, at, problems)
        if isinstance(attachment, dict):
            unique_ids(attachment.get("blocks") or [], f"{at}/blocks", problems, taken)
    if problems:
        raise Refused("invalid_attachments", problems)


def check_view(view: Any, *kinds: str) -> None:
    """Refuse a view that Slack would refuse; `kinds` says which types this call takes."""
    if not isinstance(view, dict):
        raise Refused("invalid_arguments", ["[ERROR] must be an object [json-pointer:/view]"])
    if len(encode(view)) > VIEW_BYTES:
        raise Refused("view_too_large")
    problems: Problems = []
    one_of(*kinds)(view.get("type"), "/view/type", problems)
    if not problems:
        (_modal if view["type"] == "modal" else _home)(view, "/view", problems)
        _inputs_need_submit(view, problems)
        unique_ids(view.get("blocks") or [], "/view/blocks", problems)
        _one_focus(view, problems)
    if problems:
        raise Refused(
            "invalid_arguments",
            ["[ERROR] failed to match all allowed schemas [json-pointer:/view]", *problems],
        )


def unique_ids(blocks: Any, at: str, problems: Problems, taken: set[str] | None = None) -> None:
    """block_ids differ within the surface, action_ids within their block; adds to `taken`."""
    if not isinstance(blocks, list):
        return
    seen = set() if taken is None else taken
    for index, block in enumerate(blocks):
        if not isinstance(block, dict):
            continue
        block_id = block.get("block_id")
        if block_id in seen:
            complain(problems, f"{at}/{index}/block_id", f"`block_id` {block_id} already exists")
        if isinstance(block_id, str):
            seen.add(block_id)
        _unique_actions(block, f"{at}/{index}", problems)


def _unique_actions(block: Json, at: str, problems: Problems) -> None:
    counted = Counter(str(e["action_id"]) for e in elements(block) if e.get("action_id"))
    for action_id, times in counted.items():
        if times > 1:
            complain(problems, at, f"`action_id` {action_id} already exists for this block")


def elements(block: Json) -> Iterator[Json]:
    """The interactive elements of a block."""
    kind = block.get("type")
    if kind in ("actions", "context_actions") and isinstance(block.get("elements"), list):
        yield from (e for e in block["elements"] if isinstance(e, dict))
    if kind == "input" and isinstance(block.get("element"), dict):
        yield block["element"]
    if kind == "section" and isinstance(block.get("accessory"), dict):
        yield block["accessory"]


def texts(value: Any) -> Iterator[str]:
    """Every text that a reader would see somewhere in blocks."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "text" and isinstance(inner, str):
                yield inner
            else:
                yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def _total_markdown(blocks: Any, problems: Problems) -> None:
    if not isinstance(blocks, list):
        return
    markdown = [b.get("text") for b in blocks if isinstance(b, dict) and b.get("type") == "markdown"]
    if sum(len(text) for text in markdown if isinstance(text, str)) > MARKDOWN_TOTAL:
        complain(
            problems, "/blocks", f"markdown text must be less than {MARKDOWN_TOTAL + 1} characters in total"
        )


def _inputs_need_submit(view: Json, problems: Problems) -> None:
    blocks = view.get("blocks")
    if view["type"] != "modal" or view.get("submit") or not isinstance(blocks, list):
        return
    if any(isinstance(block, dict) and block.get("type") == "input" for block in blocks):
        complain(problems, "/view/submit", "`submit` is required when `blocks` contains an input block")


def _one_focus(view: Json, problems: Problems) -> None:
    blocks = view.get("blocks") or []
    focused = [e for b in blocks if isinstance(b, dict) for e in elements(b) if e.get("focus_on_load")]
    if len(focused) > 1:
        complain(problems, "/view/blocks", "only one element may have focus_on_load")
