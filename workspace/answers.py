"""What an app may say back to a gesture: acks that change a modal, and posts to response URLs."""

from __future__ import annotations

from typing import Any

from workspace.blockkit.surfaces import check_view
from workspace.posting import Content, post, rewrite, take_away, whisper
from workspace.refusal import Refused
from workspace.space import Workspace
from workspace.triggers import ResponseUrl
from workspace.views import View
from workspace.wire import Json

RESPONSE_KEYS = frozenset(
    {
        "text",
        "blocks",
        "attachments",
        "response_type",
        "replace_original",
        "delete_original",
        "thread_ts",
        "metadata",
        "mrkdwn",
        "unfurl_links",
        "unfurl_media",
        "parse",
        "link_names",
    }
)


def respond(ws: Workspace, place: ResponseUrl, answer: Any) -> None:
    """Do what a post to a response URL asks: new message, replace or delete the original.

    Works where the bot is not a member. Refused with Slack's code when the answer is invalid.
    """
    if not isinstance(answer, dict):
        raise Refused("invalid_payload")
    if unknown := set(answer) - RESPONSE_KEYS:
        raise Refused("invalid_payload", [f"[ERROR] invalid additional property: {key}" for key in unknown])
    original = ws.timeline.find(place.channel, place.ts) if place.ts else None
    if answer.get("delete_original"):
        if original is None:
            raise Refused("message_not_found")
        place.uses += 1
        take_away(ws, original)
        return
    content = _content(answer, place)
    content.check()
    place.uses += 1
    if answer.get("replace_original") and original is not None:
        rewrite(ws, original, content)
    else:
        _new(ws, place, content, in_channel=answer.get("response_type") == "in_channel")


def _content(answer: Json, place: ResponseUrl) -> Content:
    return Content(
        text=answer.get("text"),
        blocks=answer.get("blocks"),
        attachments=answer.get("attachments"),
        metadata=answer.get("metadata"),
        thread_ts=answer.get("thread_ts") or place.thread_ts or None,
    )


def _new(ws: Workspace, place: ResponseUrl, content: Content, *, in_channel: bool) -> None:
    channel = ws.directory.channels[place.channel]
    installation = ws.installations.of_team(channel.team)
    if in_channel:
        post(ws, installation, channel, content)
    else:
        whisper(ws, installation, channel, content, place.user)


def close_top(ws: Workspace, view: View) -> None:
    """Take the submitted view away; the one below shows again."""
    if ws.views.top(view.user) is view:
        ws.views.pop(view.user)
    ws.feed.add("modal_closed", team=view.team, user=view.user, view=view.id)


def apply_submission(ws: Workspace, view: View, ack: Any) -> dict[str, str]:
    """Do what the ack of a submission says; returns errors by block_id.

    No payload closes the view. Refused `invalid_ack` or a view's own code when the ack is
    malformed: the person then sees "trouble connecting".
    """
    if not ack:
        close_top(ws, view)
        return {}
    action = ack.get("response_action") if isinstance(ack, dict) else None
    if action == "errors":
        return _errors(view, ack.get("errors"))
    if action == "clear":
        for closed in ws.views.clear(view.user):
            ws.feed.add("modal_closed", team=view.team, user=view.user, view=closed.id)
        return {}
    if action not in ("update", "push"):
        raise Refused("invalid_ack", [f"[ERROR] unknown response_action: {action}"])
    _next_view(ws, view, action, ack.get("view"))
    return {}


def _errors(view: View, errors: Any) -> dict[str, str]:
    inputs = {b["block_id"] for b in view.body["blocks"] if b["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise Refused("invalid_ack", ["[ERROR] `errors` must be a non-empty object"])
    for block_id, text in errors.items():
        if block_id not in inputs:
            raise Refused("invalid_ack", [f"[ERROR] no input block {block_id} [json-pointer:/errors]"])
        if not isinstance(text, str) or not text:
            raise Refused("invalid_ack", [f"[ERROR] must be a string [json-pointer:/errors/{block_id}]"])
    return dict(errors)


def _next_view(ws: Workspace, view: View, action: str, body: Any) -> None:
    check_view(body, "modal")
    now = ws.clock.now()
    if action == "update":
        ws.views.replace(view, body, now)
        shown = view
    else:
        shown = ws.views.make(view.team, view.user, view.user_team, body, now)
        ws.views.push(shown)
    ws.feed.add("modal", team=shown.team, user=shown.user, view=shown.id)
