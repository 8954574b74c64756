"""The fields of a review template as inputs, and what was entered as answers. Pure.

An answer has the type that the template promises: text, a number, true or false, an option, a list of
options, a date as `YYYY-MM-DD`, a rating from 1 to 5.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from approvals.model import ApprovalRequest, Json, Verdict
from bot import action_ids, text
from bot.blocks import Block, entry, option, select, theirs, typed, words
from bot.entries import (
    BLANK,
    Misfilled,
    Values,
    chosen,
    counted,
    day,
    entered,
    numbered,
    unreadable,
    written,
)
from bot.language import Language, msgid
from bot.templates import APPROVED, DISPLAY, LONGEST_INPUT, Field, asked, fields

T = TypeVar("T")

RATINGS = 5

GREATEST_NUMBER = 10**15
"""Beyond it a number is no longer kept to the last digit."""

CONTRADICTS = msgid("This contradicts the button that you pressed.")
UNCHANGED = msgid("Nothing is changed here. Change it, or approve the request as it is.")
NO_NUMBER = msgid("Enter a number of at most 15 digits.")


def inputs(request: ApprovalRequest, verdict: Verdict, language: Language) -> list[Block]:
    """An input for each field that asks for something; whether it is approved is filled in already."""
    return [_input(field, verdict, language) for field in asked(request)]


def edited(request: ApprovalRequest, language: Language) -> Block:
    """The agent's text, to be edited."""
    shown = next((field for field in fields(request) if field.type == DISPLAY and field.editable), None)
    label = (
        theirs(text.line(shown.label, 2000))
        if shown
        else words(language.gettext("The text, with your changes"))
    )
    name = action_ids.field(shown.name) if shown else action_ids.MODIFIED_ACTION
    return entry(label, typed(name, longest=LONGEST_INPUT, initial=request.summary[:LONGEST_INPUT]))


def modified(request: ApprovalRequest, values: Values) -> str:
    """The text as it was edited; raises Misfilled where it is blank or as it was."""
    names = [action_ids.field(f.name) for f in fields(request) if f.type == DISPLAY and f.editable]
    name = next((name for name in names if name in values), action_ids.MODIFIED_ACTION)
    text = entered(values, name)
    if text is None or text == request.summary.strip():
        raise Misfilled({name: BLANK if text is None else UNCHANGED})
    return text


def answers(request: ApprovalRequest, values: Values) -> dict[str, Json] | None:
    """What was entered in the template's fields, by their names; None where there is no template.

    Raises Misfilled where that is nothing that the field could hold, or is missing and required.
    """
    found = {field.name: _answer(field, values) for field in asked(request)}
    missing = [f.name for f in asked(request) if f.required and found[f.name] in (None, "", [])]
    if missing:
        raise Misfilled({action_ids.field(name): BLANK for name in missing})
    return found or None


def check_agreement(request: ApprovalRequest, verdict: Verdict, given: Mapping[str, Json] | None) -> None:
    """Raise Misfilled where an answer says the opposite of the button that was pressed."""
    agreeing = {None, verdict is not Verdict.REJECTED}
    against = [f.name for f in asked(request) if _decides(f) and (given or {}).get(f.name) not in agreeing]
    if against:
        raise Misfilled({action_ids.field(name): CONTRADICTS for name in against})


def _decides(field: Field) -> bool:
    return field.type == "boolean" and field.name == APPROVED


def _input(field: Field, verdict: Verdict, language: Language) -> Block:
    name = action_ids.field(field.name)
    if _decides(field):
        element = _yes_or_no(name, language, initial=verdict is not Verdict.REJECTED)
    else:
        element = _ELEMENTS[field.type](field, name, language)
    return entry(theirs(text.line(field.label, 2000)), element, optional=not field.required)


def _short(field: Field, name: str, language: Language) -> Block:
    return typed(name, multiline=False)


def _long(field: Field, name: str, language: Language) -> Block:
    return typed(name)


def _number(field: Field, name: str, language: Language) -> Block:
    return {"type": "number_input", "action_id": name, "is_decimal_allowed": True}


def _date(field: Field, name: str, language: Language) -> Block:
    return {"type": "datepicker", "action_id": name}


def _boolean(field: Field, name: str, language: Language) -> Block:
    return _yes_or_no(name, language)


def _choice(field: Field, name: str, language: Language) -> Block:
    return select(name, _numbered(field), language.pgettext("placeholder", "Choose one"))


def _choices(field: Field, name: str, language: Language) -> Block:
    placeholder = language.pgettext("placeholder", "Choose any")
    return {**select(name, _numbered(field), placeholder), "type": "multi_static_select"}


def _rating(field: Field, name: str, language: Language) -> Block:
    options = [option("★" * n + "☆" * (RATINGS - n), str(n)) for n in range(1, RATINGS + 1)]
    return {"type": "radio_buttons", "action_id": name, "options": options}


def _numbered(field: Field) -> list[Block]:
    """Options by their place, because a value has 150 characters and a template's option may have more."""
    return [option(label, str(n)) for n, label in enumerate(field.options)]


def _yes_or_no(name: str, language: Language, *, initial: bool | None = None) -> Block:
    yes = option(language.pgettext("option", "Yes"), "true")
    no = option(language.pgettext("option", "No"), "false")
    element: Block = {"type": "radio_buttons", "action_id": name, "options": [yes, no]}
    if initial is not None:
        element["initial_option"] = yes if initial else no
    return element


def _answer(field: Field, values: Values) -> Json:
    return _READERS[field.type](field, values, action_ids.field(field.name))


def _read_text(field: Field, values: Values, name: str) -> Json:
    return written(values, name)


def _read_number(field: Field, values: Values, name: str) -> Json:
    typed_in = written(values, name)
    if typed_in is None:
        return None
    try:
        number = float(typed_in)
    except ValueError:
        number = math.nan
    # Written so that what is no number, which compares with nothing, is refused as well.
    if not -GREATEST_NUMBER < number < GREATEST_NUMBER:
        raise Misfilled({name: NO_NUMBER})
    return int(number) if number.is_integer() else number


def _read_date(field: Field, values: Values, name: str) -> Json:
    picked = day(values, name)
    return None if picked is None else picked.isoformat()


def _read_boolean(field: Field, values: Values, name: str) -> Json:
    picked = chosen(values, name)
    if picked not in {None, "true", "false"}:
        raise unreadable(name)
    return None if picked is None else picked == "true"


def _read_choice(field: Field, values: Values, name: str) -> Json:
    picked = numbered(values, name)
    return None if picked is None else _among(field.options, picked, name)


def _read_choices(field: Field, values: Values, name: str) -> Json:
    return [_among(field.options, each, name) for each in counted(values, name)]


def _read_rating(field: Field, values: Values, name: str) -> Json:
    picked = numbered(values, name)
    return None if picked is None else _among(range(RATINGS + 1), picked or RATINGS + 1, name)


def _among(offered: Sequence[T], place: int, name: str) -> T:
    if place >= len(offered):
        raise unreadable(name)
    return offered[place]


_ELEMENTS: dict[str, Callable[[Field, str, Language], Block]] = {
    "text": _short,
    "textarea": _long,
    "number": _number,
    "date": _date,
    "boolean": _boolean,
    "select": _choice,
    "multi_select": _choices,
    "rating": _rating,
}

_READERS: dict[str, Callable[[Field, Values, str], Json]] = {
    "text": _read_text,
    "textarea": _read_text,
    "number": _read_number,
    "date": _read_date,
    "boolean": _read_boolean,
    "select": _read_choice,
    "multi_select": _read_choices,
    "rating": _read_rating,
}
