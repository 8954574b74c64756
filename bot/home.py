"""App Home: what waits for a person, what they decided, whether they are here. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain

from approvals.model import Sentinel
from bot import action_ids, bulk, facts, text
from bot.blocks import (
    Block,
    actions,
    bold,
    button,
    context,
    divider,
    entry,
    header,
    markup,
    modal,
    option,
    section,
    select,
    theirs,
    words,
)
from bot.inbox import Inbox
from bot.language import Language
from bot.subject import Subject

PAGE = 20

AUTOMATIC = "auto"
"""The choice of no language: the team's words and Slack's setting decide."""


def home(
    inbox: Inbox, languages: Mapping[str, str], language: Language, now: datetime, page: int = 0
) -> Block:
    """The whole view; `page` counts from 0 and is kept within what there is.

    `languages` are those that can be chosen, by code.
    """
    last = max(0, (len(inbox.waiting) - 1) // PAGE)
    page = min(max(page, 0), last)
    shown = inbox.waiting[page * PAGE : (page + 1) * PAGE]
    return _view(
        [
            *_absence(inbox, language, now),
            header(language.gettext("What waits for you")),
            _count(inbox, language, away=inbox.away_until(now) is not None),
            *chain.from_iterable(_item(subject, language) for subject in shown),
            *_leaves(page, last, language),
            *_bulk(inbox, language),
            *_others(inbox, language),
            divider(),
            section(bold(language.gettext("What ended last"))),
            *_recent(inbox, language),
            divider(),
            section(bold(language.gettext("Your settings"))),
            _languages(inbox.sentinel, languages, language),
            *_leaving(inbox, language, now),
        ]
    )


def stranger(told: str) -> Block:
    """For somebody who is no Sentinel."""
    return _view([section(theirs(told))])


def away(others: Sequence[Sentinel], language: Language) -> Block:
    """Asks until when somebody is away, and who stands in."""
    _ = language.pgettext
    day: Block = {"type": "datepicker", "action_id": action_ids.AWAY_UNTIL}
    hint = language.gettext("You are back when this day begins. What you have open goes to others at once.")
    blocks = [entry(words(language.gettext("Away until")), day, hint=hint)]
    if others:
        options = [option(text.line(s.name, 70), str(s.id)) for s in others[:100]]
        placeholder = _("placeholder", "Whoever is next in line")
        menu = select(action_ids.AWAY_DELEGATE, options, placeholder)
        blocks.append(entry(words(language.gettext("Who stands in")), menu, optional=True))
    title, submit, close = _("title", "Away"), _("title", "Save"), _("title", "Cancel")
    return modal(action_ids.AWAY_MODAL, title, blocks, close=close, submit=submit)


def gone(until: datetime, language: Language) -> str:
    """That the reader is away, and until when."""
    return language.gettext(
        "🌴 You are away. Nothing new comes to you until {when}", when=language.dated(until)
    )


def line(subject: Subject, language: Language) -> str:
    """One open request in one line of mrkdwn."""
    request = subject.request
    agent = text.inert(facts.agent_words(request), 80)
    heading = text.escape(facts.heading(subject, language))
    told = f"*#{request.number}* {heading} · {agent} · {facts.risk_words(request, language)}"
    if request.expires_at is None:
        return told
    until = language.gettext("due {when}", when=language.dated(request.expires_at))
    return f"{told} · {until}"


def first_words(subject: Subject) -> str:
    """What the agent calls a request, in a line by which its reader knows it again."""
    return text.line((subject.request.title or subject.request.summary).partition("\n")[0].strip(), 120)


def _view(blocks: list[Block]) -> Block:
    return {"type": "home", "blocks": blocks}


def _absence(inbox: Inbox, language: Language, now: datetime) -> list[Block]:
    """That somebody is away, and the way back; nothing while they are here."""
    until = inbox.away_until(now)
    if until is None:
        return []
    label = language.pgettext("button", "I'm back")
    press = button(label, action_ids.HOME_BACK, "back", spoken=label, style="primary")
    return [section(markup(gone(until, language)), accessory=press), divider()]


def _leaving(inbox: Inbox, language: Language, now: datetime) -> list[Block]:
    """The way out, while somebody is here."""
    if inbox.away_until(now) is not None:
        return []
    label = language.pgettext("button", "I'm going away…")
    return [actions([button(label, action_ids.HOME_AWAY, "away", spoken=label)])]


def _count(inbox: Inbox, language: Language, *, away: bool) -> Block:
    waiting = len(inbox.waiting)
    if not waiting and away:
        return section(words(language.gettext("🎉 Nothing waits for you.")))
    if not waiting:
        return section(
            words(language.gettext("🎉 Nothing waits for you. New requests come to your messages."))
        )
    told = language.ngettext(
        "{n} request waits for your decision.", "{n} requests wait for your decision.", waiting
    )
    return section(words(told))


def _item(subject: Subject, language: Language) -> Iterable[Block]:
    """The desk's facts of a request with a button, and below them what the agent calls it."""
    label = language.pgettext("button", "Open")
    spoken = language.gettext("{label}: request {id}", label=label, id=subject.request.id)
    press = button(label, action_ids.HOME_OPEN, subject.request.id, spoken=spoken)
    block_id = action_ids.of_request(action_ids.HOME_OPEN, subject.request.id)
    yield section(markup(line(subject, language)), block_id, press)
    if subject.shows_content(subject.holder):
        yield context(theirs(f"🤖 {first_words(subject)}"))


