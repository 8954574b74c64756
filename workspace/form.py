"""Fields of messages and views: their state as Slack sends it, and what a person may enter."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from typing import Any

from workspace.blockkit.composition import offered
from workspace.blockkit.surfaces import elements
from workspace.refusal import NotPossible
from workspace.wire import Json

SCALARS = {
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "rich_text_input": "rich_text_value",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
}
LISTS = {
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
}
ONE_OPTION = ("static_select", "external_select", "radio_buttons")
MANY_OPTIONS = ("multi_static_select", "multi_external_select", "checkboxes")
TYPED = ("plain_text_input", "number_input", "email_text_input", "url_text_input")
PATTERNS = {
    "datepicker": (re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"), "not_a_date"),
    "timepicker": (re.compile(r"([01]\d|2[0-3]):[0-5]\d"), "not_a_time"),
}
STATEFUL = (*SCALARS, *LISTS, *ONE_OPTION, *MANY_OPTIONS)
INITIAL = {"value": "initial_value", "rich_text_value": "initial_value"}


def initial_state(element: Json) -> Json:
    """The state of an untouched element."""
    kind = element["type"]
    if kind in ONE_OPTION:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in MANY_OPTIONS:
        return {"type": kind, "selected_options": element.get("initial_options") or []}
    if kind in LISTS:
        return {"type": kind, LISTS[kind]: element.get(_initial_key(LISTS[kind])) or []}
    return {"type": kind, SCALARS[kind]: element.get(_initial_key(SCALARS[kind]))}


def _initial_key(key: str) -> str:
    return INITIAL.get(key, key.replace("selected_", "initial_"))


def initial_values(blocks: list[Json], kept: Json | None = None) -> Json:
    """`state.values` of a surface; what stands in `kept` under the same ids and type is carried over."""
    values: Json = {}
    for block in blocks:
        for element in elements(block):
            if element["type"] in STATEFUL:
                before = (kept or {}).get(block["block_id"], {}).get(element["action_id"])
                same = before is not None and before["type"] == element["type"]
                state = before if same else initial_state(element)
                values.setdefault(block["block_id"], {})[element["action_id"]] = state
    return values


def find_element(blocks: list[Json], action_id: str, block_id: str | None = None) -> tuple[Json, Json]:
    """The block and element of a surface with this action_id, in the named block where given."""
    for block in blocks:
        if block_id is not None and block.get("block_id") != block_id:
            continue
        for element in elements(block):
            if element.get("action_id") == action_id:
                return block, element
    raise NotPossible("no_such_element", f"nothing with action_id {action_id} is on the screen")


def find_field(blocks: list[Json], name: str) -> tuple[Json, Json]:
    """The block and field called `name`, by action_id or by block_id."""
    for block in blocks:
        for element in elements(block):
            if element["type"] in STATEFUL and name in (element.get("action_id"), block.get("block_id")):
                return block, element
    raise NotPossible("no_such_field", f"no field called {name} is on the screen")


def entered(element: Json, value: Any, suggested: list[Json] | None, ids: Container[str]) -> Json:
    """The state after a person enters `value`; NotPossible for what the field does not take.

    Text for typed fields, the option's value (or its label) for selects and radio buttons,
    a list of them for checkboxes and multi selects, `YYYY-MM-DD`, `HH:mm` or Unix seconds for
    pickers, one of `ids` for users and channels; None or an empty list clears the field.
    `suggested` are the options that the app last offered in an external select.
    """
    kind = element["type"]
    if kind in ONE_OPTION:
        chosen = None if value in (None, "") else _option(element, value, suggested)
        return {"type": kind, "selected_option": chosen}
    if kind in MANY_OPTIONS:
        return {
            "type": kind,
            "selected_options": [_option(element, v, suggested) for v in _listed(element, value)],
        }
    if kind in LISTS:
        return {"type": kind, LISTS[kind]: [_known(one, ids) for one in _listed(element, value)]}
    if kind in TYPED:
        return {"type": kind, "value": _typed(element, value)}
    if value in (None, ""):
        return {"type": kind, SCALARS[kind]: None}
    return {"type": kind, SCALARS[kind]: _picked(kind, value, ids)}


def _picked(kind: str, value: Any, ids: Container[str]) -> Any:
    if kind == "rich_text_input":
        return value
    if kind == "datetimepicker":
        if not isinstance(value, int):
            raise NotPossible("not_a_moment", f"{value!r} is not Unix seconds")
        return value
    if kind in PATTERNS:
        pattern, error = PATTERNS[kind]
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise NotPossible(error, f"{value!r}")
        return value
    return _known(value, ids)


def _known(value: Any, ids: Container[str]) -> str:
    if not isinstance(value, str) or value not in ids:
        raise NotPossible("no_such_choice", f"{value!r} is not offered")
    return value


def _typed(element: Json, value: Any) -> str | None:
    if value is None or value == "":
        return None
    text = str(value)
    longest = element.get("max_length", 3000)
    if len(text) > longest:
        raise NotPossible("too_long", f"{element['action_id']} takes at most {longest} characters")
    if not element.get("multiline") and "\n" in text:
        raise NotPossible("one_line_only", f"{element['action_id']} is one line")
    return text


def _listed(element: Json, value: Any) -> list[Any]:
    values = [] if value is None else [value] if isinstance(value, str) else list(value)
    most = element.get("max_selected_items")
    if most is not None and len(values) > most:
        raise NotPossible("too_many", f"{element['action_id']} takes at most {most}")
    return values


def _option(element: Json, value: Any, suggested: list[Json] | None) -> Json:
    external = element["type"].endswith("external_select")
    for option in (suggested or []) if external else offered(element):
        if value in (option.get("value"), option["text"]["text"], option):
            return dict(option)
    raise NotPossible("no_such_option", f"{element['action_id']} does not offer {value!r}")


def complaint(block: Json, element: Json, state: Json) -> str | None:
    """Why Slack itself would not submit this input block, or None."""
    if is_empty(state):
        return None if block.get("optional") else "required"
    check = COMPLAINTS.get(element["type"])
    return check(element, state) if check else None


def is_empty(state: Json) -> bool:
    """Whether nothing is entered."""
    return all(value in (None, "", []) for key, value in state.items() if key != "type")


def _length(element: Json, state: Json) -> str | None:
    shortest = element.get("min_length", 0)
    return f"min_length:{shortest}" if len(state["value"]) < shortest else None


def _number(element: Json, state: Json) -> str | None:
    try:
        number = float(state["value"])
    except ValueError:
        return "not_a_number"
    if not element["is_decimal_allowed"] and not number.is_integer():
        return "not_an_integer"
    low, high = element.get("min_value"), element.get("max_value")
    if low is not None and number < float(low):
        return f"min_value:{low}"
    return f"max_value:{high}" if high is not None and number > float(high) else None


def _email(element: Json, state: Json) -> str | None:
    name, at, host = state["value"].partition("@")
    return None if name and at and "." in host else "not_an_email"


def _url(element: Json, state: Json) -> str | None:
    return None if state["value"].startswith(("http://", "https://")) else "not_a_url"


COMPLAINTS: dict[str, Callable[[Json, Json], str | None]] = {
    "plain_text_input": _length,
    "number_input": _number,
    "email_text_input": _email,
    "url_text_input": _url,
}
