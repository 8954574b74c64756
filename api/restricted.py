"""What a key that is restricted sees of a project: the requests that are inside, one by one.

Lists and totals are kept for whole projects. Where one could hold anything else it is refused, so that
neither a page nor a number tells of what is outside.
"""

from __future__ import annotations

from collections.abc import Sequence

from approvals.errors import RequestNotFound, RestrictedKey
from approvals.events import RecordedEvent
from approvals.ids import RequestRef
from approvals.model import ApprovalRequest, ProjectId, RequestId, Roster
from approvals.ports import Listing, Requests
from approvals.restrictions import Restrictions


class RestrictedRequests:
    """The `Requests` of a key (see `approvals.ports.Requests`)."""

    def __init__(self, requests: Requests, restrictions: Restrictions) -> None:
        self._requests = requests
        self._restrictions = restrictions

    async def request(self, project: ProjectId, ref: RequestRef) -> ApprovalRequest:
        found = await self._requests.request(project, ref)
        if not self._restrictions.admit(found):
            raise RequestNotFound(ref)
        return found

    async def listing(self, project: ProjectId, listing: Listing) -> Sequence[ApprovalRequest]:
        """A page of one agent's requests, where nothing but agents is restricted. Raises RestrictedKey."""
        self._check(listing)
        return await self._requests.listing(project, listing)

    async def count(self, project: ProjectId, listing: Listing) -> int:
        """As `listing`."""
        self._check(listing)
        return await self._requests.count(project, listing)

    async def timeline(self, project: ProjectId, request_id: RequestId) -> Sequence[RecordedEvent]:
        await self.request(project, request_id)
        return await self._requests.timeline(project, request_id)

    async def roster(self, project: ProjectId) -> Roster:
        return await self._requests.roster(project)

    def _check(self, listing: Listing) -> None:
        if not self._restrictions.cover_agent(listing.agent_id):
            raise RestrictedKey
