"""Block elements: buttons, selects, inputs, and where each may stand."""

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
    either,
    integer,
    matching,
    one_of,
    record,
    string,
)
from workspace.blockkit.composition import (
    confirm,
    initial_among_options,
    option_group,
    overflow_option,
    plain,
    plain_option,
    rich_option,
    text,
    url,
)
from workspace.blockkit.rich_text import rich_text

IDENTIFIER = string(255, 1)
PLACEHOLDER = plain(150)
DATE = matching(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "must be a date YYYY-MM-DD")
TIME = matching(r"([01]\d|2[0-3]):[0-5]\d", "must be a time HH:mm")
NUMBER = matching(r"-?\d+(\.\d+)?", "must be a number in a string")
SLACK_ID = matching(r"[A-Z][A-Z0-9]{2,}", "must be a Slack id")

_dispatch = record({}, {"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 2)})
_filter = record(
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)


def _element(required: dict[str, Check], optional: dict[str, Check]) -> Check:
    return record({"type": anything} | required, {"action_id": IDENTIFIER} | optional)


def _field(optional: dict[str, Check], required: dict[str, Check] | None = None) -> Check:
    """An element that holds a value; it may take the focus when a view opens."""
    return _element(required or {}, {"focus_on_load": boolean} | optional)


def _choice(optional: dict[str, Check]) -> Check:
    """A select menu: placeholder and confirm are common to all."""
    return _field({"placeholder": PLACEHOLDER, "confirm": confirm} | optional)


_listed: dict[str, Check] = {"options": array(plain_option, 100), "option_groups": array(option_group, 100)}
_many: dict[str, Check] = {"max_selected_items": integer(1)}


def _ordered_lengths(value: Any, at: str, problems: Problems) -> None:
    low, high = value.get("min_length"), value.get("max_length")
    if isinstance(low, int) and isinstance(high, int) and low > high:
        complain(problems, at, "min_length must not exceed max_length")


def _ordered_numbers(value: Any, at: str, problems: Problems) -> None:
    low, high = value.get("min_value"), value.get("max_value")
    try:
        if low is not None and high is not None and float(low) > float(high):
            complain(problems, at, "min_value must not exceed max_value")
    except (TypeError, ValueError):
        return


button = _element(
    {"text": plain(75)},
    {
        "value": string(2000),
        "url": url(),
        "style": one_of("primary", "danger"),
        "confirm": confirm,
        "accessibility_label": string(75, 1),
    },
)
overflow = also(_element({"options": array(overflow_option, 5)}, {"confirm": confirm}), initial_among_options)
checkboxes = also(
    _field(
        {"initial_options": array(rich_option, 10), "confirm": confirm}, {"options": array(rich_option, 10)}
    ),
    initial_among_options,
)
radio_buttons = also(
    _field({"initial_option": rich_option, "confirm": confirm}, {"options": array(rich_option, 10)}),
    initial_among_options,
)
image = also(
    record(
        {"type": anything, "alt_text": string(2000, 1)},
        {"image_url": url(), "slack_file": record({}, {"id": IDENTIFIER, "url": url()})},
    ),
    either("image_url", "slack_file"),
)

SELECTS: dict[str, Check] = {
    "static_select": also(
        _choice({"initial_option": plain_option} | _listed),
        either("options", "option_groups"),
        initial_among_options,
    ),
    "multi_static_select": also(
        _choice({"initial_options": array(plain_option, 100)} | _listed | _many),
        either("options", "option_groups"),
        initial_among_options,
    ),
    "external_select": _choice({"initial_option": plain_option, "min_query_length": integer(0)}),
    "multi_external_select": _choice(
        {"initial_options": array(plain_option, 100), "min_query_length": integer(0)} | _many
    ),
    "users_select": _choice({"initial_user": SLACK_ID}),
    "multi_users_select": _choice({"initial_users": array(SLACK_ID, None)} | _many),
    "conversations_select": _choice(
        {
            "initial_conversation": SLACK_ID,
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": _filter,
        }
    ),
    "multi_conversations_select": _choice(
        {
            "initial_conversations": array(SLACK_ID, None),
            "default_to_current_conversation": boolean,
            "filter": _filter,
        }
        | _many
    ),
    "channels_select": _choice({"initial_channel": SLACK_ID, "response_url_enabled": boolean}),
    "multi_channels_select": _choice({"initial_channels": array(SLACK_ID, None)} | _many),
}

PICKERS: dict[str, Check] = {
    "datepicker": _field({"initial_date": DATE, "placeholder": PLACEHOLDER, "confirm": confirm}),
    "timepicker": _field(
        {"initial_time": TIME, "placeholder": PLACEHOLDER, "confirm": confirm, "timezone": string(100, 1)}
    ),
    "datetimepicker": _field(
        {"initial_date_time": integer(1_000_000_000, 9_999_999_999), "confirm": confirm}
    ),
}

_typed: dict[str, Check] = {"placeholder": PLACEHOLDER, "dispatch_action_config": _dispatch}

TYPED: dict[str, Check] = {
    "plain_text_input": also(
        _field(
            {
                "initial_value": string(3000),
                "multiline": boolean,
                "min_length": integer(0, 3000),
                "max_length": integer(1, 3000),
            }
            | _typed
        ),
        _ordered_lengths,
    ),
    "number_input": also(
        _field(
            {"initial_value": NUMBER, "min_value": NUMBER, "max_value": NUMBER} | _typed,
            {"is_decimal_allowed": boolean},
        ),
        _ordered_numbers,
    ),
    "email_text_input": _field({"initial_value": string(3000)} | _typed),
    "url_text_input": _field({"initial_value": string(3000)} | _typed),
}

RICH_TYPED: dict[str, Check] = {
    "rich_text_input": _field(
        {
            "initial_value": rich_text,
            "placeholder": PLACEHOLDER,
            "dispatch_action_config": _dispatch,
            "min_lines": integer(1, 100),
            "max_lines": integer(1, 100),
        }
    )
}

_toggles: dict[str, Check] = {"checkboxes": checkboxes, "radio_buttons": radio_buttons}

in_actions = by_type({"button": button, "overflow": overflow} | _toggles | SELECTS | PICKERS)
in_section = by_type({"button": button, "overflow": overflow, "image": image} | _toggles | SELECTS | PICKERS)
in_input = by_type(_toggles | SELECTS | PICKERS | TYPED | RICH_TYPED)
in_context = by_type({"image": image, "plain_text": text(2000), "mrkdwn": text(2000)})

_feedback_button = record({"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75, 1)})
in_context_actions = by_type(
    {
        "feedback_buttons": _element(
            {"positive_button": _feedback_button, "negative_button": _feedback_button}, {}
        ),
        "icon_button": _element(
            {"icon": one_of("trash"), "text": plain(75)},
            {
                "value": string(2000),
                "confirm": confirm,
                "accessibility_label": string(75, 1),
                "visible_to_user_ids": array(SLACK_ID, 10),
            },
        ),
    }
)
