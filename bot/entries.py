"""What was entered in a view, by its fields; what Slack could not have sent is Misfilled. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.language import msgid
from bot.payloads import count, legible, thing, things, word

LONGEST = 3000
"""What Slack's text fields hold at the most."""

Values = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""`view.state.values`: block_id -> action_id -> the element's state."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

BLANK = msgid("Write something here.")
UNREADABLE = msgid("This cannot be taken as it is. Enter it again.")


class Misfilled(Exception):
    """Fields of a view that cannot be taken as they are: block_id -> what is wrong, as a message's name."""

    def __init__(self, complaints: Mapping[str, str]) -> None:
        super().__init__(*complaints)
        self.complaints = complaints


def unreadable(name: str) -> Misfilled:
    """What stands in this field is nothing that it could hold."""
    return Misfilled({name: UNREADABLE})


def values(read: object) -> Values:
    """The states of a view's fields; what has another shape is left out."""
    return {
        block: {action: thing(state) for action, state in thing(actions).items()}
        for block, actions in thing(read).items()
    }


def state(values: Values, name: str) -> Mapping[str, Any]:
    """One field's state, empty where the view has no such field."""
    return values.get(name, {}).get(name, {})


def written(values: Values, name: str) -> str | None:
    """The words in a text field as they are; None where there are none. Raises Misfilled."""
    found = state(values, name).get("value")
    if found is None:
        return None
    if not isinstance(found, str) or len(found) > LONGEST or not legible(found):
        raise unreadable(name)
    return found


def entered(values: Values, name: str) -> str | None:
    """The words in a text field, without surrounding space; None where there are none. Raises Misfilled."""
    return (written(values, name) or "").strip() or None


def chosen(values: Values, name: str) -> str | None:
    """The value of the option chosen in a menu, None where none is. Raises Misfilled."""
    found = state(values, name).get("selected_option")
    return None if found is None else _option(found, name)


def numbered(values: Values, name: str) -> int | None:
    """The same where each option's value is a number."""
    return None if (found := chosen(values, name)) is None else _count(found, name)


def ticked(values: Values, name: str) -> list[str]:
    """The values of the boxes that were ticked, or of the options chosen. Raises Misfilled."""
    found = state(values, name).get("selected_options")
    if found is None:
        return []
    picked = things(found)
    if not isinstance(found, list) or len(picked) != len(found):
        raise unreadable(name)
    return [_option(each, name) for each in picked]


def counted(values: Values, name: str) -> list[int]:
    """The same where each option's value is a number."""
    return [_count(each, name) for each in ticked(values, name)]


def day(values: Values, name: str) -> date | None:
    """The day that was picked, None where none was. Raises Misfilled."""
    found = state(values, name).get("selected_date")
    if found is None:
        return None
    picked = calendar_day(found)
    if picked is None:
        raise unreadable(name)
    return picked


def calendar_day(read: object) -> date | None:
    """A day written `2027-01-31`; None where it is none."""
    if not isinstance(read, str) or not _DAY.fullmatch(read):
        return None
    try:
        return date.fromisoformat(read)
    except ValueError:
        return None


def _option(found: object, name: str) -> str:
    value = word(thing(found).get("value"))
    if value is None:
        raise unreadable(name)
    return value


def _count(found: str, name: str) -> int:
    number = count(found)
    if number is None:
        raise unreadable(name)
    return number
