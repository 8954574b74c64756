"""Compares what Slack shows with how the requests stand, again and again, and sends for repairs.

It mends what no message on its way would: a card whose update was given up, one that two answers
rewrote in a race, one of a request made while Slack was switched off. It posts nothing itself.
"""

from __future__ import annotations

from approvals.cards import CHANNEL, Astray
from approvals.model import ProjectId
from approvals.outbox import Outgoing
from bot.announcer import repair_row
from bot.config import BotDesk
from bot.topics import CARD


class Reconciler:
    """Looks over all projects."""

    def __init__(self, desk: BotDesk) -> None:
        self._desk = desk

    async def sweep(self) -> int:
        """One look; how many repairs it sent for."""
        return sum([await self._look(project) for project in await self._desk.projects()])

    async def _look(self, project: ProjectId) -> int:
        roster = await self._desk.requests.roster(project)
        channels = {slug: domain.channel for slug, domain in roster.domains.items() if domain.channel}

        def word(astray: Astray) -> Outgoing:
            return repair_row(astray, channels.get(astray.domain) if astray.surface == CHANNEL else None)

        return await self._desk.cards.repair(project, channels.keys(), CARD, word)
