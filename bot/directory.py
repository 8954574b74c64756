"""People as Slack knows them, remembered for a while."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from approvals.installations import Workspace, workspace
from bot.quiet import moment, snoozing_until
from bot.slack_api import SlackApi

KEPT = timedelta(minutes=10)
"""How long a profile is believed without asking again; `user_change` cuts it short."""

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Profile:
    """A person in Slack. `bar` says why they can be no Sentinel, None where they can.

    `status_until` is when the status that they have set ("in a meeting") ends; None: they have none.
    """

    user: str
    team: str | None
    email: str | None
    locale: str | None
    zone: str | None
    bar: str | None
    status_until: datetime | None = None


@dataclass(slots=True)
class Known:
    """What was learned of people, shared by all connections: profiles with the time of asking, and D ids."""

    home: Workspace | None = None
    profiles: dict[str, tuple[datetime, Profile]] = field(default_factory=dict)
    dms: dict[str, str] = field(default_factory=dict)


class Directory:
    """Looks people up in one workspace, and opens their direct messages."""

    def __init__(
        self, slack: SlackApi, clock: Callable[[], datetime], known: Known, *, only: bool = True
    ) -> None:
        """`only`: there is no other workspace, so that who names none means this one."""
        self._slack = slack
        self._clock = clock
        self._known = known
        self._only = only

    async def home(self) -> Workspace:
        """Our workspace; asked once, where it is not known."""
        if self._known.home is None:
            answer = await self._slack.myself()
            self._known.home = Workspace(str(answer["team_id"]), answer.get("enterprise_id"))
        return self._known.home

    async def serves(self, named: str | None) -> bool:
        """Whether a project that names this workspace, or none, works in ours."""
        if named is None:
            return self._only
        return (await self.home()).covers(workspace(named))

    async def profile(self, user: str) -> Profile:
        """A person by user id."""
        kept = self.remembered(user)
        if kept is not None:
            return kept
        return self._keep(await self._read(await self._slack.user(user)))

    async def by_email(self, email: str, team: str | None = None) -> Profile | None:
        """A person by e-mail, in one workspace of an organisation; None where nobody has that address."""
        found = await self._slack.user_of(email, team)
        return None if found is None else await self._read(found)

    def remembered(self, user: str) -> Profile | None:
        """What is known of a person without asking Slack."""
        found = self._known.profiles.get(user)
        return found[1] if found and self._clock() - found[0] < KEPT else None

    def forget(self, user: str) -> None:
        """Something about this person has changed."""
        self._known.profiles.pop(user, None)

    async def dm(self, user: str) -> str:
        """The channel id of our direct messages with a person."""
        if user not in self._known.dms:
            self._known.dms[user] = await self._slack.dm(user)
        return self._known.dms[user]

    async def busy_until(self, user: str) -> datetime | None:
        """Until when somebody asked to be left alone: by "do not disturb", else by their status."""
        dnd = await self._slack.dnd(user)
        if dnd is not None:
            return snoozing_until(dnd, self._clock())
        return (await self.profile(user)).status_until

    async def _read(self, shown: Mapping[str, Any]) -> Profile:
        profile = shown.get("profile") or {}
        return Profile(
            user=str(shown["id"]),
            team=shown.get("team_id"),
            email=profile.get("email"),
            locale=shown.get("locale"),
            zone=shown.get("tz"),
            bar=_bar(shown, await self.home()),
            status_until=moment(profile.get("status_expiration")),
        )

    def _keep(self, profile: Profile) -> Profile:
        if len(self._known.profiles) >= MOST:
            self._known.profiles.clear()
        self._known.profiles[profile.user] = (self._clock(), profile)
        return profile


def _bar(shown: Mapping[str, Any], home: Workspace) -> str | None:
    """Why somebody can be no Sentinel: `deleted`, `bot`, `guest` or `stranger`."""
    if shown.get("deleted"):
        return "deleted"
    if shown.get("is_bot") or shown.get("id") == "USLACKBOT":
        return "bot"
    if shown.get("is_restricted") or shown.get("is_ultra_restricted"):
        return "guest"
    enterprise = (shown.get("enterprise_user") or {}).get("enterprise_id")
    ours = shown.get("team_id") == home.team or (
        home.enterprise is not None and enterprise == home.enterprise
    )
    return "stranger" if shown.get("is_stranger") or not ours else None
