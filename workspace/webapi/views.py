"""views.*: modals and App Home."""

from __future__ import annotations

from typing import Any

from workspace.blockkit.surfaces import check_view
from workspace.payloads import view_object
from workspace.refusal import Refused
from workspace.triggers import Trigger
from workspace.views import View
from workspace.webapi.method import Call, Method
from workspace.wire import Json


def open_view(call: Call) -> Json:
    """views.open: a modal in place of whatever modal the person had open."""
    body = _modal(call)
    view = _new(call, _trigger(call), body)
    call.ws.views.show(view)
    return _shown(call, view, "modal")


def push(call: Call) -> Json:
    """views.push: a modal on top of the one where the gesture was made; three at most."""
    body = _modal(call)
    trigger = _trigger(call)
    view = _new(call, trigger, body)
    call.ws.views.push(view)
    return _shown(call, view, "modal")


def update(call: Call) -> Json:
    """views.update: new content by view_id or external_id; `hash` guards against a race."""
    body = call.json("view", "invalid_arguments")
    check_view(body, "modal", "home")
    view = call.ws.views.find(call.team, call.text("view_id"), call.text("external_id"))
    if view.body["type"] != body["type"]:
        raise Refused("invalid_arguments", ["[ERROR] view type cannot change [json-pointer:/view/type]"])
    _guard_hash(call, view)
    call.ws.views.replace(view, body, call.now)
    return _shown(call, view, body["type"])


def publish(call: Call) -> Json:
    """views.publish: a person's App Home."""
    body = call.json("view", "invalid_arguments")
    check_view(body, "home")
    if not call.ws.app.home_tab:
        raise Refused("not_enabled")
    user_id = call.need("user_id")
    user = call.ws.directory.users.get(user_id)
    if user is None or user.team != call.team or user.is_bot:
        raise Refused("invalid_arguments", ["[ERROR] invalid `user_id` [json-pointer:/user_id]"])
    views = call.ws.views
    home = views.homes.get((call.team, user_id))
    if home is None:
        home = views.make(call.team, user_id, user.team, body, call.now)
        views.publish(home)
    else:
        _guard_hash(call, home)
        views.replace(home, body, call.now)
    return _shown(call, home, "home")


def _modal(call: Call) -> Json:
    body: Any = call.json("view", "invalid_arguments")
    check_view(body, "modal")
    checked: Json = body
    return checked


def _trigger(call: Call) -> Trigger:
    return call.ws.triggers.exchange(call.args.get("trigger_id"), call.team, call.now)


def _new(call: Call, trigger: Trigger, body: Json) -> View:
    user = call.ws.directory.users[trigger.user]
    return call.ws.views.make(call.team, user.id, user.team, body, call.now)


def _guard_hash(call: Call, view: View) -> None:
    given = call.text("hash")
    if given is not None and given != view.hash:
        raise Refused("hash_conflict")


def _shown(call: Call, view: View, kind: str) -> Json:
    call.ws.feed.add(kind, team=view.team, user=view.user, view=view.id)
    return {"ok": True, "view": view_object(call.ws, view)}


METHODS = (
    Method("views.open", open_view, 4),
    Method("views.push", push, 4),
    Method("views.update", update, 4),
    Method("views.publish", publish, 4),
)
