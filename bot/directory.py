"""People as Slack knows them, remembered for a while."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.failures import error_name
from bot.slack import Slack

KEPT = timedelta(minutes=10)
"""How long a profile is believed without asking again; `user_change` cuts it short."""

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Home:
    """The workspace that the app is installed in. `key` names it together with its Grid organisation."""

    team: str
    enterprise: str | None

    @property
    def key(self) -> str:
        """What a person of this workspace is pinned to."""
        return self.enterprise or self.team


@dataclass(frozen=True, slots=True)
class Profile:
    """A person in Slack. `bar` says why they can be no Sentinel, None where they can."""

    user: str
    team: str | None
    email: str | None
    locale: str | None
    zone: str | None
    bar: str | None


class Directory:
    """Looks people up, and opens their direct messages."""

    def __init__(self, slack: Slack, clock: Callable[[], datetime]) -> None:
        self._slack = slack
        self._clock = clock
        self._home: Home | None = None
        self._profiles: dict[str, tuple[datetime, Profile]] = {}
        self._dms: dict[str, str] = {}

    async def home(self) -> Home:
        """Our workspace; asked once."""
        if self._home is None:
            answer = await self._slack.client.auth_test()
            self._home = Home(str(answer["team_id"]), answer.get("enterprise_id"))
        return self._home

    async def profile(self, user: str) -> Profile:
        """A person by user id."""
        kept = self.remembered(user)
        if kept is not None:
            return kept
        answer = await self._slack.client.users_info(user=user, include_locale=True)
        return self._keep(await self._read(answer["user"]))

    async def by_email(self, email: str) -> Profile | None:
        """A person by e-mail; None where Slack knows nobody of that address."""
        try:
            answer = await self._slack.client.users_lookupByEmail(email=email)
        except SlackApiError as error:
            if error_name(error) == "users_not_found":
                return None
            raise
        return await self._read(answer["user"])

    def remembered(self, user: str) -> Profile | None:
        """What is known of a person without asking Slack."""
        found = self._profiles.get(user)
        return found[1] if found and self._clock() - found[0] < KEPT else None

    def forget(self, user: str) -> None:
        """Something about this person has changed."""
        self._profiles.pop(user, None)

    async def dm(self, user: str) -> str:
        """The channel id of our direct messages with a person."""
        if user not in self._dms:
            answer = await self._slack.client.conversations_open(users=user)
            self._dms[user] = str(answer["channel"]["id"])
        return self._dms[user]

    async def _read(self, shown: Mapping[str, Any]) -> Profile:
        profile = shown.get("profile") or {}
        return Profile(
            user=str(shown["id"]),
            team=shown.get("team_id"),
            email=profile.get("email"),
            locale=shown.get("locale"),
            zone=shown.get("tz"),
            bar=_bar(shown, await self.home()),
        )

    def _keep(self, profile: Profile) -> Profile:
        if len(self._profiles) >= MOST:
            self._profiles.clear()
        self._profiles[profile.user] = (self._clock(), profile)
        return profile


def _bar(shown: Mapping[str, Any], home: Home) -> str | None:
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
