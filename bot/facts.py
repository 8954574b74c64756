"""What the desk itself knows of a request, worded: the upper half of every card and modal. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from approvals.model import ApprovalRequest, Priority, Risk, Sentinel, State, Verdict
from approvals.words import fold
from bot import action_ids, text
from bot.blocks import Block, bold, context, markup, table, theirs, words
from bot.doubts import doubts
from bot.language import Language, msgid
from bot.subject import Subject

# How a request type reads in a heading. Whatever an agent calls it otherwise stays out of there.
_TYPES = {
    "compliance": msgid("Compliance review"),
    "conformite": msgid("Compliance review"),
    "judgment": msgid("Judgment"),
    "jugement": msgid("Judgment"),
    "signature": msgid("Signature"),
}

_ANY_TYPE = msgid("Approval")

_RISKS = {
    Risk.LOW: ("🟢", msgid("Low")),
    Risk.NORMAL: ("🟡", msgid("Normal")),
    Risk.HIGH: ("🔴", msgid("High")),
}

_VOID = msgid("Void: the desk was restored from a backup")

_PRIORITIES = {
    Priority.LOW: msgid("low"),
    Priority.HIGH: msgid("high"),
    Priority.URGENT: msgid("urgent"),
}

OUTCOMES = {
    Verdict.APPROVED.value: ("✅", msgid("Approved"), "#2eb886"),
    Verdict.MODIFIED.value: ("📝", msgid("Approved with changes"), "#2eb886"),
    Verdict.REJECTED.value: ("⛔", msgid("Rejected"), "#a30200"),
    Verdict.ESCALATED.value: ("⏫", msgid("Escalated"), "#daa038"),
    State.EXPIRED.value: ("⌛", msgid("Expired"), "#dddddd"),
    State.CANCELLED.value: ("🚫", msgid("Cancelled by the agent"), "#dddddd"),
}
"""Outcome -> sign, word, colour: a state is never shown by its colour alone."""

NAME = 120
"""How much of a name that somebody else chose is shown in a fact."""

NAMES = 2 * NAME + 20
"""The same of two names with a word between them."""


def type_word(request: ApprovalRequest, language: Language) -> str:
    """The request type in the desk's own words."""
    return language.gettext(_TYPES.get(fold(request.request_type), _ANY_TYPE))


def risk_words(request: ApprovalRequest, language: Language) -> str:
    """The team's risk class as sign and word."""
    sign, word = _RISKS[request.risk]
    return f"{sign} {language.gettext(word)}"


def outcome_words(request: ApprovalRequest, language: Language) -> str:
    """How it ended, as sign and word; empty while open."""
    if request.outcome is None:
        return ""
    sign, word, _ = OUTCOMES[request.outcome]
    if request.void:
        word = _VOID
    return f"{sign} {language.gettext(word)}"


def decider(subject: Subject, language: Language) -> str:
    """Who decided, and in whose place if in somebody's; the desk's policy where nobody did."""
    request, absent = subject.request, subject.principal
    name = (request.decision.by_name if request.decision else None) or language.gettext("the desk's policy")
    name = text.line(name, NAME)
    if absent is None or request.decision is None or request.decision.by != request.assigned_to:
        return name
    return language.gettext("{name} for {absent}", name=name, absent=text.line(absent.name, NAME))


def agent_words(request: ApprovalRequest) -> str:
    """The agent by its name and id."""
    identity = text.line(request.agent_id, NAME)
    return f"{text.line(request.agent_name, NAME)} ({identity})" if request.agent_name else identity


def heading(subject: Subject, language: Language) -> str:
    """What is asked for and in which field, without a word of the agent's."""
    kind = type_word(subject.request, language)
    return f"{kind} · {subject.domain.slug}" if subject.configured else kind


def facts(subject: Subject, language: Language) -> list[Block]:
    """The table of facts, and what is doubtful in those that somebody else named."""
    request = subject.request
    foreign = (
        request.agent_name,
        request.agent_id,
        request.jurisdiction,
        request.requested_by,
        request.domain,
    )
    return [
        *table(list(_pairs(subject, language)), action_ids.FACTS_BLOCK),
        *doubts(filter(None, foreign), language),
    ]


def origin(subject: Subject, language: Language) -> Block:
    """The small print: the request's number and id, and how to name it."""
    request = subject.request
    return context(
        markup(language.gettext("Request {number} · {id}", number=request.number, id=request.id)),
    )


def why_you(subject: Subject, viewer: Sentinel, language: Language) -> str:
    """Why this person has the request, in one sentence."""
    request = subject.request
    values = {"domain": text.line(request.domain, NAME), "tier": viewer.tier}
    place = text.line(request.jurisdiction or "", NAME)
    if viewer.id != request.assigned_to:
        return language.gettext("You may decide it as a backup for {domain}.", **values)
    principal = subject.principal
    if principal is not None:
        name = text.line(principal.name, NAME)
        return language.gettext("It came to you because you stand in for {name}.", name=name)
    if request.escalations:
        return language.gettext("It was escalated, and you stand in tier {tier} of {domain}.", **values)
    if place:
        return language.gettext(
            "It came to you because you review {domain} for {place} (tier {tier}).", place=place, **values
        )
    return language.gettext("It came to you because you review {domain} (tier {tier}).", **values)


def _pairs(subject: Subject, language: Language) -> Iterator[tuple[Block, Block]]:
    request = subject.request
    yield bold(language.gettext("Agent")), theirs(agent_words(request))
    if subject.key_name:
        yield bold(language.gettext("API key")), theirs(text.line(subject.key_name, NAME))
    yield bold(language.gettext("Domain")), _domain(subject, language)
    place = request.jurisdiction
    anywhere = words(language.gettext("Not named"))
    yield bold(language.gettext("Jurisdiction")), theirs(text.line(place, NAME)) if place else anywhere
    yield bold(language.gettext("Risk")), words(risk_words(request, language))
    if request.priority is not Priority.NORMAL:
        # The record does not tell whether the agent said "normal" or nothing at all.
        yield bold(language.gettext("Priority")), words(_urgency(request, language))
    if request.requested_by:
        said = language.gettext("{name}, says the agent", name=text.line(request.requested_by, NAME))
        yield bold(language.gettext("On behalf of")), theirs(said)
    if not request.state.terminal:
        yield bold(language.gettext("Deadline")), _deadline(request, language)


def _urgency(request: ApprovalRequest, language: Language) -> str:
    urgency = language.gettext(_PRIORITIES[request.priority])
    return language.gettext("{urgency}, says the agent", urgency=urgency)


def _domain(subject: Subject, language: Language) -> Block:
    if subject.configured:
        return words(subject.domain.slug)
    name = text.line(subject.request.domain, NAME)
    return theirs(language.gettext("{domain} (not configured)", domain=name))


def _deadline(request: ApprovalRequest, language: Language) -> Block:
    if request.expires_at is None:
        return words(language.gettext("None"))
    return markup(language.dated(request.expires_at))
