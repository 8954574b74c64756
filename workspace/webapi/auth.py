"""auth.test and apps.connections.open: who am I, and where do I connect."""

from __future__ import annotations

from workspace.installations import APP_LEVEL, BOT
from workspace.pacing import FREE
from workspace.webapi.method import Call, Method
from workspace.wire import Json


def auth_test(call: Call) -> Json:
    """The identity behind the bot token."""
    ws, installation = call.ws, call.grant.installation or call.installation
    team = ws.directory.teams[installation.team]
    answer: Json = {
        "ok": True,
        "url": f"https://{team.domain}.slack.com/",
        "team": team.name,
        "user": ws.directory.users[installation.bot_user].handle,
        "team_id": team.id,
        "user_id": installation.bot_user,
        "bot_id": installation.bot_id,
        "is_enterprise_install": installation.whole,
    }
    if team.enterprise_id:
        answer["enterprise_id"] = team.enterprise_id
    return answer


def connections_open(call: Call) -> Json:
    """A single-use websocket address for Socket Mode."""
    ws = call.ws
    scheme, _, rest = ws.base_url.partition("://")
    secure = "wss" if scheme == "https" else "ws"
    return {"ok": True, "url": f"{secure}://{rest}/socket/{ws.sockets.issue(ws.ids)}"}


METHODS = (
    Method("auth.test", auth_test, FREE, tokens=(BOT,)),
    Method("apps.connections.open", connections_open, 1, ("connections:write",), (APP_LEVEL,)),
)
