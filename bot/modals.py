"""The views that open over Slack: deciding, escalating, asking, reading it all, being told. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from approvals.model import Reasoning, Sentinel, Verdict
from bot import action_ids, cards, facts, forms, text
from bot.blocks import (
    Block,
    actions,
    bold,
    button,
    context,
    divider,
    entry,
    header,
    modal,
    option,
    paragraphs,
    section,
    select,
    theirs,
    typed,
    words,
)
from bot.content import CHUNK, conversation, pages, short
from bot.language import Language
from bot.metadata import Routing
from bot.subject import Subject

SHORTEST_REASONING = 3
"""So short that nobody is held up, so long that a stray key is not a reason."""

IN_MODAL = {"title": 300, "summary": 1500, "action": 800, "context": 800}

MOST_TARGETS = 100

MOST_HISTORY = 4
"""How many sections of history a view holds beside its content; one less where the outcome stands there."""


def approving(subject: Subject, language: Language, page: int = 0) -> Block:
    """The full view whose own button approves: all of the content, and the words that are asked for.

    A request too long for one view is leafed through, and only the last page has the button.
    """
    content = pages(subject, language)
    routed = _routed(subject, Verdict.APPROVED, page)
    _ = language.pgettext
    if page < len(content) - 1:
        button_is = language.gettext("The button that approves is on the last one.")
        blocks = [
            *_head(subject, language),
            *_place(page, len(content), language, button_is),
            *content[page],
            _leaves(page, len(content), language),
        ]
        return _view(action_ids.DECIDE_MODAL, _("title", "Approve"), blocks, routed, language)
    required = subject.domain.reasoning is Reasoning.REQUIRED
    blocks = [
        *_head(subject, language),
        *_place(page, len(content), language),
        *content[page],
        *([_leaves(page, len(content), language)] if page else []),
        divider(),
        *forms.inputs(subject.request, Verdict.APPROVED, language),
        _reasoning(language, optional=not required),
    ]
    title = _("title", "Approve")
    return _view(action_ids.DECIDE_MODAL, title, blocks, routed, language, title)


def rejecting(subject: Subject, language: Language) -> Block:
    """Asks for the reason of a rejection."""
    _ = language.pgettext
    blocks = [
        *_head(subject, language),
        *short(subject, IN_MODAL, language),
        divider(),
        *forms.inputs(subject.request, Verdict.REJECTED, language),
        _reasoning(language, optional=False),
    ]
    routed = _routed(subject, Verdict.REJECTED)
    return _view(
        action_ids.DECIDE_MODAL, _("title", "Reject"), blocks, routed, language, _("title", "Reject")
    )


def modifying(subject: Subject, language: Language) -> Block:
    """Approves with changes: the text as the agent wrote it, to be edited, below everything else it wrote."""
    _ = language.pgettext
    content = list(chain.from_iterable(pages(subject, language)[:1]))
    required = subject.domain.reasoning is Reasoning.REQUIRED
    blocks = [
        *_head(subject, language),
        *content,
        divider(),
        forms.edited(subject.request, language),
        *forms.inputs(subject.request, Verdict.MODIFIED, language),
        _reasoning(language, optional=not required),
    ]
    routed = _routed(subject, Verdict.MODIFIED)
    submit = _("title", "Approve changes")
    return _view(action_ids.DECIDE_MODAL, _("title", "Modify"), blocks, routed, language, submit)


def escalating(
    subject: Subject, targets: Sequence[Sentinel], language: Language, *, ends: bool = False
) -> Block:
    """Asks why it goes up, and offers whom of those above it can go to.

    `ends`: nobody stands above at all, so that the agent is told that it was escalated.
    """
    _ = language.pgettext
    blocks = [*_head(subject, language), *short(subject, IN_MODAL, language), divider()]
    if targets:
        blocks.append(_target(targets[:MOST_TARGETS], language))
    else:
        waits = language.gettext("Nobody above is available now, so it will wait for them.")
        final = language.gettext("No higher tier is configured: it ends here, and the agent is told so.")
        blocks.append(context(words(final if ends else waits)))
    blocks.append(_reasoning(language, optional=False))
    title = _("title", "Escalate")
    return _view(action_ids.ESCALATE_MODAL, title, blocks, _routed(subject), language, title)


def asking(subject: Subject, language: Language) -> Block:
    """Asks the agent something instead of deciding."""
    _ = language.pgettext
    label = words(language.gettext("Your question to the agent"))
    hint = language.gettext("The request stays open until the agent answers and you decide.")
    blocks = [
        *_head(subject, language),
        *conversation(subject, language).blocks,
        entry(label, typed(action_ids.QUESTION, shortest=SHORTEST_REASONING, longest=2000), hint=hint),
    ]
    title = _("title", "Ask the agent")
    return _view(action_ids.ASK_MODAL, title, blocks, _routed(subject), language, _("title", "Ask"))


def details(subject: Subject, history: Sequence[str], language: Language, page: int = 0) -> Block:
    """Everything there is to read.

    The buttons below open the views that decide; of what has ended, the outcome stands above instead.
    """
    _ = language.pgettext
    content = pages(subject, language)
    ended, last = subject.request.state.terminal, page == len(content) - 1
    blocks = [
        *_head(subject, language),
        *(cards.outcome(subject, language, shown=True) if ended else []),
        *_place(page, len(content), language),
        *content[page],
        *([_leaves(page, len(content), language)] if len(content) > 1 else []),
        *(_history(history, MOST_HISTORY - ended, language) if last else []),
        *([cards.buttons(subject, None, language, on_card=False)] if last and not ended else []),
        facts.origin(subject, language),
    ]
    routed = _routed(subject, page=page)
    return _view(action_ids.DETAILS_MODAL, _("title", "Details"), blocks, routed, language)


def notice(told: str, language: Language, sign: str = "🛑") -> Block:
    """Tells something; what is told may hold others' words and is not parsed."""
    _ = language.pgettext
    body = section(theirs(text.fit(f"{sign} {told}", CHUNK).text))
    return modal(action_ids.NOTICE_MODAL, _("title", "Sentinel Desk"), [body], close=_("title", "Close"))