def _leaves(page: int, last: int, language: Language) -> list[Block]:
    _ = language.pgettext
    buttons = []
    if page > 0:
        label = _("button", "Previous page")
        buttons.append(button(label, action_ids.HOME_PREV, str(page - 1), spoken=label))
    if page < last:
        label = _("button", "Next page ({page} of {count})", page=page + 2, count=last + 1)
        buttons.append(button(label, action_ids.HOME_NEXT, str(page + 1), spoken=label))
    return [actions(buttons)] if buttons else []


def _bulk(inbox: Inbox, language: Language) -> list[Block]:
    """A button for each lot of small, low-risk requests of one agent that can be approved together."""
    return [_lot(lot, language) for lot in bulk.lots(inbox.waiting)[:5]]


def _others(inbox: Inbox, language: Language) -> list[Block]:
    """What is with colleagues and can be decided here too."""
    if not inbox.others:
        return []
    told = section(bold(language.gettext("With colleagues, and yours to decide as a backup")))
    items = chain.from_iterable(_item(subject, language) for subject in inbox.others)
    if not inbox.more_others:
        return [divider(), told, *items]
    more = language.ngettext("… and {n} more.", "… and {n} more.", inbox.more_others)
    return [divider(), told, *items, context(words(more))]


def _lot(lot: Sequence[Subject], language: Language) -> Block:
    first = lot[0].request
    agent = text.line(first.agent_id, 28)
    domain = text.line(first.domain, 20)
    label = language.pgettext(
        "button", "Approve {n} of {agent} in {domain}…", n=len(lot), agent=agent, domain=domain
    )
    press = button(label, action_ids.HOME_BULK, first.id, spoken=label)
    return actions([press], action_ids.of_request(action_ids.HOME_BULK, first.id))


def _languages(sentinel: Sentinel, languages: Mapping[str, str], language: Language) -> Block:
    automatic = option(language.pgettext("option", "Automatic"), AUTOMATIC)
    options = [automatic, *(option(name, code) for code, name in languages.items())]
    initial = next((o for o in options if o["value"] == sentinel.locale), automatic)
    placeholder = language.pgettext("placeholder", "Language")
    menu = select(action_ids.HOME_LANGUAGE, options, placeholder, initial)
    return section(words(language.gettext("The language of your cards and messages")), accessory=menu)


def _recent(inbox: Inbox, language: Language) -> list[Block]:
    if not inbox.recent:
        return [context(words(language.gettext("Nothing yet.")))]
    return [context(theirs(_ended(subject, language))) for subject in inbox.recent]


def _ended(subject: Subject, language: Language) -> str:
    request = subject.request
    when = language.moment(request.ended_at) if request.ended_at else ""
    outcome = facts.outcome_words(request, language)
    return f"#{request.number} {outcome} · {facts.heading(subject, language)} · {when}"
