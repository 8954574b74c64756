"""Who in Slack is which Sentinel.

A Sentinel is pinned to a workspace, or the organisation around it, and a user id: the same id in another
workspace is somebody else. An address from `desk.yml` is looked up once, in the workspace of its project,
and pinned; from then on it counts for nothing, because guests and strangers can bear it too.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from slack_sdk.errors import SlackApiError

from approvals.installations import workspace
from approvals.model import ProjectId, Roster, Sentinel
from approvals.ports import Cards
from bot.directory import Directory, Profile
from bot.failures import error_name

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Who:
    """Who made a gesture: the workspace's or organisation's id, the user, and the user's own workspace."""

    key: str
    user: str
    team: str | None = None


class NotLinked(Exception):
    """This Slack account is no Sentinel's.

    `reason` is `unknown`, `guest`, `stranger`, `deleted` or `bot`.
    """

    def __init__(self, who: Who | None, reason: str) -> None:
        super().__init__(reason)
        self.who = who
        self.reason = reason


class Unreachable(Exception):
    """This Sentinel cannot be written to in Slack; the argument says why."""


class Identity:
    """From Slack to Sentinel and back."""

    def __init__(self, directory: Directory, cards: Cards) -> None:
        self._directory = directory
        self._cards = cards

    async def sentinel(self, who: Who, roster: Roster) -> Sentinel:
        """The Sentinel who this is, in the project of what they want to do; logs the attempt of another.

        Raises NotLinked.
        """
        try:
            return await self.known(who, roster)
        except NotLinked as refused:
            log.warning(
                "refused somebody who is no Sentinel: %s of %s in %s (%s)",
                who.user,
                who.key,
                roster.project,
                refused.reason,
            )
            raise

    async def account(self, sentinel: Sentinel, project: ProjectId) -> Profile:
        """The Slack account of a Sentinel, looked up and pinned if need be; raises Unreachable."""
        if sentinel.slack_team not in {None, (await self._directory.home()).key}:
            raise Unreachable("another workspace's account")
        if sentinel.slack_user is not None:
            profile = await self._directory.profile(sentinel.slack_user)
        else:
            profile = await self._looked_up(sentinel)
        if profile.bar is not None:
            raise Unreachable(profile.bar)
        await self._pin(sentinel, project, profile)
        return profile

    async def known(self, who: Who, roster: Roster) -> Sentinel:
        """The Sentinel who this is in this project, for the desk's own look; raises NotLinked."""
        home = await self._directory.home()
        if who.key != home.key:
            raise NotLinked(who, "stranger")
        profile = await self._profile(who)
        if profile.bar is not None:
            raise NotLinked(who, profile.bar)
        found = pinned(who, roster) or await self._claimed(who, profile, roster)
        if found is None:
            raise NotLinked(who, "unknown")
        return found

    async def _profile(self, who: Who) -> Profile:
        """Whom Slack knows by that id; raises NotLinked where that is nobody."""
        try:
            return await self._directory.profile(who.user)
        except SlackApiError as error:
            if error_name(error) in {"user_not_found", "user_not_visible"}:
                raise NotLinked(who, "unknown") from None
            raise

    async def _claimed(self, who: Who, profile: Profile, roster: Roster) -> Sentinel | None:
        """Somebody who is not pinned yet: named by user id, or by an address that Slack says is theirs.

        Only where the project works: whoever has the same address elsewhere is a stranger.
        """
        if not await self._directory.serves(roster.workspace):
            return None
        for sentinel in roster.sentinels.values():
            if sentinel.slack_team is None and await self._is(sentinel, profile, roster):
                await self._pin(sentinel, roster.project, profile)
                return sentinel
        return None

    async def _is(self, sentinel: Sentinel, profile: Profile, roster: Roster) -> bool:
        if sentinel.slack_user is not None:
            return sentinel.slack_user == profile.user
        if not sentinel.email or sentinel.email.casefold() != (profile.email or "").casefold():
            return False
        named = workspace(roster.workspace) if roster.workspace else None
        return (await self._looked_up(sentinel, named.team if named else None)).user == profile.user

    async def _looked_up(self, sentinel: Sentinel, team: str | None = None) -> Profile:
        if not sentinel.email:
            raise Unreachable("no address")
        found = await self._directory.by_email(sentinel.email, team)
        if found is None:
            raise Unreachable("users_not_found")
        # A look-up does not tell the locale, so the profile is asked for as well.
        return await self._directory.profile(found.user)

    async def _pin(self, sentinel: Sentinel, project: ProjectId, profile: Profile) -> None:
        if sentinel.slack_team is None:
            home = await self._directory.home()
            await self._cards.pin(project, sentinel.id, home.key, profile.user)


def pinned(who: Who, roster: Roster) -> Sentinel | None:
    """The Sentinel pinned to this account; an active one before one who has left."""
    found = [s for s in roster.sentinels.values() if (s.slack_team, s.slack_user) == (who.key, who.user)]
    return min(found, key=lambda s: not s.active, default=None)
