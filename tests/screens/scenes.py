"""Every state of a card, every view and every App Home, as a picture shows them: name -> what is shown.

A scene is built by the same pure functions that the bot calls, for one reader in one language.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from approvals import errors
from approvals.authority import Refusal
from approvals.model import Sentinel, State, Verdict
from bot import alarms, bulk, cards, history, home, modals
from bot.blocks import Block
from bot.digest import digest
from bot.identity import NotLinked
from bot.inbox import Inbox, Post
from bot.message import Message
from bot.refusals import Hearer, refusal
from tests.builders import NOW
from tests.screens.story import (
    ANN,
    CATALOGUES,
    EVERYBODYS,
    HIGH,
    MARIE,
    PAUL,
    Story,
    reader,
    request_id,
    showing,
    strict,
    team,
)


@dataclass(frozen=True, slots=True)
class Whisper:
    """Words that one person alone sees beside a card."""

    told: str


@dataclass(frozen=True, slots=True)
class Thread:
    """A card and what stands below it."""

    card: Message
    replies: tuple[Message, ...]


Shown = Message | Whisper | Thread | Block
Scene = Callable[[Story], Shown]


def _card(story: Story, viewer: Sentinel | None = MARIE, **facts: object) -> Message:
    return cards.card(story.subject(story.request(**facts), team()), viewer, story.language)


CARDS: dict[str, Scene] = {
    "assigned": _card,
    "assigned-high-risk": lambda s: _card(s, **HIGH),
    "assigned-reason-required": lambda s: cards.card(s.subject(s.request(), strict()), MARIE, s.language),
    "assigned-modifiable": lambda s: cards.card(s.subject(s.payment()), MARIE, s.language),
    "started": lambda s: _card(s, started_at=NOW - timedelta(minutes=9)),
    "escalated": lambda s: cards.card(s.subject(s.escalated()), ANN, s.language),
    "escalated-by-silence": lambda s: cards.card(s.subject(s.silent()), ANN, s.language),
    "stand-in": lambda s: cards.card(s.subject(s.stood_in()), PAUL, s.language),
    "passed-on": lambda s: cards.card(s.subject(s.escalated()), MARIE, s.language),
    "hidden-text": lambda s: cards.card(s.subject(s.long()), MARIE, s.language),
    "invisible-and-confusable": lambda s: _card(s, summary=s.text("lure"), context=None),
    "question-waits": lambda s: cards.card(s.subject(s.request(), answered=False), MARIE, s.language),
    "question-answered": lambda s: cards.card(s.subject(s.request(), answered=True), MARIE, s.language),
    "not-configured": lambda s: _card(s, EVERYBODYS, domain="zoning", expires_at=None),
    "channel-pending": lambda s: cards.card(s.subject(s.pending()), None, s.language),
    "channel-facts": lambda s: _card(s, None),
    "channel-content": lambda s: cards.card(s.subject(s.request(), showing()), None, s.language),
    "channel-started": lambda s: _card(s, None, started_at=NOW - timedelta(minutes=9)),
    "approved": lambda s: _ended(s, Verdict.APPROVED),
    "rejected": lambda s: _ended(s, Verdict.REJECTED, s.text("why not")),
    "modified": lambda s: _modified(s),
    "escalated-final": lambda s: _ended(s, Verdict.ESCALATED, s.text("above me")),
    "stand-in-approved": lambda s: cards.card(s.subject(s.stood_in(ended=True)), PAUL, s.language),
    "expired": lambda s: cards.card(s.subject(s.ended(State.EXPIRED)), MARIE, s.language),
    "cancelled": lambda s: cards.card(s.subject(s.ended(State.CANCELLED)), MARIE, s.language),
    "channel-approved": lambda s: cards.card(
        s.subject(s.ended(State.DECIDED, Verdict.APPROVED)), None, s.language
    ),
    "copy-closed": lambda s: cards.closed_copy(s.language),
    "digest": lambda s: _digest(s),
    "thread": lambda s: _thread(s),
    "operations": lambda s: alarms.told_of_request("waiting", None, s.subject(s.pending()), s.language),
}

REFUSALS: dict[str, Scene] = {
    "refused-not-assigned": lambda s: _refused(s, Refusal.NOT_ASSIGNED),
    "refused-own-request": lambda s: _refused(s, Refusal.REQUESTER),
    "refused-unknown": lambda s: Whisper(refusal(NotLinked(None, "unknown"), Hearer(s.language))),
    "refused-late": lambda s: _told(s, errors.AlreadyEnded(s.ended(State.EXPIRED), "decide")),
    "refused-content-changed": lambda s: _told(s, errors.ContentChanged(s.request(), 1)),
    "refused-gone": lambda s: _told(s, errors.RequestNotFound("12")),
}

VIEWS: dict[str, Scene] = {
    "approve": lambda s: modals.approving(s.subject(s.request(), strict()), s.language),
    "approve-long": lambda s: modals.approving(s.subject(s.long()), s.language),
    "approve-long-last": lambda s: modals.approving(s.subject(s.long()), s.language, page=1),
    "approve-form": lambda s: modals.approving(s.subject(s.reviewed()), s.language),
    "reject": lambda s: modals.rejecting(s.subject(s.request()), s.language),
    "modify": lambda s: modals.modifying(s.subject(s.payment()), s.language),
    "escalate": lambda s: modals.escalating(s.subject(s.request()), [ANN], s.language),
    "escalate-nobody-now": lambda s: modals.escalating(s.subject(s.request()), [], s.language),
    "escalate-nobody-above": lambda s: modals.escalating(s.subject(s.request()), [], s.language, ends=True),
    "ask": lambda s: modals.asking(s.subject(s.request(), answered=True), s.language),
    "details": lambda s: modals.details(
        s.subject(s.request(), answered=True),
        history.lines(s.events(s.request()), s.subject(s.request(), answered=True), s.language),
        s.language,
    ),
    "details-ended": lambda s: _details_ended(s),
    "details-long": lambda s: modals.details(s.subject(s.long()), [], s.language),
    "bulk": lambda s: bulk.approving(list(s.orders(3)), s.language),
    "bulk-results": lambda s: _results(s),
    "away": lambda s: home.away([PAUL, ANN], s.language),
    "race-lost": lambda s: modals.notice(
        refusal(
            errors.AlreadyEnded(s.ended(State.DECIDED, Verdict.REJECTED, s.text("why not")), "decide"),
            Hearer(s.language, PAUL.id),
        ),
        s.language,
    ),
    "waiting": lambda s: modals.waiting(s.language),
    "recorded": lambda s: modals.recorded(s.language),
    "error": lambda s: modals.notice(refusal(errors.StoreUnavailable(), Hearer(s.language)), s.language),
}

HOMES: dict[str, Scene] = {
    "home-empty": lambda s: _home(s, 0),
    "home-inbox": lambda s: _home(s, 4),
    "home-backup": lambda s: _home(s, 1, backup=True),
    "home-paged": lambda s: _home(s, 45, page=1),
    "home-away": lambda s: _home(s, 0, away=True),
    "home-stranger": lambda s: home.stranger(refusal(NotLinked(None, "unknown"), Hearer(s.language))),
}

SCENES: dict[str, Scene] = CARDS | REFUSALS | VIEWS | HOMES


def _ended(story: Story, verdict: Verdict, why: str | None = None) -> Message:
    return cards.card(story.subject(story.ended(State.DECIDED, verdict, why)), MARIE, story.language)


def _modified(story: Story) -> Message:
    ended = story.ended(State.DECIDED, Verdict.MODIFIED)
    decision = ended.decision and replace(ended.decision, modified=story.text("changes"))
    request = story.payment(state=ended.state, ended_at=ended.ended_at, decision=decision)
    return cards.card(story.subject(request), MARIE, story.language)


def _details_ended(story: Story) -> Block:
    about = story.subject(story.ended(State.DECIDED, Verdict.APPROVED, story.text("why")), answered=True)
    told = history.lines(story.history(about.request), about, story.language)
    return modals.details(about, told, story.language)


def _digest(story: Story) -> Message:
    ended = story.subject(story.ended(State.DECIDED, Verdict.APPROVED), team())
    passed_on = story.subject(replace(story.escalated(), number=14))
    pauls = replace(story.request(), id=request_id(30), number=30, assigned_to=PAUL.id)
    backed = story.subject(pauls, team(backups=True))
    return digest([*story.orders(4), ended, passed_on, backed], MARIE, story.language)


def _thread(story: Story) -> Thread:
    request = story.ended(State.DECIDED, Verdict.APPROVED)
    about = story.subject(request, answered=True)
    before = story.subject(story.request(), answered=True)
    told = story.history(request)[2:]
    replies = tuple(history.threaded(event, before, MARIE, story.language) for event in told)
    return Thread(cards.card(about, MARIE, story.language), replies)


def _refused(story: Story, why: Refusal) -> Whisper:
    error = errors.NotAuthorised(story.request(), PAUL, why.value)
    return Whisper(refusal(error, Hearer(story.language, PAUL.id, (MARIE, ANN))))


def _told(story: Story, error: errors.ApprovalError) -> Whisper:
    return Whisper(refusal(error, Hearer(story.language, PAUL.id)))


def _results(story: Story) -> Block:
    language, lot = story.language, story.orders(3)
    late = errors.AlreadyEnded(replace(lot[2].request, state=State.CANCELLED, ended_at=NOW), "decide")
    told = [bulk.approved(subject, language) for subject in lot[:2]]
    return bulk.results([*told, bulk.refused(lot[2], refusal(late, Hearer(language)))], language)


def _home(story: Story, count: int, page: int = 0, *, away: bool = False, backup: bool = False) -> Block:
    language = story.language
    until = NOW + timedelta(days=3) if away else None
    person = reader(MARIE, language, until)
    mine = [story.subject(story.request(**HIGH)), *story.orders(max(0, count - 1))]
    recent = [
        story.subject(replace(story.ended(State.DECIDED, Verdict.APPROVED), number=11)),
        story.subject(replace(story.ended(State.DECIDED, Verdict.REJECTED), number=9)),
        story.subject(replace(story.ended(State.EXPIRED), number=7)),
    ]
    backing = (story.subject(story.request(id=request_id(31), number=31)),) if backup else ()
    waiting = sorted(mine[:count], key=lambda subject: str(subject.request.expires_at))
    inbox = Inbox((Post(team(), person),), tuple(waiting), tuple(recent if count else ()), backing)
    return home.home(inbox, CATALOGUES.names, language, NOW, page)
