"""Composition objects: texts, options, confirmation dialogs."""

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
    one_of,
    record,
    string,
)

HTTP_URL_LONGEST = 3000


def _text_of(kind: str, longest: int) -> Check:
    extra: dict[str, Check] = {"emoji": boolean} if kind == "plain_text" else {"verbatim": boolean}
    return record({"type": anything, "text": string(longest, 1)}, extra)


def plain(longest: int) -> Check:
    """A plain_text object of 1 to `longest` characters."""
    return by_type({"plain_text": _text_of("plain_text", longest)})


def text(longest: int) -> Check:
    """A plain_text or mrkdwn object of 1 to `longest` characters."""
    return by_type({kind: _text_of(kind, longest) for kind in ("plain_text", "mrkdwn")})


def url(longest: int = HTTP_URL_LONGEST) -> Check:
    """An absolute http(s) or mailto address."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if isinstance(value, str) and not value.startswith(("http://", "https://", "mailto:", "slack://")):
            complain(problems, at, "invalid url")

    return also(string(longest, 1), check)


confirm = record(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)


def option(label: Check, *, with_url: bool = False) -> Check:
    """An option object; its description may be 75 characters, its value 150."""
    extra: dict[str, Check] = {"url": url()} if with_url else {}
    return record({"text": label, "value": string(150)}, {"description": label} | extra)


plain_option = option(plain(75))
rich_option = option(text(75))
overflow_option = option(plain(75), with_url=True)
option_group = record({"label": plain(75), "options": array(plain_option, 100)})


def offered(element: Any) -> list[Any]:
    """The options of an element, those of its groups included."""
    if not isinstance(element, dict):
        return []
    groups = element.get("option_groups") or []
    inside = [o for group in groups if isinstance(group, dict) for o in group.get("options") or []]
    return [*(element.get("options") or []), *inside]


def initial_among_options(value: Any, at: str, problems: Problems) -> None:
    """What is chosen at first must be one of the options, to the letter; values must differ."""
    options = [chosen for chosen in offered(value) if isinstance(chosen, dict)]
    initial = value.get("initial_option") if isinstance(value, dict) else None
    chosen = [initial] if initial else (value.get("initial_options") or [])
    for each in chosen:
        if _essence(each) not in [_essence(o) for o in options]:
            complain(problems, at, "initial option(s) must be among the options")
    values = [o.get("value") for o in options]
    if len(values) != len(set(map(str, values))):
        complain(problems, at, "option values must be unique")


def _essence(chosen: Any) -> tuple[Any, Any]:
    label = chosen.get("text") if isinstance(chosen, dict) else None
    return (label.get("text") if isinstance(label, dict) else None, chosen.get("value") if label else None)
