"""Working through a modal: filling its fields, submitting it, closing it."""

from __future__ import annotations

from typing import Any

from workspace.answers import apply_submission
from workspace.blockkit.surfaces import elements
from workspace.form import complaint, entered, find_field
from workspace.hands import Gesture, Hands
from workspace.payloads import envelope, view_object
from workspace.refusal import NotPossible, Refused
from workspace.views import View


def fill(hands: Hands, view: View, name: str, value: Any) -> None:
    """Enter a value into the field with this action_id or block_id."""
    block, element = find_field(view.body["blocks"], name)
    state = entered(element, value, view.suggested.get(element["action_id"]), hands.ids())
    view.values.setdefault(block["block_id"], {})[element["action_id"]] = state


async def submit(hands: Hands, view: View, values: dict[str, Any]) -> Gesture:
    """Fill the given fields and press the submit button; Slack's own complaints come first."""
    for name, value in values.items():
        fill(hands, view, name, value)
    if view.body.get("submit") is None:
        raise NotPossible("no_submit", "this modal has no submit button")
    if problems := complaints(view):
        return Gesture(errors=problems, local=True)
    payload = envelope(hands.ws, "view_submission", hands.user) | {
        "trigger_id": hands.trigger(view.team, view.id),
        "view": view_object(hands.ws, view),
        "response_urls": [],
    }
    gesture = Gesture()
    ack = await hands.deliver(gesture, hands.interactive("view_submission", payload))
    if not ack.fault:
        _apply(hands, gesture, view, ack.payload)
    return gesture


def complaints(view: View) -> dict[str, str]:
    """What keeps Slack from submitting, as codes by block_id: `required`, `min_length:5` …"""
    problems: dict[str, str] = {}
    for block in view.body["blocks"]:
        for element in elements(block) if block["type"] == "input" else ():
            state = view.values[block["block_id"]][element["action_id"]]
            if problem := complaint(block, element, state):
                problems[block["block_id"]] = problem
    return problems


def _apply(hands: Hands, gesture: Gesture, view: View, ack: Any) -> None:
    try:
        gesture.errors = apply_submission(hands.ws, view, ack)
    except Refused as refused:
        hands.refuse_ack(gesture, "view_submission", ack, refused)


async def close(hands: Hands, view: View, *, everything: bool = False) -> Gesture:
    """Close the modal on top (the whole stack where it says so); tells the app if it asked to hear."""
    ws, clears = hands.ws, everything or bool(view.body.get("clear_on_close"))
    top = [] if clears else [ws.views.pop(hands.user.id)]
    closed = ws.views.clear(hands.user.id) if clears else [gone for gone in top if gone]
    for gone in closed:
        ws.feed.add("modal_closed", team=gone.team, user=hands.user.id, view=gone.id)
    gesture = Gesture()
    for gone in closed:
        if gone.body.get("notify_on_close"):
            payload = envelope(ws, "view_closed", hands.user)
            payload |= {"view": view_object(ws, gone), "is_cleared": clears}
            await hands.deliver(gesture, hands.interactive("view_closed", payload))
    return gesture
