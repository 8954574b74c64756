"""A request's state as its events alone tell it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from approvals.events import Event, EventKind
from approvals.model import ApprovalRequest, State


@dataclass
class Rebuilt:
    """What can be known of a request without its row."""

    state: State = State.PENDING
    assigned_to: int | None = None
    started: bool = False
    min_tier: int = 1
    escalations: int = 0
    outcome: str | None = None

    def hear(self, event: Event) -> None:
        """One more fact."""
        match event.kind:
            case EventKind.ASSIGNED:
                self.state, self.assigned_to = State.ASSIGNED, event.data["sentinel"]
            case EventKind.RELEASED:
                self.state, self.assigned_to = State.PENDING, None
            case EventKind.STARTED:
                self.started = True
            case EventKind.ESCALATED:
                # To nobody, unless the next fact names who has it now.
                self.state, self.assigned_to = State.PENDING, None
                self.min_tier, self.escalations = event.data["min_tier"], self.escalations + 1
            case EventKind.DECIDED:
                self.state, self.outcome = State.DECIDED, event.data["verdict"]
            case EventKind.EXPIRED | EventKind.CANCELLED:
                self.state = State(event.kind.value)
                self.outcome = event.kind.value


def rebuilt(events: Iterable[Event]) -> Rebuilt:
    """The state after these events, in their order."""
    state = Rebuilt()
    for event in events:
        state.hear(event)
    return state


def as_kept(request: ApprovalRequest) -> Rebuilt:
    """The same of a row."""
    return Rebuilt(
        request.state,
        request.assigned_to,
        request.started_at is not None,
        request.min_tier,
        len(request.escalations),
        request.outcome,
    )
