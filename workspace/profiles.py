"""Users, channels and teams as the Web API shows them."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from workspace.model import Channel, Installation, Team, User
from workspace.wire import Json


def user_object(
    user: User, team: Team | None, now: float, *, with_locale: bool, with_email: bool, seen_from: str
) -> Json:
    """A user of `team` as `users.info` shows it to the app in team `seen_from`."""
    shown: Json = {
        "id": user.id,
        "team_id": user.team,
        "name": user.handle,
        "deleted": user.deleted,
        "profile": profile(user, with_email=with_email and user.team == seen_from),
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": int(now),
    }
    if user.team != seen_from:
        shown["is_stranger"] = True
    if team is not None and team.enterprise_id and not user.is_bot:
        shown["enterprise_user"] = {
            "id": user.id,
            "enterprise_id": team.enterprise_id,
            "enterprise_name": team.enterprise_name,
            "is_admin": False,
            "is_owner": False,
            "teams": [team.id],
        }
    if not user.deleted:
        shown |= _living(user, now)
    if with_locale and not user.deleted:
        shown["locale"] = user.locale
    return shown


def _living(user: User, now: float) -> Json:
    offset, label = offset_of(user.tz, now)
    return {
        "color": "4bbe2e",
        "real_name": user.name,
        "tz": user.tz,
        "tz_label": label,
        "tz_offset": offset,
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.is_restricted or user.is_ultra_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
        "is_email_confirmed": True,
    }


def profile(user: User, *, with_email: bool) -> Json:
    """The `profile` part of a user object; the address only for who may see it."""
    shown: Json = {
        "title": user.title,
        "real_name": user.name,
        "real_name_normalized": user.name,
        "display_name": user.name.split()[0],
        "display_name_normalized": user.name.split()[0],
        "status_text": user.status_text,
        "status_emoji": "",
        "status_expiration": user.status_expiration,
        "team": user.team,
    }
    if with_email and not user.is_bot:
        shown["email"] = user.email
    return shown


def offset_of(tz: str, now: float) -> tuple[int, str]:
    """Seconds east of UTC at `now`, and the zone's abbreviation."""
    zone: tzinfo = ZoneInfo(tz)
    then = datetime.fromtimestamp(now, zone)
    delta = then.utcoffset()
    return int(delta.total_seconds()) if delta else 0, then.tzname() or tz


def channel_object(channel: Channel, team: Team, installation: Installation) -> Json:
    """A conversation as `conversations.info` shows it."""
    shown: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_im": channel.kind == "im",
        "is_mpim": False,
        "is_private": channel.kind != "channel",
        "is_org_shared": False,
        "is_ext_shared": channel.is_ext_shared,
        "is_shared": channel.is_ext_shared,
        "context_team_id": team.id,
        "updated": channel.created * 1000,
    }
    if channel.kind == "im":
        return shown | {"user": channel.user, "is_open": True, "is_user_deleted": False, "priority": 0}
    return shown | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_general": channel.name == "general",
        "is_member": channel.bot_is_member,
        "creator": installation.bot_user,
        "num_members": len(channel.members) + int(channel.bot_is_member),
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
    }


def team_object(team: Team) -> Json:
    """The `team` of an interactivity payload."""
    shown: Json = {"id": team.id, "domain": team.domain}
    if team.enterprise_id:
        shown |= {"enterprise_id": team.enterprise_id, "enterprise_name": team.enterprise_name}
    return shown


def enterprise_object(team: Team) -> Json | None:
    if team.enterprise_id is None:
        return None
    return {"id": team.enterprise_id, "name": team.enterprise_name}
