"""The card of a request, in every state and on every surface. Pure.

Above stand the desk's facts, below them what the agent wrote, marked as the agent's. The buttons
are there only while the request can be decided, and only where the reader may decide it.
"""

from __future__ import annotations

from approvals.model import Reasoning, Risk, Sentinel, State
from bot import action_ids, facts, text
from bot.blocks import (
    Block,
    actions,
    button,
    confirm,
    context,
    header,
    markup,
    section,
    theirs,
    words,
)
from bot.content import ON_CARD, ON_ENDED_CARD, conversation, excerpt, hidden_on_card, short
from bot.language import Language
from bot.message import Message
from bot.outline import outline
from bot.subject import Subject
from bot.templates import modifiable, needs_form

OPEN_COLOUR = "#daa038"
STARTED_COLOUR = "#2d74da"
IDLE_COLOUR = "#dddddd"

REASON = 1500
"""How much of a reasoning a card shows."""


def card(subject: Subject, viewer: Sentinel | None, language: Language) -> Message:
    """The request as `viewer` sees it in their direct messages; None: as a channel sees it."""
    if subject.request.state.terminal:
        return _ended(subject, viewer, language)
    if subject.request.state is State.PENDING or not (viewer is None or subject.may_act(viewer)):
        return _idle(subject, viewer, language)
    return _open(subject, viewer, language)


def decides_in_one_click(subject: Subject, viewer: Sentinel | None) -> bool:
    """Whether Approve on this surface decides at once: nothing was hidden and no words are asked for."""
    return (
        subject.domain.reasoning is not Reasoning.REQUIRED
        and subject.shows_content(viewer)
        and hidden_on_card(subject) == 0
        and not needs_form(subject.request)
    )


def closed_copy(language: Language) -> Message:
    """What stands in place of a card that is not the one on record."""
    told = language.gettext("This is a copy. The request is decided on its other card.")
    return Message(told, [section(words(told))])


def _open(subject: Subject, viewer: Sentinel | None, language: Language) -> Message:
    title = facts.heading(subject, language)
    agent = text.inert(facts.agent_words(subject.request), facts.NAME)
    started = subject.looked_at_since is not None
    sign = "👀" if started else "⏫" if subject.request.escalations else "🔔"
    return Message(
        language.gettext("{title}: {agent} asks for a decision.", title=title, agent=agent),
        [
            header(f"{sign} {title}", action_ids.HEADER_BLOCK),
            *facts.facts(subject, language),
            *_passed_up(subject, language),
            *_content(subject, viewer, language),
            buttons(subject, viewer, language),
            *_small_print(subject, viewer, language),
        ],
        _holder(subject, language),
        STARTED_COLOUR if started else OPEN_COLOUR,
    )


def _idle(subject: Subject, viewer: Sentinel | None, language: Language) -> Message:
    """Open, but nothing for this reader to do: waiting for somebody, or passed on."""
    title = facts.heading(subject, language)
    passed_on = language.gettext("{title}: nothing for you to do.", title=title)
    waiting = language.gettext("{title}: waiting for somebody qualified.", title=title)
    return Message(
        waiting if viewer is None else passed_on,
        [
            header(f"🕓 {title}", action_ids.HEADER_BLOCK),
            *facts.facts(subject, language),
            *_passed_up(subject, language),
            *(
                []
                if viewer is None
                else [context(words(language.gettext("There is nothing for you to do.")))]
            ),
            facts.origin(subject, language),
        ],
        _holder(subject, language),
        IDLE_COLOUR,
    )


def _ended(subject: Subject, viewer: Sentinel | None, language: Language) -> Message:
    request = subject.request
    heading = facts.heading(subject, language)
    title = f"{facts.outcome_words(request, language)} · {heading}"
    shown = viewer is not None or subject.shows_content(None)
    return Message(
        text.inert(f"{heading}. {ending(subject, language)}", 500),
        [
            header(title, action_ids.HEADER_BLOCK),
            *facts.facts(subject, language),
            *(short(subject, ON_ENDED_CARD, language) if shown else []),
            *_reading(subject, viewer, language),
            facts.origin(subject, language),
        ],
        outcome(subject, language, shown=shown),
        facts.OUTCOMES[request.outcome or ""][2],
    )


def ending(subject: Subject, language: Language) -> str:
    """How it ended, who ended it and when, as plain text; empty while open."""
    ended_at = subject.request.ended_at
    if ended_at is None:
        return ""
    return _ending(
        subject, language, text.line(facts.decider(subject, language), facts.NAMES), language.moment(ended_at)
    )


def _ending(subject: Subject, language: Language, name: str, when: str) -> str:
    outcome = facts.outcome_words(subject.request, language)
    if subject.request.decision is None:
        return language.gettext("{outcome}, {when}", outcome=outcome, when=when)
    return language.gettext("{outcome} by {name}, {when}", outcome=outcome, name=name, when=when)


def outcome(subject: Subject, language: Language, *, shown: bool) -> list[Block]:
    """Beside the coloured bar, and on top of the full view.

    The outcome, who, when in everybody's own zone, what was changed, and why.
    """
    request = subject.request
    when = language.dated(request.ended_at) if request.ended_at else ""
    told = section(
        markup(_ending(subject, language, text.inert(facts.decider(subject, language), facts.NAMES), when))
    )
    changed = outline(request.decision.modified) if request.decision and request.decision.modified else ""
    reasoning = (request.decision.reasoning if request.decision else None) or ""
    return [
        told,
        *_quoted(language.gettext("As it was approved"), changed if shown else ""),
        *_quoted(language.gettext("Reasoning"), reasoning),
    ]


