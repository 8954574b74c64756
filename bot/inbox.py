"""What one person has on the desk, over all projects in which they are a Sentinel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

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

    `others` are with somebody else, and this person may decide them as a backup.
    """

    posts: tuple[Post, ...]
    waiting: tuple[Subject, ...]
    recent: tuple[Subject, ...]
    others: tuple[Subject, ...] = ()

    @property
    def sentinel(self) -> Sentinel:
        """The person, as the first of their projects knows them."""
        return self.posts[0].sentinel

    def away_until(self, now: datetime) -> datetime | None:
        """When they are back, None where they are here."""
        times = [p.sentinel.away_until for p in self.posts if p.sentinel.away(now)]
        return max((t for t in times if t is not None), default=None)


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
        others = [s for post in posts for s in await self._backed(post)]
        return Inbox(posts, _sorted(waiting), tuple(_newest(recent)), _sorted(others)[:MOST_OTHERS])

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


def named(inbox: Inbox, name: str) -> ApprovalRequest | None:
    """The open request of that number, if exactly one project has it."""
    found = [s.request for s in inbox.waiting if str(s.request.number) == name.removeprefix("#")]
    return found[0] if len(found) == 1 else None
