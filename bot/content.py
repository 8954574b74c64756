"""What the agent wrote, as blocks: cut on a card and counted, whole in the full view. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from approvals.model import ApprovalRequest
from bot import action_ids, text
from bot.blocks import Block, bold, context, divider, paragraphs, section, theirs, words
from bot.doubts import doubts
from bot.facts import agent_words
from bot.language import Language, msgid
from bot.subject import Passage, Question, Subject

# How much of each passage a card shows. Together with the facts it stays under what Slack takes.
ON_CARD = {"title": 300, "summary": 2500, "action": 2000, "context": 2000}
ON_ENDED_CARD = {"title": 300, "summary": 600, "action": 0, "context": 0}

ASKED_ON_CARD = 600

CHUNK = 2900
"""The weight of one section in the full view; Slack's limit is 3000."""

PAGE = 9
"""How many blocks of content one view holds, so that the whole, the largest form included, stays under
Slack's 250 KB even where every character needs six bytes on the wire."""

_LABELS = {
    "title": msgid("Title"),
    "summary": msgid("Summary"),
    "action": msgid("What it would do"),
    "context": msgid("Context"),
}


_BLOCKS = {"summary": action_ids.SUMMARY_BLOCK, "context": action_ids.CONTEXT_BLOCK}


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What a card shows of the agent's words, and how many characters it does not."""

    blocks: list[Block]
    hidden: int


def excerpt(subject: Subject, limits: dict[str, int], language: Language) -> Excerpt:
    """The agent's words within the limits, marked as the agent's."""
    shown: list[Block] = []
    hidden = 0
    for passage in subject.passages:
        fitted = text.fit(passage.text, limits[passage.kind]) if limits[passage.kind] else None
        hidden += len(passage.text) if fitted is None else fitted.hidden
        if fitted is not None:
            shown += [_label(passage, language), section(theirs(fitted.text), _BLOCKS.get(passage.kind))]
    return Excerpt([*_frame(subject, language), *shown], hidden)


def short(subject: Subject, limits: dict[str, int], language: Language) -> list[Block]:
    """An excerpt that says how much it leaves out. Nothing is decided from it alone."""
    shown = excerpt(subject, limits, language)
    if not shown.hidden:
        return shown.blocks
    told = language.ngettext(
        "🔎 {n} more character is on the record.", "🔎 {n} more characters are on the record.", shown.hidden
    )
    return [*shown.blocks, context(words(told))]


def conversation(subject: Subject, language: Language) -> Excerpt:
    """The last question to the agent, as a card shows it."""
    blocks: list[Block] = []
    for question in subject.questions[-1:]:
        blocks += _question(question, [text.fit(question.text, ASKED_ON_CARD).text], language)
        if question.answer is not None:
            blocks.append(section(theirs(text.fit(question.answer, ASKED_ON_CARD).text)))
    return Excerpt(blocks, _unread(subject))


def hidden_on_card(subject: Subject) -> int:
    """How many characters of the agent's words a card with content leaves out."""
    return sum(text.fit(p.text, ON_CARD[p.kind]).hidden for p in subject.passages) + _unread(subject)


def pages(subject: Subject, language: Language) -> list[list[Block]]:
    """All of the agent's words, its answers included, in as many pages as they need; at least one."""
    passages = chain.from_iterable(_whole(passage, language) for passage in subject.passages)
    asked = chain.from_iterable(_asked(question, language) for question in subject.questions)
    whole = [*passages, *asked]
    cut = [whole[start : start + PAGE] for start in range(0, len(whole), PAGE)] or [[]]
    return [[*_frame(subject, language), *page] for page in cut]


def _unread(subject: Subject) -> int:
    """How many characters of the agent's answers a card does not show."""
    answers = [question.answer or "" for question in subject.questions]
    last = answers[-1] if answers else ""
    return sum(map(len, answers[:-1])) + text.fit(last, ASKED_ON_CARD).hidden


def by_agent(request: ApprovalRequest, language: Language) -> Block:
    """Says whose the words below are."""
    name = agent_words(request)
    return context(theirs(language.gettext("🤖 Written by the agent, not by the desk: {agent}", agent=name)))


def _frame(subject: Subject, language: Language) -> list[Block]:
    """The line under which everything is the agent's."""
    nothing = [] if subject.passages else [section(words(language.gettext("The agent wrote nothing.")))]
    answers = (question.answer or "" for question in subject.questions)
    warned = doubts(chain((passage.text for passage in subject.passages), answers), language)
    return [divider(), by_agent(subject.request, language), *warned, *nothing]


def _whole(passage: Passage, language: Language) -> Iterable[Block]:
    yield _label(passage, language)
    yield from paragraphs(text.chunks(passage.text, CHUNK))


def _label(passage: Passage, language: Language) -> Block:
    return section(bold(language.gettext(_LABELS[passage.kind])))


def _asked(question: Question, language: Language) -> Iterable[Block]:
    yield from _question(question, text.chunks(question.text, CHUNK), language)
    if question.answer is not None:
        yield from paragraphs(text.chunks(question.answer, CHUNK))


def _question(question: Question, asked: Sequence[str], language: Language) -> Iterable[Block]:
    """A question, and the line under which its answer stands."""
    name = text.line(question.asker, 120)
    yield section(
        theirs(language.gettext("❓ Question {number}, by {name}", number=question.number, name=name))
    )
    yield from paragraphs(asked)
    if question.answer is None:
        yield context(words(language.gettext("The agent has not answered yet.")))
    else:
        yield context(words(language.gettext("🤖 Answered by the agent:")))
