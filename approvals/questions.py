"""Questions that a person asks the agent, numbered from 1 on each request, and their answers."""

from __future__ import annotations

from collections.abc import Iterable

from approvals.errors import AlreadyAnswered, InvalidField
from approvals.events import EventKind, RecordedEvent
from approvals.model import ApprovalRequest


def next_number(timeline: Iterable[RecordedEvent]) -> int:
    """The number of the next question."""
    return 1 + latest(timeline)


def latest(timeline: Iterable[RecordedEvent]) -> int:
    """The number of the last question; 0 where nothing was asked."""
    return sum(recorded.event.kind is EventKind.ASKED for recorded in timeline)


def waits(timeline: Iterable[RecordedEvent], asker: str, words: str) -> bool:
    """Whether the last question is this one of this person's, and has no answer yet.

    Slack may deliver one gesture twice: asked again in the same words it is still one question.
    """
    facts = [r.event for r in timeline if r.event.kind in {EventKind.ASKED, EventKind.ANSWERED}]
    last = facts[-1] if facts else None
    asked = (EventKind.ASKED, asker, words)
    return last is not None and (last.kind, last.actor, last.data.get("question")) == asked


def check_open(request: ApprovalRequest, timeline: Iterable[RecordedEvent], number: int) -> None:
    """Raise InvalidField unless this question was asked, AlreadyAnswered unless it waits for its answer."""
    facts = [recorded.event for recorded in timeline]
    asked = {e.data["number"] for e in facts if e.kind is EventKind.ASKED}
    answered = {e.data["number"] for e in facts if e.kind is EventKind.ANSWERED}
    if number not in asked:
        raise InvalidField("number", "names no question of this request", "GET the request's questions")
    if number in answered:
        raise AlreadyAnswered(request, number)
