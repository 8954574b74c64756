"""What the app receives: interactivity payloads, commands and events, in Slack's shapes."""

from __future__ import annotations

from workspace.model import Channel, Team, User
from workspace.profiles import enterprise_object, team_object
from workspace.space import Workspace
from workspace.timeline import Message
from workspace.views import View
from workspace.wire import Json

CHANNEL_NAMES = {"im": "directmessage", "group": "privategroup"}


def view_object(ws: Workspace, view: View) -> Json:
    """A view as the app sees it, its state included."""
    body = view.body
    shown: Json = {
        "id": view.id,
        "team_id": view.user_team,
        "type": body["type"],
        "blocks": body["blocks"],
        "private_metadata": body.get("private_metadata") or "",
        "callback_id": body.get("callback_id") or "",
        "state": {"values": view.values},
        "hash": view.hash,
        "title": body.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
        "clear_on_close": bool(body.get("clear_on_close")),
        "notify_on_close": bool(body.get("notify_on_close")),
        "close": body.get("close"),
        "submit": body.get("submit"),
        "previous_view_id": view.previous,
        "root_view_id": view.root,
        "app_id": ws.app.id,
        "external_id": view.external_id,
        "app_installed_team_id": view.team,
        "bot_id": ws.installations.of_team(view.team).bot_id,
    }
    return shown


def envelope(ws: Workspace, kind: str, user: User) -> Json:
    """What all interactivity payloads begin with."""
    team = ws.directory.teams[user.team]
    installation = ws.installations.by_team.get(team.id)
    return {
        "type": kind,
        "user": {"id": user.id, "username": user.handle, "name": user.handle, "team_id": user.team},
        "api_app_id": ws.app.id,
        "token": ws.app.verification_token,
        "team": team_object(team),
        "enterprise": enterprise_object(team),
        "is_enterprise_install": installation is not None and installation.whole,
    }


def channel_reference(channel: Channel) -> Json:
    return {"id": channel.id, "name": CHANNEL_NAMES.get(channel.kind, channel.name)}


def message_container(message: Message) -> Json:
    """Where a gesture happened, for a message."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.reader is not None,
    }
    if message.is_reply:
        container["thread_ts"] = message.thread_ts
    return container


def command_form(ws: Workspace, user: User, channel: Channel, command: str, text: str) -> dict[str, str]:
    """The form fields of a slash command, without trigger and response URL."""
    team = ws.directory.teams[user.team]
    form = {
        "token": str(ws.app.verification_token),
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": CHANNEL_NAMES.get(channel.kind, channel.name),
        "user_id": user.id,
        "user_name": user.handle,
        "command": command,
        "text": text,
        "api_app_id": ws.app.id,
        "is_enterprise_install": str(ws.installations.of_team(team.id).whole).lower(),
    }
    if team.enterprise_id:
        form |= {"enterprise_id": team.enterprise_id, "enterprise_name": team.enterprise_name or ""}
    return form


def event_callback(ws: Workspace, team: Team, event: Json, event_id: str) -> Json:
    """The wrapper of an Events API event."""
    installation = ws.installations.of_team(team.id)
    now = ws.clock.now()
    wrapped: Json = {
        "token": ws.app.verification_token,
        "team_id": team.id,
        "api_app_id": ws.app.id,
        "event": {**event, "event_ts": ws.ids.ts(now)},
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(now),
        "authorizations": [
            {
                "enterprise_id": team.enterprise_id,
                "team_id": None if installation.whole else team.id,
                "user_id": installation.bot_user,
                "is_bot": True,
                "is_enterprise_install": installation.whole,
            }
        ],
        "is_ext_shared_channel": False,
    }
    if team.enterprise_id:
        wrapped["enterprise_id"] = team.enterprise_id
    return wrapped