def waiting(language: Language) -> Block:
    """Stands in for an answer that the database keeps us waiting for."""
    return notice(
        language.gettext("Not recorded yet: this takes longer than usual. Please wait."), language, "🕓"
    )


def recorded(language: Language) -> Block:
    """The end of such a wait."""
    return notice(language.gettext("Recorded."), language, "✅")


def _view(
    callback_id: str,
    title: str,
    blocks: list[Block],
    routed: Routing,
    language: Language,
    submit: str | None = None,
) -> Block:
    close = language.pgettext("title", "Cancel") if submit else language.pgettext("title", "Close")
    return modal(callback_id, title, blocks, close=close, submit=submit, private_metadata=routed.text())


def _routed(subject: Subject, verdict: Verdict | None = None, page: int = 0) -> Routing:
    word = verdict.value if verdict else None
    return Routing(subject.request.id, subject.request.content_version, word, page)


def _head(subject: Subject, language: Language) -> list[Block]:
    return [
        header(facts.heading(subject, language), action_ids.HEADER_BLOCK),
        *facts.facts(subject, language),
    ]


def _reasoning(language: Language, *, optional: bool) -> Block:
    label = words(language.gettext("Your reasoning"))
    hint = language.gettext("It goes to the agent and on the record.")
    field = typed(action_ids.REASONING, shortest=0 if optional else SHORTEST_REASONING)
    return entry(label, field, optional=optional, hint=hint)


def _target(targets: Sequence[Sentinel], language: Language) -> Block:
    options = [
        option(
            language.gettext("{name} (tier {tier})", name=text.line(sentinel.name, 60), tier=sentinel.tier),
            str(sentinel.id),
        )
        for sentinel in targets
    ]
    placeholder = language.pgettext("placeholder", "Whoever is next above you")
    label = words(language.gettext("To whom"))
    return entry(label, select(action_ids.TARGET, options, placeholder), optional=True)


def _place(page: int, count: int, language: Language, more: str = "") -> list[Block]:
    """Where in a request of several pages this is; nothing where it fits one."""
    if count == 1:
        return []
    told = language.gettext("📄 Page {page} of {count}.", page=page + 1, count=count)
    return [context(words(f"{told} {more}".strip()))]


def _leaves(page: int, count: int, language: Language) -> Block:
    """Buttons to the page before and the page after."""
    _ = language.pgettext
    buttons = []
    if page > 0:
        label = _("button", "Previous page")
        buttons.append(button(label, action_ids.PAGE_BACK, str(page - 1), spoken=label))
    if page < count - 1:
        label = _("button", "Next page ({page} of {count})", page=page + 2, count=count)
        buttons.append(button(label, action_ids.PAGE_ON, str(page + 1), spoken=label))
    return actions(buttons)


def _history(history: Sequence[str], most: int, language: Language) -> list[Block]:
    if not history:
        return []
    label = section(bold(language.gettext("What happened so far")))
    return [divider(), label, *paragraphs(text.chunks("\n".join(history[-40:]), CHUNK)[:most])]
