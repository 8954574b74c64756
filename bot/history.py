"""What happened to a request, in one line each: under the card, in the details. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from approvals.events import Event, EventKind
from approvals.model import VOID, Sentinel
from bot import facts, text
from bot.blocks import section, theirs
from bot.language import Language
from bot.message import Message
from bot.subject import Subject

REASON = 1500
"""How much of somebody's words a line quotes."""


def threaded(event: Event, subject: Subject, viewer: Sentinel | None, language: Language) -> Message:
    """The quiet entry under a card; in a channel that shows facts only, without the agent's words."""
    return _plain(_told(event, subject, viewer, language))


def under_digest(event: Event, subject: Subject, viewer: Sentinel | None, language: Language) -> Message:
    """The same under a digest, where it has to say which request it is about."""
    return _plain(f"#{subject.request.number} {_told(event, subject, viewer, language)}")


def _told(event: Event, subject: Subject, viewer: Sentinel | None, language: Language) -> str:
    if event.kind is EventKind.ANSWERED and not subject.shows_content(viewer):
        return language.gettext("🤖 The agent answered question {number}.", number=event.data["number"])
    return line(event, subject, language) or event.kind.value


def lines(events: Iterable[Event], subject: Subject, language: Language) -> list[str]:
    """The whole record, oldest first, each line with its time."""
    told = ((event, line(event, subject, language)) for event in events)
    return [f"{language.moment(event.at)}  {each}" for event, each in told if each]


def line(event: Event, subject: Subject, language: Language) -> str | None:
    """One fact in one sentence, quoting whoever spoke."""
    say = _LINES.get(event.kind)
    return None if say is None else say(event, subject, language)


def _submitted(event: Event, subject: Subject, language: Language) -> str:
    return language.gettext("📨 The agent asked, with the key {name}.", name=_name(event.actor))


def _assigned(event: Event, subject: Subject, language: Language) -> str:
    principals = event.data.get("in_place_of")
    if not principals:
        return language.gettext("👤 Given to {name}.", name=_name(event.data["to"]))
    return language.gettext(
        "👤 Given to {name}, who stands in for {absent}.",
        name=_name(event.data["to"]),
        absent=_name(principals[0]),
    )


def _escalated(event: Event, subject: Subject, language: Language) -> str:
    if event.data.get("by") is None:
        return language.gettext("⏫ Escalated: nobody had reacted in time.")
    told = language.gettext("⏫ Escalated by {name}:", name=_name(event.actor))
    return f"{told} {_quote(event.data.get('reasoning'))}"


def _decided(event: Event, subject: Subject, language: Language) -> str:
    sign, word, _ = facts.OUTCOMES[str(event.data["verdict"])]
    told = language.gettext(
        "{sign} {outcome} by {name}.",
        sign=sign,
        outcome=language.gettext(word),
        name=facts.decider(subject, language),
    )
    return f"{told} {_quote(event.data.get('reasoning'))}".strip()


def _reminded(event: Event, subject: Subject, language: Language) -> str:
    expires_at = subject.request.expires_at
    if expires_at is None:
        return language.gettext("⏰ This still waits for your decision.")
    when = language.moment(expires_at)
    return language.gettext("⏰ This still waits for your decision (deadline: {when}).", when=when)


def _expired(event: Event, subject: Subject, language: Language) -> str:
    return language.gettext("⌛ Expired: nobody decided before the deadline.")


def _cancelled(event: Event, subject: Subject, language: Language) -> str:
    if event.data.get(VOID):
        return language.gettext("🚫 Void: the desk was restored from a backup. The agent has to ask again.")
    return language.gettext("🚫 Cancelled by the agent.")


def _asked(event: Event, subject: Subject, language: Language) -> str:
    told = language.gettext(
        "❓ {name} asked the agent (question {number}):", name=_name(event.actor), number=event.data["number"]
    )
    return f"{told} {_quote(event.data['question'])}"


def _answered(event: Event, subject: Subject, language: Language) -> str:
    told = language.gettext("🤖 The agent answered question {number}:", number=event.data["number"])
    return f"{told} {_quote(event.data['answer'])}"


def _name(name: object) -> str:
    return text.line(str(name), facts.NAME)


def _quote(words: object) -> str:
    return text.fit(str(words), REASON).text if words else ""


def _plain(told: str) -> Message:
    return Message(text.inert(told, 500), [section(theirs(text.fit(told, 2900).text))])


_LINES: dict[EventKind, Callable[[Event, Subject, Language], str]] = {
    EventKind.SUBMITTED: _submitted,
    EventKind.ASSIGNED: _assigned,
    EventKind.ESCALATED: _escalated,
    EventKind.REMINDED: _reminded,
    EventKind.DECIDED: _decided,
    EventKind.EXPIRED: _expired,
    EventKind.CANCELLED: _cancelled,
    EventKind.ASKED: _asked,
    EventKind.ANSWERED: _answered,
}
