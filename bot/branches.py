"""The bot in each workspace: one in all, or one for each in which the app is installed.

A branch knows one workspace only, its people, its channels and its token. Here it is found to which of
them a gesture belongs, and a message on its way out; nothing else has to know that there are several.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from approvals.errors import StoreUnavailable
from approvals.installations import Installation, Workspace, workspace
from approvals.model import Roster, Sentinel, SentinelId
from approvals.outbox import Attempt, Delivery
from approvals.ports import Installations
from bot.config import BotDesk
from bot.failures import held_back
from bot.front import Front
from bot.notifier import Notifier

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Branch:
    """The bot in one workspace: what faces its people, and what carries messages there."""

    front: Front
    notifier: Notifier


class Branches(Protocol):
    """All there are."""

    async def front(self, place: Workspace) -> Front:
        """What faces whoever made a gesture there; where we are not installed, one that knows nobody."""

    async def serving(self, named: str | None, account: str | None) -> Branch | None:
        """Who carries messages of a project that names this workspace.

        `account` is the workspace or organisation of the one person who is meant, where it is known.
        None: the app is not there, or nobody has said where.
        """


class OneBranch:
    """The one workspace of a static token. Who belongs to another is a stranger there (`bot.identity`)."""

    def __init__(self, branch: Branch) -> None:
        self._branch = branch

    async def front(self, place: Workspace) -> Front:
        return self._branch.front

    async def serving(self, named: str | None, account: str | None) -> Branch | None:
        fits = named is None or await self._branch.front.directory.serves(named)
        return self._branch if fits else None


class ManyBranches:
    """A branch for each workspace, made when it is first needed, for as long as the app is there."""

    def __init__(
        self,
        installations: Installations,
        make: Callable[[Installation, Workspace, Front | None], Branch],
        nowhere: Front,
    ) -> None:
        self._installations = installations
        self._make = make
        self._nowhere = nowhere
        self._made: dict[Workspace, Branch] = {}
        self._faces: dict[Workspace, Front] = {}

    async def front(self, place: Workspace) -> Front:
        try:
            branch = await self._branch(place)
            self._faces[place] = branch.front if branch else self._nowhere
        except StoreUnavailable:
            # Whoever clicked shall be told that nothing was recorded.
            log.warning("the database does not say where the app is installed")
        return self._faces.get(place, self._nowhere)

    async def serving(self, named: str | None, account: str | None) -> Branch | None:
        branch = None if named is None else await self._branch(workspace(named))
        if account is None or (branch and (await branch.front.directory.home()).key == account):
            return branch
        return await self._branch(workspace(account))

    async def _branch(self, place: Workspace) -> Branch | None:
        found = await self._installations.find(place)
        if found is None:
            return None
        whole = self._made_once(found, found.workspace, None)
        if found.team is not None or place.team is None:
            return whole
        # An organisation's installation carries to the workspace that is meant; its people are one.
        return self._made_once(found, Workspace(place.team, found.enterprise), whole.front)

    def _made_once(self, found: Installation, where: Workspace, face: Front | None) -> Branch:
        if where not in self._made:
            self._made[where] = self._make(found, where, face)
        return self._made[where]


class Carriers:
    """The sender of the carrier `slack`: each message goes by the branch of its workspace."""

    def __init__(self, desk: BotDesk, branches: Branches) -> None:
        self._desk = desk
        self._branches = branches

    async def deliver(self, delivery: Delivery) -> Attempt:
        """One try; where the app is not installed it is held back, and nothing else is."""
        roster = await self._desk.requests.roster(delivery.project)
        person = _meant(delivery, roster)
        branch = await self._branches.serving(roster.workspace, person.slack_team if person else None)
        if branch is not None:
            return await branch.notifier.deliver(delivery)
        if delivery.attempt == 1:
            where = f"workspace {roster.workspace}" if roster.workspace else "no workspace of desk.yml"
            log.warning("project %s: messages wait, the app is installed in %s", delivery.project, where)
        return held_back()


def _meant(delivery: Delivery, roster: Roster) -> Sentinel | None:
    """The one person to whom a message goes, None where it goes to a channel."""
    kind, _, number = str(delivery.intent.get("surface", "")).partition(":")
    return roster.sentinel(SentinelId(int(number))) if kind == "dm" and number.isdecimal() else None
