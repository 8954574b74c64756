"""Many new requests in one message: a line for each, and the way to read it and to decide it. Pure.

The agent's words are not here: whoever decides has opened the request and seen all of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from approvals.model import Sentinel
from bot import action_ids, cards, facts, text
from bot.blocks import Block, button, context, markup, section, theirs, words
from bot.cards import IDLE_COLOUR
from bot.home import line
from bot.language import Language
from bot.message import Message
from bot.subject import Subject


def digest(subjects: Sequence[Subject], viewer: Sentinel, language: Language) -> Message:
    """These requests, at most DIGEST_HOLDS, as `viewer` sees them; those that ended keep their line."""
    told = _count(sum(subject.may_act(viewer) for subject in subjects), language)
    why = language.gettext("So many came at once that they stand together here. Open one to decide it.")
    in_order = sorted(subjects, key=lambda subject: subject.request.number)
    lines = [_line(subject, viewer, language) for subject in in_order]
    return Message(told, [section(words(f"📚 {told}")), context(words(why)), *lines], colour=IDLE_COLOUR)


def _count(waiting: int, language: Language) -> str:
    if not waiting:
        return language.gettext("Nothing here waits for you any more.")
    return language.ngettext(
        "{n} more request waits for your decision.", "{n} more requests wait for your decision.", waiting
    )


def _line(subject: Subject, viewer: Sentinel, language: Language) -> Block:
    if subject.may_act(viewer):
        return _open(subject, language)
    return context(theirs(_closed(subject, language)))


def _open(subject: Subject, language: Language) -> Block:
    request = subject.request
    label = language.pgettext("button", "Open #{number}", number=request.number)
    spoken = language.gettext("{label}: request {id}", label=label, id=request.id)
    press = button(label, action_ids.DIGEST_OPEN, request.id, spoken=spoken)
    block_id = action_ids.of_request(action_ids.DIGEST_OPEN, request.id)
    return section(markup(line(subject, language)), block_id, press)


def _closed(subject: Subject, language: Language) -> str:
    """How it ended, or who has it now."""
    heading = facts.heading(subject, language)
    return f"#{subject.request.number} {heading} · {_fate(subject, language)}"


def _fate(subject: Subject, language: Language) -> str:
    if subject.request.state.terminal:
        return cards.ending(subject, language)
    if subject.holder is None:
        return language.gettext("There is nothing for you to do.")
    return language.gettext("now with {name}", name=text.line(subject.holder.name, facts.NAME))
