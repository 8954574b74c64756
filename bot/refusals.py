"""What a person is told when the desk refuses: one true sentence for each reason. Pure, plain text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.errors import SlackApiError

from approvals import errors
from approvals.authority import Refusal
from approvals.model import ApprovalRequest, Sentinel, SentinelId, State
from bot import facts, text
from bot.bulk import NotTogether
from bot.entries import Misfilled
from bot.identity import NotLinked, Unreachable
from bot.inbox import Ambiguous
from bot.language import Language, msgid
from bot.recognition import Copy
from bot.slack_api import NoAnswer

_NOT_YOURS = {
    Refusal.INACTIVE: msgid("You are not an active Sentinel any more, so you may not decide this one."),
    Refusal.DOMAIN: msgid("You may not decide this one: {domain} is not one of your domains."),
    Refusal.JURISDICTION: msgid("You may not decide this one: {place} is not one of your jurisdictions."),
    Refusal.REQUESTER: msgid(
        "You asked for this yourself, so somebody else has to decide it. There is no exemption."
    ),
    Refusal.KEY_OWNER: msgid(
        "The agent that asks is yours, so somebody else has to decide it. There is no exemption."
    ),
    Refusal.ESCALATED_IT: msgid("You escalated this one, so somebody above you decides it."),
    Refusal.TIER: msgid("This one was escalated above your tier, so you may not decide it any more."),
    Refusal.NOT_ASSIGNED: msgid("You may not decide this one: it is assigned to somebody else."),
    Refusal.PRINCIPAL: msgid(
        "It came to you in the place of somebody who may not decide it, so neither may you."
    ),
}

_NOT_LINKED = {
    "unknown": msgid(
        "Your Slack account is not linked to a Sentinel, so you cannot decide here."
        " Whoever runs Sentinel Desk can add you with your e-mail address."
    ),
    "guest": msgid("Guests cannot decide here. Ask whoever runs Sentinel Desk."),
    "stranger": msgid(
        "Your account belongs to another workspace and is not linked to a Sentinel,"
        " so you cannot decide here."
    ),
}

NAMED = 3
"""How many people are named as those who can decide."""


@dataclass(frozen=True, slots=True)
class Hearer:
    """Who is told: their language, who they are if that is known, and who may decide instead."""

    language: Language
    me: SentinelId | None = None
    deciders: tuple[Sentinel, ...] = ()


def refusal(error: Exception, hearer: Hearer) -> str:
    """Why nothing was done."""
    for kind in type(error).__mro__:
        say = _WORDS.get(kind)
        if say is not None:
            return say(error, hearer)
    return hearer.language.gettext("Something went wrong here. Look at the card before you try again.")


def ended(request: ApprovalRequest, me: SentinelId | None, language: Language) -> str:
    """How a request has ended, by whom and when."""
    when = _when(request.ended_at, language)
    if request.decision is None:
        sentence = _VOID if request.void else _UNDECIDED[request.state]
        return language.gettext(sentence, when=when)
    outcome = facts.outcome_words(request, language)
    name = text.line(request.decision.by_name or language.gettext("the desk's policy"), facts.NAME)
    if me is not None and request.decision.by == me:
        told = language.gettext(
            "You have already decided it. {outcome} ({when}).", outcome=outcome, when=when
        )
    else:
        told = language.gettext(
            "Already decided. {outcome} by {name} ({when}).", outcome=outcome, name=name, when=when
        )
    return f"{told} {_quoted(request.decision.reasoning, language)}".strip()


_VOID = msgid("🚫 It is void since {when}: the desk was restored from a backup. The agent has to ask again.")

_UNDECIDED = {
    State.EXPIRED: msgid("It expired on {when}: nobody had decided it before the deadline."),
    State.CANCELLED: msgid("The agent cancelled it on {when}, so there is nothing to decide any more."),
}


def _already(error: errors.AlreadyEnded, hearer: Hearer) -> str:
    return ended(error.request, hearer.me, hearer.language)


def _late(error: errors.DeadlinePassed, hearer: Hearer) -> str:
    language = hearer.language
    when = _when(error.request.expires_at, language)
    return language.gettext("It expired on {when}. Nothing is decided after the deadline.", when=when)


def _not_yours(error: errors.NotAuthorised, hearer: Hearer) -> str:
    request = error.request
    told = hearer.language.gettext(
        _NOT_YOURS[Refusal(error.reason)],
        domain=text.line(request.domain, facts.NAME),
        place=text.line(request.jurisdiction or "", facts.NAME),
    )
    return f"{told} {_who_can(hearer.deciders, hearer.language)}"


def _who_can(deciders: Sequence[Sentinel], language: Language) -> str:
    names = ", ".join(text.line(sentinel.name, 60) for sentinel in deciders[:NAMED])
    if not names:
        return language.gettext("Nobody else can decide it at the moment.")
    more = len(deciders) - NAMED
    if more <= 0:
        return language.gettext("Who can decide it: {names}.", names=names)
    return language.ngettext(
        "Who can decide it: {names} and {n} other.",
        "Who can decide it: {names} and {n} others.",
        more,
        names=names,
    )


def _unlinked(error: NotLinked, hearer: Hearer) -> str:
    return hearer.language.gettext(_NOT_LINKED.get(error.reason, _NOT_LINKED["unknown"]))


def _field(error: errors.InvalidField, hearer: Hearer) -> str:
    return hearer.language.gettext("That cannot be taken: {issue}.", issue=text.line(error.issue, 200))


def _ambiguous(error: Ambiguous, hearer: Hearer) -> str:
    return hearer.language.gettext(
        "Several of your projects have a request {number}. Write its id instead, as its card has it.",
        number=error.number,
    )


def _misfilled(error: Misfilled, hearer: Hearer) -> str:
    return hearer.language.gettext(next(iter(error.complaints.values())))


def _says(sentence: str) -> Callable[..., str]:
    """An answer that is the same for every error of its kind."""

    def say(error: Exception, hearer: Hearer) -> str:
        return hearer.language.gettext(sentence)

    return say


def _when(at: datetime | None, language: Language) -> str:
    return language.moment(at) if at else "?"


def _quoted(reasoning: str | None, language: Language) -> str:
    return language.gettext("“{said}”", said=text.line(reasoning, 600)) if reasoning else ""


_WORDS: dict[type, Callable[..., str]] = {
    errors.AlreadyEnded: _already,
    errors.DeadlinePassed: _late,
    errors.NotAuthorised: _not_yours,
    NotLinked: _unlinked,
    errors.InvalidField: _field,
    Misfilled: _misfilled,
    errors.CircularDelegation: _says(
        msgid("This person is away and passes everything back to you. Choose somebody who is here.")
    ),
    errors.ContentChanged: _says(
        msgid("The content changed since you saw it, so nothing was decided. Look again: it is new now.")
    ),
    errors.NobodyAbove: _says(
        msgid("Nobody stands above: no higher tier is configured for this domain. Approve or reject it.")
    ),
    errors.InvalidTarget: _says(
        msgid("This person cannot take it now. Choose somebody else, or leave the choice to the desk.")
    ),
    errors.ModifyNotHeard: _says(
        msgid("The agent cannot be told of changes here. Approve it as it is, or reject it.")
    ),
    errors.IllegalMove: _says(
        msgid("That is not possible now: the request waits until somebody qualified is available.")
    ),
    errors.RequestNotFound: _says(
        msgid("This request is gone. What waits for you is on the Home tab of Sentinel Desk.")
    ),
    Ambiguous: _ambiguous,
    NotTogether: _says(msgid("These cannot be approved together, so none of them was. Open each by itself.")),
    errors.UnknownSentinel: _says(_NOT_YOURS[Refusal.INACTIVE]),
    errors.ReasoningRequired: _says(msgid("This decision needs a reasoning.")),
    errors.StoreUnavailable: _says(
        msgid("Not recorded: the desk's database did not answer. Please try again.")
    ),
    Copy: _says(msgid("This was a copy of the request's card, and it is closed now. Use the other card.")),
    Unreachable: _says(_NOT_LINKED["unknown"]),
    SlackApiError: _says(msgid("Not recorded: Slack did not answer the desk in time. Please try again.")),
    NoAnswer: _says(msgid("Not recorded: Slack did not answer the desk in time. Please try again.")),
}
