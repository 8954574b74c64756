"""The markup in a message that does something: mentions, broadcasts and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from workspace.wire import Json

TOKEN = re.compile(r"<([^<>\n]+)>")
SIGILS = {"@": "user", "#": "channel", "!": "broadcast"}


def live(body: Json) -> list[Json]:
    """Every live token of a message: `kind` (user, channel, broadcast, date, group, link), `target`, `label`.

    Looks where Slack parses mrkdwn: the top-level text, mrkdwn objects, attachment texts and
    rich text mentions; plain_text is never parsed.
    """
    found = list(_tokens(body.get("text") or ""))
    for part in (body.get("blocks"), body.get("attachments")):
        found.extend(_walk(part))
    return found


def _walk(value: Any) -> Iterator[Json]:
    if isinstance(value, list):
        for item in value:
            yield from _walk(item)
    elif isinstance(value, dict):
        yield from _own(value)
        for item in value.values():
            if isinstance(item, dict | list):
                yield from _walk(item)


def _own(value: Json) -> Iterator[Json]:
    kind = value.get("type")
    if kind == "mrkdwn":
        yield from _tokens(value.get("text", ""))
    elif kind == "broadcast":
        yield {"kind": "broadcast", "target": value.get("range", ""), "label": ""}
    elif kind == "link":
        yield {"kind": "link", "target": value.get("url", ""), "label": value.get("text", "")}
    elif kind == "user":
        yield {"kind": "user", "target": value.get("user_id", ""), "label": ""}
    elif kind is None:
        for key in ("text", "pretext"):
            if isinstance(value.get(key), str):
                yield from _tokens(value[key])


def _tokens(text: str) -> Iterator[Json]:
    for match in TOKEN.finditer(text):
        target, _, label = match.group(1).partition("|")
        kind = SIGILS.get(target[0], "link")
        if kind == "link":
            if ":" not in target:
                continue
        else:
            target = target[1:]
        if target.startswith("date^"):
            kind = "date"
        elif target.startswith("subteam^"):
            kind = "group"
        yield {"kind": kind, "target": target, "label": label}
