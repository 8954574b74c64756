"""Who and where: teams, people, groups and conversations of the workspace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from workspace.ids import Ids
from workspace.model import Channel, Team, User, Usergroup
from workspace.refusal import Refused


class Directory:
    """Looks people and conversations up, and adds or replaces them."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self.teams: dict[str, Team] = {}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.usergroups: dict[str, Usergroup] = {}

    @property
    def home(self) -> Team:
        """The first team."""
        return next(iter(self.teams.values()))

    def add_user(self, user: User) -> User:
        """Keep `user`, giving it an id and the first team where it has none."""
        kept = replace(user, id=user.id or self._ids.upper("U"), team=user.team or self.home.id)
        self.users[kept.id] = kept
        return kept

    def change_user(self, user_id: str, **changes: Any) -> User:
        """Replace facts of a person; KeyError for an unknown one."""
        self.users[user_id] = replace(self.users[user_id], **changes)
        return self.users[user_id]

    def add_channel(self, channel: Channel, created: int) -> Channel:
        kept = replace(
            channel,
            id=channel.id or self._ids.upper("D" if channel.kind == "im" else "C"),
            team=channel.team or self.home.id,
            created=channel.created or created,
        )
        self.channels[kept.id] = kept
        return kept

    def join(self, channel_id: str, user_id: str) -> None:
        """Make a person a member, once."""
        channel = self.channels[channel_id]
        if user_id not in channel.members:
            self.channels[channel_id] = replace(channel, members=(*channel.members, user_id))

    def person(self, id_or_email: str) -> User | None:
        """A user by id or, first team first, by e-mail address."""
        wanted = id_or_email.casefold()
        return self.users.get(id_or_email) or next(
            (user for user in self.users.values() if user.email.casefold() == wanted), None
        )

    def visible_user(self, team_id: str, user_id: str) -> User:
        """A user as a team's app sees them: own people and strangers in a shared channel."""
        user = self.users.get(user_id)
        if user is None or not (user.team == team_id or self._meets(team_id, user)):
            raise Refused("user_not_found")
        return user

    def by_email(self, team_id: str, email: str) -> User:
        """The team's own member with this address; `users_not_found` otherwise.

        Strangers are never found by e-mail, and neither are deactivated people (who still
        exist for `users.info`).
        """
        wanted = email.strip().casefold()
        for user in self.team_users(team_id):
            if user.email.casefold() == wanted and not user.deleted and not user.is_bot:
                return user
        raise Refused("users_not_found")

    def team_users(self, team_id: str) -> Iterator[User]:
        return (user for user in self.users.values() if user.team == team_id)

    def channel(self, team_id: str, channel_id: str) -> Channel:
        """A conversation of the team by id; `channel_not_found` otherwise."""
        channel = self.channels.get(channel_id)
        if channel is None or channel.team != team_id:
            raise Refused("channel_not_found")
        return channel

    def named(self, team_id: str, name: str) -> Channel | None:
        """A channel by name, with or without the leading #."""
        bare = name.removeprefix("#")
        return next((c for c in self.team_channels(team_id) if c.name == bare and c.kind != "im"), None)

    def team_channels(self, team_id: str) -> Iterator[Channel]:
        return (channel for channel in self.channels.values() if channel.team == team_id)

    def im(self, team_id: str, user_id: str) -> Channel | None:
        """The direct messages between the app and a person, if opened before."""
        return next((c for c in self.team_channels(team_id) if c.kind == "im" and c.user == user_id), None)

    def open_im(self, team_id: str, user_id: str, created: int) -> Channel:
        """The direct messages between the app and a person."""
        found = self.im(team_id, user_id)
        if found:
            return found
        return self.add_channel(
            Channel(name="", team=team_id, kind="im", user=user_id, members=(user_id,)), created
        )

    def readable(self, user: User) -> list[Channel]:
        """The conversations a person sees: their own, and public ones unless a guest or stranger."""
        outsider = user.is_restricted or user.is_ultra_restricted or user.is_stranger
        return [
            channel
            for channel in self.channels.values()
            if user.id in channel.members
            or (channel.kind == "channel" and channel.team == user.team and not outsider)
        ]

    def _meets(self, team_id: str, user: User) -> bool:
        return any(c.is_ext_shared and user.id in c.members for c in self.team_channels(team_id))
