"""What follows when a project's database is put back to an earlier time.

What people decided since is not in it: a request that it holds open may have been decided, and its
agent may have acted. Nobody is to decide it a second time without noticing, so it is void.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from approvals.commands import Cancel
from approvals.errors import IllegalMove
from approvals.events import Event, EventKind
from approvals.model import ApprovalRequest, Door, Json, ProjectId, RequestId
from approvals.ports import Listing, Requests, Store, Unit
from approvals.service import Approvals

OPEN = ("pending", "assigned", "started")
"""The words of requests that have not ended."""

BATCH = 100

ACTOR = "restore"


@dataclass(frozen=True, slots=True)
class Head:
    """Where an audit chain ends: the place and the hash of its last event."""

    n: int
    hash: str

    def as_json(self) -> dict[str, Json]:
        """For the record."""
        return {"n": self.n, "hash": self.hash}


class Restoration:
    """Settles a database that was put back, before anybody works with it."""

    def __init__(self, store: Store, requests: Requests, approvals: Approvals) -> None:
        self._store = store
        self._requests = requests
        self._approvals = approvals

    async def note(self, project: ProjectId, head: Head, lost: Head | None) -> None:
        """Begin a new epoch on the chain: where it went on from, and the end that it had before, if known."""
        data = {"from": head.as_json(), "lost": None if lost is None else lost.as_json()}

        async def work(unit: Unit) -> None:
            unit.note([Event(EventKind.RESTORED, RequestId(""), unit.now, ACTOR, data)])

        await self._store.write(project, work)

    async def void(self, project: ProjectId) -> int:
        """Cancel all that is open, and let agents and people know; how many there were.

        What has passed its deadline is left to the clock.
        """
        voided, page = 0, await self._page(project, None)
        while page:
            voided += sum(await asyncio.gather(*map(self._one, page)))
            page = await self._page(project, page[-1].number)
        return voided

    async def _page(self, project: ProjectId, before: int | None) -> Sequence[ApprovalRequest]:
        listing = Listing(limit=BATCH, before=before, outcomes=frozenset(OPEN))
        return await self._requests.listing(project, listing)

    async def _one(self, request: ApprovalRequest) -> bool:
        command = Cancel(request.project, request.id, ACTOR, Door.COMMAND, void=True)
        try:
            await self._approvals.cancel(command)
        except IllegalMove:
            return False
        return True