def _quoted(label: str, said: str) -> list[Block]:
    """Somebody's words under a label, as many as a card holds; nothing where nothing was said."""
    return [context(words(label)), section(theirs(text.fit(said, REASON).text))] if said else []


def _content(subject: Subject, viewer: Sentinel | None, language: Language) -> list[Block]:
    if not subject.shows_content(viewer):
        told = language.gettext("What the agent wrote is not shown here. Approve and Details open it.")
        return [context(words(told))]
    shown = excerpt(subject, ON_CARD, language)
    talk = conversation(subject, language)
    hidden = shown.hidden + talk.hidden
    if not hidden:
        return [*shown.blocks, *talk.blocks]
    told = language.ngettext(
        "🔎 {n} character hidden. Approve opens the full view.",
        "🔎 {n} characters hidden. Approve opens the full view.",
        hidden,
    )
    return [*shown.blocks, *talk.blocks, context(words(told))]


def _passed_up(subject: Subject, language: Language) -> list[Block]:
    """The last escalation: who, and why."""
    if not subject.request.escalations:
        return []
    last = subject.request.escalations[-1]
    when = language.dated(last.at)
    if last.by_name is None:
        told = language.gettext("⏫ Escalated, {when}: nobody had reacted in time.", when=when)
        return [section(markup(told))]
    name = text.inert(last.by_name, facts.NAME)
    told = language.gettext("⏫ Escalated by {name}, {when}:", name=name, when=when)
    return [section(markup(told)), section(theirs(text.fit(last.reasoning or "", 600).text))]


def _holder(subject: Subject, language: Language) -> list[Block]:
    holder = subject.holder
    if holder is None:
        return [section(words(language.gettext("🕓 Waiting until somebody qualified is available.")))]
    name = text.line(holder.name, facts.NAME)
    told = language.gettext("👤 With {name}, tier {tier}.", name=name, tier=holder.tier)
    if subject.principal is not None:
        told = language.gettext(
            "👤 With {name}, tier {tier}, who stands in for {absent}.",
            name=name,
            tier=holder.tier,
            absent=text.line(subject.principal.name, facts.NAME),
        )
    return [section(theirs(told)), *_first_look(subject, language)]


def _first_look(subject: Subject, language: Language) -> list[Block]:
    """That somebody is reading it already, and since when."""
    since = subject.looked_at_since
    if since is None:
        return []
    told = language.gettext("👀 Somebody has been looking at it since {when}", when=language.dated(since))
    return [context(markup(told))]


def _small_print(subject: Subject, viewer: Sentinel | None, language: Language) -> list[Block]:
    why = [] if viewer is None else [context(theirs(facts.why_you(subject, viewer, language)))]
    return [*why, facts.origin(subject, language)]


def _reading(subject: Subject, viewer: Sentinel | None, language: Language) -> list[Block]:
    """The way to all that was decided upon, for whoever may read it; in a channel nobody knows who looks."""
    if viewer is None or not subject.may_read(viewer):
        return []
    label = language.pgettext("button", "Details")
    spoken = language.gettext("{label}: request {id}", label=label, id=subject.request.id)
    press = button(label, action_ids.DETAILS, subject.request.id, spoken=spoken)
    return [actions([press], action_ids.ACTIONS_BLOCK)]


def buttons(subject: Subject, viewer: Sentinel | None, language: Language, *, on_card: bool = True) -> Block:
    """What can be done with the request: on a card everything, in a view what opens another view."""
    request = subject.request
    one_click = on_card and decides_in_one_click(subject, viewer)
    _ = language.pgettext
    labels = [
        (action_ids.APPROVE, _("button", "Approve") if one_click else _("button", "Approve…"), "primary"),
        (action_ids.REJECT, _("button", "Reject…"), "danger"),
        (action_ids.MODIFY, _("button", "Modify…"), None),
        (action_ids.ESCALATE, _("button", "Escalate…"), None),
        (action_ids.ASK, _("button", "Ask…"), None),
        (action_ids.DETAILS, _("button", "Details"), None),
    ]
    left_out = {action_ids.MODIFY} if not modifiable(request) else set()
    if not on_card:
        left_out.add(action_ids.DETAILS)
    return actions(
        [
            button(
                label,
                action_id,
                request.id,
                spoken=language.gettext("{label}: request {id}", label=label, id=request.id),
                style=style,
                confirm=_caution(subject, language) if on_card and action_id == action_ids.APPROVE else None,
            )
            for action_id, label, style in labels
            if action_id not in left_out
        ],
        action_ids.ACTIONS_BLOCK,
    )


def _caution(subject: Subject, language: Language) -> Block | None:
    """What asks once more before a high-risk approval counts."""
    if subject.request.risk is not Risk.HIGH:
        return None
    _ = language.pgettext
    return confirm(
        _("confirm title", "Approve a high risk?"),
        _("confirm text", "Your team marked this kind of request as high risk. Did you read all of it?"),
        _("confirm", "Approve"),
        _("confirm", "Go back"),
    )
