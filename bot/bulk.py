"""Approving several requests at once: of one agent, in one domain, of low risk, each shown whole. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from approvals.model import Reasoning, RequestId, Risk
from bot import action_ids, facts, text
from bot.blocks import (
    Block,
    bold,
    divider,
    entry,
    header,
    modal,
    option,
    paragraphs,
    section,
    theirs,
    typed,
    words,
)
from bot.content import CHUNK, by_agent
from bot.doubts import doubts
from bot.language import Language
from bot.metadata import remembered
from bot.subject import Subject
from bot.templates import needs_form

MOST = 10
"""How many at once: Slack shows at most ten boxes to tick."""

SMALL = 1200
"""How much a request may hold and still be shown whole among others."""

LEAST = 2


Kind = tuple[str, str, str, str]
"""Project, key, agent and domain. An agent may call itself what it likes; its key is the desk's word."""


class NotTogether(Exception):
    """What was chosen is not of one kind, or is too much at once: nothing was approved."""


def kind(subject: Subject) -> Kind:
    """Only requests of one kind are approved together."""
    request = subject.request
    return request.project, request.key_id, request.agent_id, request.domain


def lots(waiting: Iterable[Subject]) -> list[list[Subject]]:
    """Requests that can be approved together, the largest lot first, each in the order given."""
    found: dict[Kind, list[Subject]] = {}
    for subject in filter(fits, waiting):
        found.setdefault(kind(subject), []).append(subject)
    several = [lot[:MOST] for lot in found.values() if len(lot) >= LEAST]
    return sorted(several, key=len, reverse=True)


def lot_of(waiting: Sequence[Subject], request_id: RequestId) -> list[Subject]:
    """The lot that holds this request; empty where there is none any more."""
    return next((lot for lot in lots(waiting) if any(s.request.id == request_id for s in lot)), [])


def fits(subject: Subject) -> bool:
    """Whether a request may be approved among others: never with a higher risk, never unread."""
    size = sum(text.weight(passage.text) for passage in subject.passages)
    return (
        subject.request.risk is Risk.LOW
        and size <= SMALL
        and not subject.questions
        and not needs_form(subject.request)
    )


def check(chosen: Sequence[RequestId], found: Iterable[Subject]) -> None:
    """Raise NotTogether unless this many of these may be approved at once, whatever the view said."""
    if len(chosen) > MOST or len(set(map(kind, found))) > 1:
        raise NotTogether


def approving(lot: Sequence[Subject], language: Language) -> Block:
    """Shows each whole, lets some be left out, and asks once for words."""
    _ = language.pgettext
    required = lot[0].domain.reasoning is Reasoning.REQUIRED
    blocks = [
        header(facts.heading(lot[0], language)),
        *_shown(lot, language),
        divider(),
        _boxes(lot, language),
    ]
    field = typed(action_ids.REASONING, shortest=3 if required else 0)
    blocks.append(
        entry(words(language.gettext("Your reasoning, for all of them")), field, optional=not required)
    )
    return modal(
        action_ids.BULK_MODAL,
        _("title", "Approve several"),
        blocks,
        close=_("title", "Cancel"),
        submit=_("title", "Approve"),
        private_metadata=json.dumps({s.request.id: s.request.content_version for s in lot}),
    )


def results(told: Sequence[str], language: Language) -> Block:
    """What became of each."""
    _ = language.pgettext
    body = [section(theirs(text.line(each, 1000))) for each in told]
    return modal(action_ids.NOTICE_MODAL, _("title", "Approve several"), body, close=_("title", "Close"))


def approved(subject: Subject, language: Language) -> str:
    """What is told of one that was approved."""
    return language.gettext("✅ #{number}: approved.", number=subject.request.number)


def refused(subject: Subject, why: str) -> str:
    """What is told of one that could not be approved."""
    return f"❌ #{subject.request.number}: {why}"


def alone(subject: Subject, language: Language) -> str:
    """What is told of one that waits, and is not to be approved among others any more."""
    return refused(subject, language.gettext("it has to be decided by itself now. Open it on the Home tab."))


def gone(why: str) -> str:
    """What is told of one that does not wait for this person, and need not be known to them."""
    return f"❌ {why}"


def shown_versions(private_metadata: str) -> dict[RequestId, int]:
    """Which content of which requests the view showed; empty where it is none of ours."""
    return {RequestId(k): v for k, v in remembered(private_metadata).items() if type(v) is int}


def _shown(lot: Sequence[Subject], language: Language) -> Iterable[Block]:
    yield by_agent(lot[0].request, language)
    yield from doubts((passage.text for subject in lot for passage in subject.passages), language)
    for subject in lot:
        yield divider()
        yield section(bold(f"#{subject.request.number}"))
        for passage in subject.passages:
            yield from paragraphs(text.chunks(passage.text, CHUNK))


def _boxes(lot: Sequence[Subject], language: Language) -> Block:
    options = [
        option(f"#{subject.request.number} {text.line(subject.request.title, 60)}", subject.request.id)
        for subject in lot
    ]
    boxes: Block = {
        "type": "checkboxes",
        "action_id": action_ids.ITEMS,
        "options": options,
        "initial_options": options,
    }
    return entry(words(language.gettext("Approve these")), boxes)
