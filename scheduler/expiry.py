"""What the clock does to requests: expiry, silence, alarms, the queue, people who left.

Level-triggered: each round looks at what is due now. A project that fails harms no other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

import structlog

from approvals.clockwork import Clockwork
from approvals.model import ProjectId
from approvals.ports import Agenda

log = structlog.get_logger(__name__)


class Sweeper:
    """Runs the clock's verbs over the projects that need them."""

    def __init__(self, clockwork: Clockwork, agenda: Agenda) -> None:
        self._clockwork = clockwork
        self._agenda = agenda

    async def sweep(self) -> int:
        """Do all that is due, a batch of each project in turn; how many requests moved."""
        total = 0
        while projects := await self._agenda.due_projects():
            moved = 0
            for project in projects:
                moved += await self._one(project, self._clockwork.sweep) or 0
            total += moved
            if not moved:
                # Somebody else was faster, or it failed: the next tick looks again.
                break
        return total

    async def dispatch(self, projects: Iterable[ProjectId]) -> set[ProjectId]:
        """Give waiting requests to whoever is available; the projects in which that failed."""
        return {p for p in projects if await self._one(p, self._clockwork.dispatch) is None}

    async def rehome(self, projects: Iterable[ProjectId]) -> set[ProjectId]:
        """Move requests away from whoever cannot hold them; the projects in which that failed."""
        return {p for p in projects if await self._one(p, self._clockwork.rehome) is None}

    async def queueing(self) -> set[ProjectId]:
        """The projects in which a request waits for a Sentinel."""
        return set(await self._agenda.queueing_projects())

    async def holding(self) -> set[ProjectId]:
        """The projects in which a Sentinel holds a request."""
        return set(await self._agenda.holding_projects())

    async def _one(self, project: ProjectId, verb: Callable[[ProjectId], Awaitable[int]]) -> int | None:
        try:
            return await verb(project)
        except Exception:
            log.exception("clock_verb_failed", verb=verb.__name__, project=project)
            return None
