"""`/approvals`: the inbox in a line each, for whoever would rather type."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from approvals import ids
from approvals.commands import SetAway
from approvals.errors import RequestNotFound
from approvals.model import ApprovalRequest
from bot import absence, action_ids, home
from bot.branches import Branches
from bot.front import Front
from bot.gestures import Gesture
from bot.inbox import Inbox
from bot.language import Language
from bot.listeners import details
from bot.listeners.home import back
from bot.listeners.listening import listener
from bot.payloads import count

LISTED = 15

Verb = Callable[[Front, Gesture, AsyncAck, Inbox, Language, str], Awaitable[None]]


def register(app: AsyncApp, branches: Branches) -> None:
    """The one command."""
    app.command(action_ids.COMMAND)(listener(branches, command))


async def command(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """`list`, `show N`, `away UNTIL`, `back`; anything else is answered with how to use it."""
    inbox = await front.inboxes.inbox(gesture.who)
    language = front.language(gesture, inbox)
    word, _, rest = (gesture.value or "list").strip().partition(" ")
    verb = _VERBS.get(word.casefold() or "list", _help)
    await verb(front, gesture, ack, inbox, language, rest.strip())


async def _list(
    front: Front, gesture: Gesture, ack: AsyncAck, inbox: Inbox, language: Language, rest: str
) -> None:
    if not inbox.waiting:
        await ack(language.gettext("🎉 Nothing waits for you."))
        return
    told = [home.line(subject, language) for subject in inbox.waiting[:LISTED]]
    more = len(inbox.waiting) - LISTED
    if more > 0:
        told.append(
            language.ngettext("… and {n} more, on the Home tab.", "… and {n} more, on the Home tab.", more)
        )
    await ack("\n".join(told))


async def _show(
    front: Front, gesture: Gesture, ack: AsyncAck, inbox: Inbox, language: Language, rest: str
) -> None:
    number = count(rest.removeprefix("#"))
    request = await (front.inboxes.numbered(inbox, number) if number else _by_id(front, rest))
    visit = await front.visits.before(gesture, request)
    front.visits.admit_reader(visit)
    await front.open(gesture, visit, await details.all_of_it(front, visit, 0), ack)


async def _away(
    front: Front, gesture: Gesture, ack: AsyncAck, inbox: Inbox, language: Language, rest: str
) -> None:
    until = absence.until(rest, front.desk.clock(), language)
    if until is None:
        await ack(
            language.gettext("Until when? For instance `/approvals away 3d` or `/approvals away 2027-01-04`.")
        )
        return
    for post in inbox.posts:
        await front.desk.clockwork.set_away(
            SetAway(post.roster.project, post.sentinel.id, until, None, post.sentinel.name)
        )
    await ack(home.gone(until, language))


async def _back(
    front: Front, gesture: Gesture, ack: AsyncAck, inbox: Inbox, language: Language, rest: str
) -> None:
    await back(front, gesture)
    await ack(language.gettext("👋 Welcome back. What waits comes to you now."))


async def _help(
    front: Front, gesture: Gesture, ack: AsyncAck, inbox: Inbox, language: Language, rest: str
) -> None:
    await ack(
        "\n".join(
            [
                language.gettext("`/approvals list`: what waits for you"),
                language.gettext("`/approvals show 12`: everything about request 12"),
                language.gettext(
                    "`/approvals away 3d`: away for three days, or until a day such as 2027-01-04"
                ),
                language.gettext("`/approvals back`: back again"),
            ]
        )
    )


async def _by_id(front: Front, text: str) -> ApprovalRequest:
    found = ids.parse(text.strip())
    if not isinstance(found, str):
        raise RequestNotFound(text[:40])
    return await front.desk.requests.anywhere(found)


_VERBS: dict[str, Verb] = {"list": _list, "show": _show, "away": _away, "back": _back, "help": _help}
