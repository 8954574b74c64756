"""Stand-ins for what a test does not want to start: a clock, a store in memory, somebody to announce to."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from approvals.events import Event, EventKind
from approvals.model import ApprovalRequest, Roster
from approvals.outbox import Carrier, Outgoing
from tests.builders import NOW
from tests.memory_store import MemoryStore

__all__ = ["Clock", "MemoryStore", "RecordingAnnouncer"]


class Clock:
    """A clock that stands still until it is told otherwise. Call it for the time."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> datetime:
        """Let time pass; the time that it is then."""
        self.now += by
        return self.now


class RecordingAnnouncer:
    """Sends one message per event, all of a request in one lane, and keeps what it was told.

    `seen` is told at the announcement, before the commit: what was really sent is in the outbox.
    """

    def __init__(self) -> None:
        self.seen: list[tuple[ApprovalRequest, Event]] = []

    def announce(
        self, request: ApprovalRequest, events: Sequence[Event], roster: Roster
    ) -> Iterable[Outgoing]:
        self.seen.extend((request, event) for event in events)
        return [
            Outgoing(Carrier.SLACK, f"slack:{request.id}", event.kind.value, request.id) for event in events
        ]

    @property
    def kinds(self) -> list[EventKind]:
        """The kinds of all events so far, in order."""
        return [event.kind for _, event in self.seen]
