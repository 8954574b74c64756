"""What one person has on the desk, over all projects in which they are a Sentinel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from approvals import authority
from approvals.errors import RequestNotFound
from approvals.model import ApprovalRequest, Roster, Sentinel
from approvals.ports import Listing
from bot.config import BotDesk
from bot.identity import Identity, NotLinked, Who
from bot.reading import Reader
from bot.subject import Subject

OPEN = frozenset({"assigned", "started"})
ENDED = frozenset({"approved", "rejected", "modified", "escalated", "expired", "cancelled"})

MOST_OPEN = 400
RECENT = 5
MOST_OTHERS = 10

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Post:
    """A person's place in one project."""

    roster: Roster
    sentinel: Sentinel


@dataclass(frozen=True, slots=True)
class Inbox:
    """Open requests by deadline, and the last that ended; `posts` is never empty.

    `others` are with somebody else, and this person may decide them as a backup; `more_others` counts
    those that are not among them.
    """

    posts: tuple[Post, ...]
    waiting: tuple[Subject, ...]
    recent: tuple[Subject, ...]
    others: tuple[Subject, ...] = ()
    more_others: int = 0

    @property
    def sentinel(self) -> Sentinel:
        """The person, as the first of their projects knows them."""
        return self.posts[0].sentinel

    def away_until(self, now: datetime) -> datetime | None:
        """When they are back, None where they are here."""
        times = [p.sentinel.away_until for p in self.posts if p.sentinel.away(now)]
        return max((t for t in times if t is not None), default=None)


class Ambiguous(Exception):
    """Several of somebody's projects have a request of this number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Inboxes:
    """Opens inboxes."""

    def __init__(self, desk: BotDesk, reader: Reader, identity: Identity) -> None:
        self._desk = desk
        self._reader = reader
        self._identity = identity

    async def posts(self, who: Who) -> tuple[Post, ...]:
        """Where this person is a Sentinel; raises NotLinked where nowhere."""
        found: list[Post] = []
        refused = NotLinked(who, "unknown")
        for roster in await self._reader.rosters():
            try:
                found.append(Post(roster, await self._identity.known(who, roster)))
            except NotLinked as error:
                refused = error
        if not found:
            raise refused
        self._reader.met(who.user, found[0].sentinel)
        return tuple(found)

    async def inbox(self, who: Who) -> Inbox:
        """Everything that a person has; raises NotLinked."""
        posts = await self.posts(who)
        waiting = [s for post in posts for s in await self._listed(post, OPEN, MOST_OPEN)]
        recent = [s for post in posts for s in await self._listed(post, ENDED, RECENT)]
        others = _sorted([s for post in posts for s in await self._backed(post)])
        more = len(others[MOST_OTHERS:])
        return Inbox(posts, _sorted(waiting), tuple(_newest(recent)), others[:MOST_OTHERS], more)

    async def numbered(self, inbox: Inbox, number: int) -> ApprovalRequest:
        """The request of that number in this person's projects; what they hold comes before the rest.

        Raises RequestNotFound where there is none of which they may know, and Ambiguous.
        """
        held = [s.request for s in inbox.waiting if s.request.number == number]
        found = held or [r for post in inbox.posts for r in await self._known(post, number)]
        if not found:
            raise RequestNotFound(str(number))
        if len(found) > 1:
            raise Ambiguous(number)
        return found[0]

    async def _known(self, post: Post, number: int) -> list[ApprovalRequest]:
        """The project's request of that number, if this person may know of it."""
        try:
            request = await self._desk.requests.request(post.roster.project, number)
        except RequestNotFound:
            return []
        return [request] if authority.may_know(request, post.sentinel) else []

    async def _backed(self, post: Post) -> list[Subject]:
        """What is with others and may be decided here; told quietly, so that nobody is pinged for it."""
        if not any(domain.backups for domain in post.roster.domains.values()):
            return []
        listing = Listing(limit=MOST_OPEN, outcomes=OPEN)
        found = await self._desk.requests.listing(post.roster.project, listing)
        theirs = (Subject(r, post.roster) for r in found if r.assigned_to != post.sentinel.id)
        return [subject for subject in theirs if subject.may_act(post.sentinel)]

    async def _listed(self, post: Post, outcomes: frozenset[str], limit: int) -> list[Subject]:
        listing = Listing(limit=limit, assignee=post.sentinel.id, outcomes=outcomes)
        found = await self._desk.requests.listing(post.roster.project, listing)
        return [Subject(request, post.roster) for request in found]


def _sorted(waiting: Iterable[Subject]) -> tuple[Subject, ...]:
    return tuple(sorted(waiting, key=_by_deadline))


def _by_deadline(subject: Subject) -> tuple[datetime, int]:
    return subject.request.expires_at or _NEVER, subject.request.number


def _newest(ended: Sequence[Subject]) -> Iterable[Subject]:
    return sorted(ended, key=lambda s: s.request.ended_at or _NEVER, reverse=True)[:RECENT]
