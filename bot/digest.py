"""Many new requests in one message: a line for each, and the way to read it and to decide it. Pure.

Below a line stands what the agent calls the request, as on the Home tab. Nothing is decided here:
whoever decides has opened the request and seen all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from approvals.model import Sentinel
from bot import action_ids, cards, facts, text
from bot.blocks import Block, button, context, markup, section, theirs, words
from bot.cards import IDLE_COLOUR
from bot.home import first_words, line
from bot.language import Language
from bot.message import Message
from bot.subject import Subject

MOST_BLOCKS = 50


def digest(subjects: Sequence[Subject], viewer: Sentinel, language: Language) -> Message:
    """These requests as `viewer` sees them; those that ended keep their line.

    Up to DIGEST_HOLDS of them each have the agent's first words. Where two that lost their leases to each
    other put more on one message, as many as there is room for.
    """
    told = _count(sum(_holds(viewer, subject) for subject in subjects), language)
    why = language.gettext("So many came at once that they stand together here. Open one to decide it.")
    head = [section(words(f"📚 {told}")), context(words(why))]
    in_order = sorted(subjects, key=lambda subject: subject.request.number)
    room = MOST_BLOCKS - len(head) - len(in_order)
    return Message(told, [*head, *_lines(in_order, room, viewer, language)], colour=IDLE_COLOUR)


def _count(waiting: int, language: Language) -> str:
    if not waiting:
        return language.gettext("Nothing here waits for you any more.")
    return language.ngettext(
        "{n} more request waits for your decision.", "{n} more requests wait for your decision.", waiting
    )


def _holds(viewer: Sentinel, subject: Subject) -> bool:
    """Whether it waits for this person, and not for a colleague in whose place they may decide."""
    return subject.request.assigned_to == viewer.id and subject.may_act(viewer)


def _lines(subjects: Iterable[Subject], room: int, viewer: Sentinel, language: Language) -> Iterator[Block]:
    """A block for each, and a second one for the first `room` of those that can be opened."""
    for subject in subjects:
        if not subject.may_act(viewer):
            yield context(theirs(_closed(subject, language)))
            continue
        yield _open(subject, viewer, language)
        if room > 0:
            yield context(theirs(f"🤖 {first_words(subject)}"))
            room -= 1


def _open(subject: Subject, viewer: Sentinel, language: Language) -> Block:
    request = subject.request
    label = language.pgettext("button", "Open #{number}", number=request.number)
    spoken = language.gettext("{label}: request {id}", label=label, id=request.id)
    press = button(label, action_ids.DIGEST_OPEN, request.id, spoken=spoken)
    block_id = action_ids.of_request(action_ids.DIGEST_OPEN, request.id)
    return section(markup(line(subject, language) + _elsewhere(subject, viewer, language)), block_id, press)


def _elsewhere(subject: Subject, viewer: Sentinel, language: Language) -> str:
    """That a colleague has it now, where one has, and that it may be decided here all the same."""
    if subject.holder is None or _holds(viewer, subject):
        return ""
    name = text.inert(subject.holder.name, facts.NAME)
    told = language.gettext("👤 Now with {name}. You may decide it as a backup.", name=name)
    return f"\n{told}"


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
