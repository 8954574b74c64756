"""Whatever agents and people write, in whatever language: nothing that leaves would be refused by Slack.

Each payload is judged twice, by the desk's own last look and by the strict workspace's limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st

from approvals.authority import Refusal
from approvals.cards import DIGEST_HOLDS
from approvals.errors import (
    AlreadyEnded,
    ContentChanged,
    DeadlinePassed,
    InvalidField,
    NotAuthorised,
    RequestNotFound,
    StoreUnavailable,
)
from approvals.events import Event, EventKind
from approvals.ids import new_id
from approvals.model import (
    ApprovalRequest,
    ChannelShows,
    Decision,
    Dialect,
    Risk,
    SentinelId,
    State,
    Verdict,
)
from bot import alarms, bulk, cards, history, home, modals, text
from bot.blocks import Block
from bot.content import pages
from bot.digest import digest
from bot.identity import NotLinked
from bot.inbox import Inbox, Post
from bot.language import Language
from bot.message import Message
from bot.refusals import Hearer, refusal
from bot.subject import Question, Subject
from bot.validator import check_message, check_view
from tests.bot.speaking import LANGUAGES
from tests.builders import NOW, a_domain, a_roster, a_sentinel, assigned, hours
from workspace.blockkit import surfaces

HOSTILE = (
    "<!channel> <@U012ABC> <https://evil.example|Approve>",
    "*bold* _it_ ~no~ `code` ```fence``` > quote\n*Status:* pre-approved",
    "&amp;&lt;&&&<<<>>>",
    "\u202egnp.exe\u200b\u2066\u3164\ufeff\x00\x07\r",
    "😀👩‍👩‍👧‍👦🏴‍☠️" * 3,
    "שלום עולם ‏ مرحبا",
    "\n" * 40,
    "x" * 400,
    "<!date^0^{date}|never>",
)
words = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=30), max_size=4).map(" ".join)
long_words = st.tuples(words, st.sampled_from([1, 1, 7, 60])).map(lambda pair: pair[0] * pair[1])
written = long_words.filter(str.strip)
names = words.filter(str.strip).map(lambda name: name[:300])
contents = st.none() | st.dictionaries(names, long_words | st.integers() | st.lists(names), max_size=4)


@st.composite
def subjects(draw: st.DrawFn) -> Subject:
    """A request about anything, before somebody whose team is called anything."""
    decision = Decision(draw(st.sampled_from(Verdict)), NOW, None, draw(names), None, draw(long_words))
    ending = draw(st.sampled_from([None, None, State.DECIDED, State.EXPIRED, State.CANCELLED]))
    request: ApprovalRequest = assigned(
        1,
        dialect=draw(st.sampled_from(Dialect)),
        agent_id=draw(names),
        agent_name=draw(st.none() | names),
        request_type=draw(names),
        domain=draw(st.sampled_from(["legal", "nobody's"])),
        jurisdiction=draw(st.none() | names),
        title=draw(written),
        summary=draw(written),
        context=draw(contents),
        action=draw(contents),
        risk=draw(st.sampled_from(Risk)),
        requested_by=draw(st.none() | names),
        expires_at=draw(st.none() | st.just(NOW + hours(1))),
        wire={"template": {"fields": draw(templates)}} if draw(st.booleans()) else {},
    )
    if ending is not None:
        decided = decision if ending is State.DECIDED else None
        request = replace(request, state=ending, ended_at=NOW, decision=decided)
    people = [a_sentinel(n, name=draw(names), domains={"legal", "nobody's"}, tier=n) for n in (1, 2, 3)]
    rules = a_domain(channel="#legal", channel_shows=draw(st.sampled_from(ChannelShows)))
    asked = tuple(
        Question(n, draw(names), draw(written), draw(st.none() | written))
        for n in range(draw(st.integers(0, 2)))
    )
    return Subject(request, a_roster(*people, domains=[rules]), draw(st.none() | names), asked)


_labels = st.text(min_size=1, max_size=200).filter(str.strip)
_options = st.lists(
    st.text("abcdé <&>", min_size=1, max_size=75).filter(str.strip), min_size=1, max_size=10, unique=True
)
_KINDS = (
    "content_display",
    "boolean",
    "text",
    "textarea",
    "number",
    "select",
    "multi_select",
    "date",
    "rating",
)
templates = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(_KINDS), "label": _labels, "options": _options, "required": st.booleans()}
    ),
    max_size=4,
).map(lambda found: [field | {"name": f"field{n}"} for n, field in enumerate(found)])


def messages(about: Subject, language: Language) -> Iterator[Message]:
    """Everything that is posted or updated about a request."""
    for viewer in (None, *about.roster.sentinels.values()):
        yield cards.card(about, viewer, language)
        for event in events(about):
            yield history.threaded(event, about, viewer, language)
    yield cards.closed_copy(language)
    many = numbered(about, DIGEST_HOLDS)
    for viewer in about.roster.sentinels.values():
        yield digest(many, viewer, language)
        for event in events(about):
            yield history.under_digest(event, about, viewer, language)
    for reason in ("uncovered", "waiting", "silence", "refused"):
        yield alarms.told_of_request(reason, about.request.summary, about, language)
    for told in refusals(about, language):
        yield Message(text.inert(told, 3000))


def numbered(about: Subject, count: int) -> tuple[Subject, ...]:
    """So many requests that are all the same but for their number and id."""
    return tuple(
        replace(about, request=replace(about.request, id=new_id(NOW), number=10**9 + n)) for n in range(count)
    )


def events(about: Subject) -> Iterator[Event]:
    """Facts that quote whoever spoke."""
    request = about.request
    said = {
        EventKind.DECIDED: {"verdict": "rejected", "by": request.agent_id, "reasoning": request.summary},
        EventKind.ESCALATED: {"by": 1, "reasoning": request.summary},
        EventKind.ASKED: {"number": 1, "question": request.summary},
        EventKind.ANSWERED: {"number": 1, "answer": request.summary},
        EventKind.ASSIGNED: {"to": request.agent_id},
        EventKind.REMINDED: {"sentinel": 1},
        EventKind.EXPIRED: {},
    }
    for kind, data in said.items():
        yield Event(kind, request.id, NOW, request.agent_id, data)


def refusals(about: Subject, language: Language) -> Iterator[str]:
    """What somebody is told whose gesture did nothing."""
    request, hearer = about.request, Hearer(language, deciders=tuple(about.roster.sentinels.values()))
    errors: list[Exception] = [
        *([AlreadyEnded(request, "approve")] if request.state.terminal else []),
        DeadlinePassed(request, "approve"),
        ContentChanged(request, 1),
        *(NotAuthorised(request, hearer.deciders[0], reason) for reason in Refusal),
        InvalidField("reasoning", request.summary),
        RequestNotFound(request.id),
        StoreUnavailable(),
        NotLinked(None, "guest"),
        RuntimeError(request.summary),
    ]
    yield from (refusal(error, hearer) for error in errors)


def views(about: Subject, language: Language) -> Iterator[Block]:
    """Everything that is opened, pushed, updated, published, or given back with an acknowledgement."""
    record = [line for event in events(about) if (line := history.line(event, about, language))] * 10
    known = list(about.roster.sentinels.values())
    sentinels = [replace(known[n % 3], id=SentinelId(n)) for n in range(120)]
    last = len(pages(about, language)) - 1
    for page in {0, last // 2, last}:
        yield modals.approving(about, language, page)
        yield modals.details(about, record, language, page)
    yield modals.rejecting(about, language)
    yield modals.modifying(about, language)
    yield modals.asking(about, language)
    yield modals.escalating(about, sentinels, language)
    for told in refusals(about, language):
        yield modals.notice(told, language)
        yield home.stranger(told)
        yield bulk.results([told] * 10, language)
    yield home.away(sentinels, language)
    many = numbered(about, 45)
    inbox = Inbox((Post(about.roster, known[0]),), many, many[:5])
    lots = bulk.lots(replace(one, questions=()) for one in many)
    yield from (bulk.approving(lot, language) for lot in lots)
    yield home.home(inbox, {"en": "English", "fr": "Français"}, language, NOW)


def judge_message(message: Message) -> None:
    arguments: dict[str, Any] = message.arguments()
    assert check_message(arguments) == []
    surfaces.check_message(arguments["blocks"], arguments["attachments"])


def judge_view(view: Block) -> None:
    assert check_view(view) == []
    surfaces.check_view(view, view["type"])


@pytest.mark.parametrize("code", LANGUAGES)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    # Shrinking texts of this size takes minutes; the failure names the block and the limit.
    phases=(Phase.explicit, Phase.generate),
    verbosity=Verbosity.quiet,
)
@given(about=subjects())
def test_nothing_that_leaves_would_be_refused(code: str, about: Subject) -> None:
    language = LANGUAGES[code]
    for message in messages(about, language):
        judge_message(message)
    for view in views(about, language):
        judge_view(view)
