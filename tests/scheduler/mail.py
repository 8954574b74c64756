"""An outbox in memory that can be waited for, and senders that do as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

from approvals.model import RequestId
from approvals.outbox import Attempt, Carrier, Delivery, Fate, Outgoing
from tests.builders import PROJECT
from tests.memory_outbox import MemoryOutbox, Message

DELIVERED = Attempt(Fate.DELIVERED, 200)
REFUSED = Attempt(Fate.RETRY, 500, "refused (500)")


class Mail(MemoryOutbox):
    """The outbox's contract in memory. `completed` holds each try that was recorded, in order."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__(clock)
        self.completed: list[tuple[Delivery, Attempt, datetime | None]] = []
        self._changed = asyncio.Condition()

    async def complete(self, delivery: Delivery, attempt: Attempt, retry_at: datetime | None) -> bool:
        kept = await super().complete(delivery, attempt, retry_at)
        async with self._changed:
            if kept:
                self.completed.append((delivery, attempt, retry_at))
            self._changed.notify_all()
        return kept

    async def tries(
        self, count: int, within_s: float = 10
    ) -> list[tuple[Delivery, Attempt, datetime | None]]:
        """What was recorded, once there is so much."""
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(lambda: len(self.completed) >= count)
        return self.completed

    def post(self, *outgoing: Outgoing) -> None:
        """A commit with these messages."""
        self.take(PROJECT, outgoing)

    def message(self, place: int = 0) -> Message:
        """The message of that place."""
        return self.messages[place]


def http(lane: str = "http:a", topic: str = "t", url: str | None = None, **more: object) -> Outgoing:
    """A callback."""
    return Outgoing(Carrier.HTTP, lane, topic, url=url, signer="key:k1", body=b"{}", **more)  # type: ignore[arg-type]


def slack(lane: str = "slack:a", topic: str = "t", request: RequestId | None = None) -> Outgoing:
    """A card."""
    return Outgoing(Carrier.SLACK, lane, topic, request)


class Told:
    """A sender that answers with `attempts` in turn (the last for ever), and keeps what it was given."""

    def __init__(self, *attempts: Attempt | Exception) -> None:
        self._attempts = list(attempts) or [DELIVERED]
        self.given: list[Delivery] = []

    async def deliver(self, delivery: Delivery) -> Attempt:
        self.given.append(delivery)
        attempt = self._attempts.pop(0) if len(self._attempts) > 1 else self._attempts[0]
        if isinstance(attempt, Exception):
            raise attempt
        return attempt

    @property
    def topics(self) -> list[str]:
        """What it was given, by topic."""
        return [delivery.topic for delivery in self.given]


class Held:
    """A sender that holds every message of the given lanes (or of all) until it is let go."""

    def __init__(self, lanes: Iterable[str] | None = None, then: Attempt = DELIVERED) -> None:
        self._lanes = None if lanes is None else set(lanes)
        self._then = then
        self._let_go = asyncio.Event()
        self._changed = asyncio.Condition()
        self.held: list[Delivery] = []
        self.most = 0

    async def deliver(self, delivery: Delivery) -> Attempt:
        if self._lanes is not None and delivery.lane not in self._lanes:
            return DELIVERED
        async with self._changed:
            self.held.append(delivery)
            self.most = max(self.most, len(self.held))
            self._changed.notify_all()
        try:
            await self._let_go.wait()
        finally:
            self.held.remove(delivery)
        return self._then

    async def holding(self, count: int, within_s: float = 10) -> None:
        """Wait until it holds so many."""
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(lambda: len(self.held) >= count)

    def let_go(self) -> None:
        """Answer all, now and later."""
        self._let_go.set()


Deliver = Callable[[Delivery], Awaitable[Attempt]]
