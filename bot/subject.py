"""A request with all that a card or a modal says about it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from approvals import authority
from approvals.events import EventKind, RecordedEvent
from approvals.model import (
    ApprovalRequest,
    ChannelShows,
    Dialect,
    Domain,
    Json,
    Roster,
    Sentinel,
    State,
)
from bot.outline import outline


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asked the agent, and what it answered; None while it has not."""

    number: int
    asker: str
    text: str
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """One part of what the agent wrote. `kind` is `title`, `summary`, `action` or `context`."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A request, its project's roster, the name of the key that made it, and its questions.

    `moved_on`: it was given to somebody after the first look, so that whoever looked has it no more.
    """

    request: ApprovalRequest
    roster: Roster
    key_name: str | None = None
    questions: tuple[Question, ...] = ()
    moved_on: bool = False

    @property
    def domain(self) -> Domain:
        """The rules of the request's domain."""
        return self.roster.domain(self.request.domain)

    @property
    def configured(self) -> bool:
        """Whether the domain is one that the team wrote down; else its name is the agent's word."""
        return self.request.domain in self.roster.domains

    @property
    def holder(self) -> Sentinel | None:
        """To whom it is assigned."""
        return self.roster.sentinel(self.request.assigned_to)

    @property
    def looked_at_since(self) -> datetime | None:
        """Since when somebody reads it; None while nobody has, or since it was passed on."""
        return None if self.moved_on else self.request.started_at

    @property
    def principal(self) -> Sentinel | None:
        """For whom its holder stands in, if for anybody."""
        return self.roster.sentinel(next(iter(self.request.in_place_of), None))

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Everything that the agent wrote for a person to read, nothing twice."""
        return tuple(_passages(self.request))

    def may_act(self, sentinel: Sentinel) -> bool:
        """Whether this person may decide it now."""
        assigned = self.request.state is State.ASSIGNED
        return assigned and authority.refusal(self.request, sentinel, self.roster) is None

    def may_read(self, sentinel: Sentinel) -> bool:
        """Whether this person may read all of it, also once it has ended."""
        return authority.may_read(self.request, sentinel, self.roster)

    def shows_content(self, viewer: Sentinel | None) -> bool:
        """Whether the agent's words are shown: to who may act, and in a channel if the domain says so."""
        if viewer is None:
            return self.domain.channel_shows is ChannelShows.CONTENT
        return self.may_act(viewer)


def subject_of(request: ApprovalRequest, roster: Roster, timeline: Sequence[RecordedEvent]) -> Subject:
    """Put together what the record says."""
    submitted = (r.event.actor for r in timeline if r.event.kind is EventKind.SUBMITTED)
    return Subject(request, roster, next(submitted, None), tuple(_questions(timeline)), _moved_on(timeline))


def _moved_on(timeline: Sequence[RecordedEvent]) -> bool:
    kinds = [recorded.event.kind for recorded in timeline]
    return EventKind.STARTED in kinds and EventKind.ASSIGNED in kinds[kinds.index(EventKind.STARTED) :]


def _questions(timeline: Sequence[RecordedEvent]) -> Iterable[Question]:
    facts = [recorded.event for recorded in timeline]
    answers = {f.data["number"]: f.data["answer"] for f in facts if f.kind is EventKind.ANSWERED}
    for fact in facts:
        if fact.kind is EventKind.ASKED:
            number = fact.data["number"]
            yield Question(number, fact.actor, fact.data["question"], answers.get(number))


def _passages(request: ApprovalRequest) -> Iterable[Passage]:
    if request.title and not request.summary.startswith(request.title):
        yield Passage("title", request.title)
    if request.summary:
        yield Passage("summary", request.summary)
    if request.action is not None:
        yield Passage("action", outline(request.action))
    rest = _without_repeat(request)
    if rest not in (None, {}, []):
        yield Passage("context", outline(rest))


def _without_repeat(request: ApprovalRequest) -> Json:
    """The context, without the text that one dialect sends there and that is the summary already."""
    context = request.context
    if request.dialect is not Dialect.HITL or not isinstance(context, dict):
        return context
    return {k: v for k, v in context.items() if k != "text" or v != request.summary}
