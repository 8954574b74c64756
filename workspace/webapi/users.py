"""users.*, usergroups.users.list and dnd.info: people, groups, and when not to disturb."""

from __future__ import annotations

from workspace.model import User
from workspace.profiles import user_object
from workspace.refusal import Refused
from workspace.webapi.method import Call, Method
from workspace.wire import Json


def info(call: Call) -> Json:
    """users.info; `include_locale` adds the locale, the address needs users:read.email."""
    user = call.ws.directory.visible_user(call.team, call.need("user", "user_not_found"))
    return {"ok": True, "user": _shown(call, user)}


def list_users(call: Call) -> Json:
    """users.list: the team's people and bots, deactivated ones too, with cursors."""
    page, metadata = call.page([_shown(call, u) for u in call.ws.directory.team_users(call.team)])
    return {"ok": True, "members": page, "cache_ts": int(call.now), "response_metadata": metadata}


def lookup_by_email(call: Call) -> Json:
    """users.lookupByEmail: an active member of the team."""
    user = call.ws.directory.by_email(call.team, call.need("email", "users_not_found"))
    return {"ok": True, "user": _shown(call, user)}


def group_members(call: Call) -> Json:
    """usergroups.users.list: needs a paid plan."""
    directory = call.ws.directory
    if not directory.teams[call.team].paid:
        raise Refused("plan_upgrade_required")
    group = directory.usergroups.get(call.need("usergroup", "no_such_subteam"))
    if group is None or group.team != call.team:
        raise Refused("no_such_subteam")
    return {"ok": True, "users": list(group.users)}


def dnd_info(call: Call) -> Json:
    """dnd.info: whether a person is snoozing."""
    user = call.ws.directory.users.get(call.need("user", "user_not_found"))
    if user is None or user.team != call.team:
        raise Refused("user_not_found")
    snoozing = user.snooze_until > call.now
    answer: Json = {
        "ok": True,
        "dnd_enabled": snoozing,
        "next_dnd_start_ts": int(call.now) if snoozing else 1,
        "next_dnd_end_ts": user.snooze_until if snoozing else 1,
        "snooze_enabled": snoozing,
    }
    if snoozing:
        answer |= {"snooze_endtime": user.snooze_until, "snooze_remaining": int(user.snooze_until - call.now)}
    return answer


def _shown(call: Call, user: User) -> Json:
    return user_object(
        user,
        call.ws.directory.teams.get(user.team),
        call.now,
        with_locale=call.flag("include_locale"),
        with_email="users:read.email" in call.grant.scopes,
        seen_from=call.team,
    )


METHODS = (
    Method("users.info", info, 4, ("users:read",)),
    Method("users.list", list_users, 2, ("users:read",)),
    Method("users.lookupByEmail", lookup_by_email, 3, ("users:read.email",)),
    Method("usergroups.users.list", group_members, 2, ("usergroups:read",)),
    Method("dnd.info", dnd_info, 3, ("dnd:read",)),
)
