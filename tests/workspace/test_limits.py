"""Every documented limit of messages and views: N is accepted, N + 1 is refused at the right place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.workspace.blocks import (
    actions,
    button,
    confirm,
    entry,
    home,
    input_block,
    modal,
    mrkdwn,
    option,
    options,
    plain,
    section,
    select,
    table,
)
from workspace.blockkit.surfaces import VIEW_BYTES, check_message, check_view
from workspace.refusal import Refused
from workspace.wire import encode

Blocks = Callable[[int], list[dict[str, Any]]]


def in_actions(element: Callable[[int], dict[str, Any]]) -> Blocks:
    return lambda n: [actions(element(n))]


def boxes(kind: str) -> Callable[[int], dict[str, Any]]:
    return lambda n: {"type": kind, "action_id": "b", "options": options(n)}


IMAGE = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}
GROUP = {"label": plain(), "options": options(1)}

# name, the limit N, blocks with n of the thing, the JSON pointer of the complaint
MESSAGE_LIMITS: list[tuple[str, int, Blocks, str]] = [
    ("blocks", 50, lambda n: [{"type": "divider"}] * n, "/blocks"),
    ("block_id", 255, lambda n: [section(block_id="x" * n)], "/blocks/0/block_id"),
    ("action_id", 255, lambda n: [actions(button("x" * n))], "/blocks/0/elements/0/action_id"),
    ("section text", 3000, lambda n: [section(text=mrkdwn("x" * n))], "/blocks/0/text/text"),
    ("field text", 2000, lambda n: [section(fields=[plain("x" * n)])], "/blocks/0/fields/0/text"),
    ("fields", 10, lambda n: [section(fields=[plain()] * n)], "/blocks/0/fields"),
    ("header", 150, lambda n: [{"type": "header", "text": plain("x" * n)}], "/blocks/0/text/text"),
    ("context", 10, lambda n: [{"type": "context", "elements": [mrkdwn()] * n}], "/blocks/0/elements"),
    ("actions", 25, lambda n: [actions(*(button(str(i)) for i in range(n)))], "/blocks/0/elements"),
    (
        "context_actions",
        5,
        lambda n: [
            {
                "type": "context_actions",
                "elements": [
                    {"type": "icon_button", "icon": "trash", "text": plain(), "action_id": str(i)}
                    for i in range(n)
                ],
            }
        ],
        "/blocks/0/elements",
    ),
    ("button text", 75, in_actions(lambda n: button(text=plain("x" * n))), "/blocks/0/elements/0/text/text"),
    ("button value", 2000, in_actions(lambda n: button(value="x" * n)), "/blocks/0/elements/0/value"),
    (
        "button url",
        3000,
        in_actions(lambda n: button(url="https://e.x/" + "x" * (n - 12))),
        "/blocks/0/elements/0/url",
    ),
    (
        "accessibility label",
        75,
        in_actions(lambda n: button(accessibility_label="x" * n)),
        "/blocks/0/elements/0/accessibility_label",
    ),
    (
        "option text",
        75,
        in_actions(lambda n: select(options=[option(text=plain("x" * n))])),
        "/blocks/0/elements/0/options/0/text/text",
    ),
    (
        "option value",
        150,
        in_actions(lambda n: select(options=[option(value="x" * n)])),
        "/blocks/0/elements/0/options/0/value",
    ),
    (
        "option description",
        75,
        in_actions(lambda n: select(options=[option(description=plain("x" * n))])),
        "/blocks/0/elements/0/options/0/description/text",
    ),
    ("options", 100, in_actions(lambda n: select(options=options(n))), "/blocks/0/elements/0/options"),
    (
        "option groups",
        100,
        in_actions(
            lambda n: {
                "type": "static_select",
                "action_id": "s",
                "option_groups": [GROUP | {"options": [option(i)]} for i in range(n)],
            }
        ),
        "/blocks/0/elements/0/option_groups",
    ),
    (
        "options of a group",
        100,
        in_actions(
            lambda n: {
                "type": "static_select",
                "action_id": "s",
                "option_groups": [GROUP | {"options": options(n)}],
            }
        ),
        "/blocks/0/elements/0/option_groups/0/options",
    ),
    (
        "group label",
        75,
        in_actions(
            lambda n: {
                "type": "static_select",
                "action_id": "s",
                "option_groups": [GROUP | {"label": plain("x" * n)}],
            }
        ),
        "/blocks/0/elements/0/option_groups/0/label/text",
    ),
    (
        "placeholder",
        150,
        in_actions(lambda n: select(placeholder=plain("x" * n))),
        "/blocks/0/elements/0/placeholder/text",
    ),
    ("overflow", 5, in_actions(boxes("overflow")), "/blocks/0/elements/0/options"),
    ("radio buttons", 10, in_actions(boxes("radio_buttons")), "/blocks/0/elements/0/options"),
    ("checkboxes", 10, in_actions(boxes("checkboxes")), "/blocks/0/elements/0/options"),
    (
        "confirm title",
        100,
        in_actions(lambda n: button(confirm=confirm(title=plain("x" * n)))),
        "/blocks/0/elements/0/confirm/title/text",
    ),
    (
        "confirm text",
        300,
        in_actions(lambda n: button(confirm=confirm(text=mrkdwn("x" * n)))),
        "/blocks/0/elements/0/confirm/text/text",
    ),
    (
        "confirm yes",
        30,
        in_actions(lambda n: button(confirm=confirm(confirm=plain("x" * n)))),
        "/blocks/0/elements/0/confirm/confirm/text",
    ),
    (
        "confirm no",
        30,
        in_actions(lambda n: button(confirm=confirm(deny=plain("x" * n)))),
        "/blocks/0/elements/0/confirm/deny/text",
    ),
    ("input label", 2000, lambda n: [input_block(label=plain("x" * n))], "/blocks/0/label/text"),
    ("input hint", 2000, lambda n: [input_block(hint=plain("x" * n))], "/blocks/0/hint/text"),
    (
        "input placeholder",
        150,
        lambda n: [input_block(entry(placeholder=plain("x" * n)))],
        "/blocks/0/element/placeholder/text",
    ),
    ("min_length", 3000, lambda n: [input_block(entry(min_length=n))], "/blocks/0/element/min_length"),
    ("max_length", 3000, lambda n: [input_block(entry(max_length=n))], "/blocks/0/element/max_length"),
    ("image alt text", 2000, lambda n: [IMAGE | {"alt_text": "x" * n}], "/blocks/0/alt_text"),
    (
        "image url",
        3000,
        lambda n: [IMAGE | {"image_url": "https://e.x/" + "x" * (n - 12)}],
        "/blocks/0/image_url",
    ),
    ("image title", 2000, lambda n: [IMAGE | {"title": plain("x" * n)}], "/blocks/0/title/text"),
    ("markdown", 12_000, lambda n: [{"type": "markdown", "text": "x" * n}], "/blocks/0/text"),
    (
        "markdown in total",
        12_000,
        lambda n: [{"type": "markdown", "text": "x" * 6000}, {"type": "markdown", "text": "x" * (n - 6000)}],
        "/blocks",
    ),
    ("table rows", 100, lambda n: [table(n, 1)], "/blocks/0/rows"),
    ("table columns", 20, lambda n: [table(1, n)], "/blocks/0/rows/0"),
]


@pytest.mark.parametrize(
    ("limit", "build", "pointer"), [case[1:] for case in MESSAGE_LIMITS], ids=[c[0] for c in MESSAGE_LIMITS]
)
def test_message_limits(limit: int, build: Blocks, pointer: str) -> None:
    check_message(build(limit), [])

    with pytest.raises(Refused) as refused:
        check_message(build(limit + 1), [])
    assert refused.value.error == "invalid_blocks"
    assert any(f"[json-pointer:{pointer}]" in line for line in refused.value.messages)


VIEW_LIMITS: list[tuple[str, int, Callable[[int], dict[str, Any]], str]] = [
    ("blocks of a modal", 100, lambda n: modal(*[{"type": "divider"}] * n), "/view/blocks"),
    ("blocks of a home", 100, lambda n: home(*[{"type": "divider"}] * n), "/view/blocks"),
    ("title", 24, lambda n: modal(title=plain("x" * n)), "/view/title/text"),
    ("submit", 24, lambda n: modal(submit=plain("x" * n)), "/view/submit/text"),
    ("close", 24, lambda n: modal(close=plain("x" * n)), "/view/close/text"),
    ("private_metadata", 3000, lambda n: modal(private_metadata="x" * n), "/view/private_metadata"),
    ("callback_id", 255, lambda n: modal(callback_id="x" * n), "/view/callback_id"),
    ("external_id", 255, lambda n: modal(external_id="x" * n), "/view/external_id"),
]


@pytest.mark.parametrize(
    ("limit", "build", "pointer"), [case[1:] for case in VIEW_LIMITS], ids=[c[0] for c in VIEW_LIMITS]
)
def test_view_limits(limit: int, build: Callable[[int], dict[str, Any]], pointer: str) -> None:
    check_view(build(limit), "modal", "home")

    with pytest.raises(Refused) as refused:
        check_view(build(limit + 1), "modal", "home")
    assert refused.value.error == "invalid_arguments"
    assert any(f"[json-pointer:{pointer}]" in line for line in refused.value.messages)


@pytest.mark.parametrize("kind", ["section text", "header", "button text", "option text", "placeholder"])
def test_empty_text_is_refused(kind: str) -> None:
    build = next(case[2] for case in MESSAGE_LIMITS if case[0] == kind)
    with pytest.raises(Refused, match="invalid_blocks"):
        check_message(build(0), [])


def test_a_message_of_thirteen_thousand_characters_is_too_long() -> None:
    def blocks(total: int) -> list[dict[str, Any]]:
        whole, rest = divmod(total, 3000)
        return [section(text=plain("x" * n)) for n in [3000] * whole + [rest] if n]

    check_message(blocks(13_200), [])
    with pytest.raises(Refused, match="msg_blocks_too_long"):
        check_message(blocks(13_201), [])


def test_attachments() -> None:
    check_message([], [{"text": "x"}] * 100)
    with pytest.raises(Refused, match="too_many_attachments"):
        check_message([], [{"text": "x"}] * 101)
    wrong = [{"colour": "red"}, {"color": "reddish"}, {"blocks": [{"type": "nothing"}]}]
    for attachment in (*wrong, {"blocks": [section(block_id="taken")]}):
        with pytest.raises(Refused, match="invalid_attachments"):
            check_message([section(block_id="taken")], [attachment])


def test_views_have_rules_of_their_own() -> None:
    check_view(modal(input_block(), submit=plain("Send")), "modal")
    check_view(home(input_block()), "home")
    wrong = [
        modal(input_block()),
        modal(table(1, 1)),
        modal({"type": "markdown", "text": "x"}),
        modal(submit_disabled=True),
        home(title=plain()),
        {"type": "modal", "blocks": []},
        modal(input_block(entry(focus_on_load=True)), input_block(entry(focus_on_load=True)), submit=plain()),
        {"type": "workflow_step"},
        "a view",
    ]
    for view in wrong:
        with pytest.raises(Refused, match="invalid_arguments"):
            check_view(view, "modal", "home")


def test_a_view_of_250_kilobytes_is_too_large() -> None:
    """The padding is refused as an unknown key; only above the limit is its size what is wrong."""

    def view(size: int) -> dict[str, Any]:
        return modal(pad="x" * (size - len(encode(modal(pad="")))))

    with pytest.raises(Refused, match="invalid_arguments"):
        check_view(view(VIEW_BYTES), "modal")
    with pytest.raises(Refused, match="view_too_large"):
        check_view(view(VIEW_BYTES + 1), "modal")
