"""A desk without doors: the verbs and the clock's verbs over a store in memory."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from approvals.applying import WantedSentinel
from approvals.clockwork import Clockwork
from approvals.events import Event
from approvals.model import ApprovalRequest, Domain, Roster, SentinelId
from approvals.service import Approvals, Submitted
from tests.builders import PROJECT, a_submit, wanting
from tests.fakes import Clock, MemoryStore, RecordingAnnouncer


class Desk:
    """Everything that a test of the core needs in one hand."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.store = MemoryStore(self.clock)
        self.announcer = RecordingAnnouncer()
        self.approvals = Approvals(self.store, self.announcer)
        self.clockwork = Clockwork(self.store, self.announcer)

    async def staff(self, *sentinels: WantedSentinel, domains: tuple[Domain, ...] = ()) -> None:
        """Apply a roster of these people."""
        await self.clockwork.apply(wanting(*sentinels, domains=domains))

    async def ask(self, **changes: Any) -> ApprovalRequest:
        """An agent asks; the request as it then stands."""
        return (await self.submit(**changes)).request

    async def submit(self, **changes: Any) -> Submitted:
        """An agent asks; everything that the door is told."""
        return await self.approvals.submit(a_submit(**changes))

    async def now(self, request: ApprovalRequest) -> ApprovalRequest:
        """The request as last committed."""
        return await self.store.request(PROJECT, request.id)

    async def facts(self, request: ApprovalRequest) -> list[Event]:
        """What stands on the request's record."""
        return [r.event for r in await self.store.timeline(PROJECT, request.id)]

    async def kinds(self, request: ApprovalRequest) -> list[str]:
        """The kinds of what stands on the request's record."""
        return [event.kind.value for event in await self.facts(request)]

    async def roster(self) -> Roster:
        """The roster as last committed."""
        return await self.store.roster(PROJECT)

    async def load(self, number: int) -> int:
        """How many open requests a Sentinel holds."""
        return (await self.roster()).sentinels[SentinelId(number)].load

    async def unmoved(self, request: ApprovalRequest, attempt: Callable[[], Awaitable[object]]) -> None:
        """Await what is refused, and see that neither the request nor its record has changed."""
        before = await self.now(request), await self.facts(request)
        await attempt()
        assert (await self.now(request), await self.facts(request)) == before


@pytest.fixture
def desk() -> Desk:
    """A desk on which nobody works yet."""
    return Desk()
