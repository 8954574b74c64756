"""What the core needs of the world, as Protocols. The store, the bot and the dialects fulfil them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar, Unpack

from approvals.applying import Wanted, WantedEndpoint
from approvals.cards import Astray, Card
from approvals.events import Event, RecordedEvent
from approvals.homes import Watcher
from approvals.ids import RequestRef
from approvals.installations import Installation, Workspace
from approvals.keys import Key, Rate
from approvals.library import Stats, Template
from approvals.model import (
    ApprovalRequest,
    Endpoint,
    KeyId,
    ProjectId,
    PublicKey,
    RequestId,
    Roster,
    SentinelId,
    Team,
)
from approvals.outbox import Among, Attempt, Carrier, Delivery, Lost, Outgoing
from approvals.pacing import Budget, Turn

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is kept under an idempotency key: the first body's hash, the request and the answer."""

    body_sha256: str
    request_id: RequestId
    answer: bytes


class Unit(Protocol):
    """One transition inside a transaction that may hold several.

    The lock is held and `now` was read after it. Read first, then write: what this unit
    has written is not visible to its own queries. If the function that received the unit
    raises, everything it wrote here is dropped and others in the transaction are not harmed.
    """

    @property
    def now(self) -> datetime:
        """The time of this transaction."""

    @property
    def roster(self) -> Roster:
        """The project's roster, loads as they are now."""

    async def request(self, ref: RequestRef) -> ApprovalRequest:
        """One request of the project; raises RequestNotFound."""

    async def by_external_id(self, external_id: str) -> ApprovalRequest | None:
        """The request that holds this external id as unique, if any."""

    async def timeline(self, request_id: RequestId) -> Sequence[RecordedEvent]:
        """All events of a request, oldest first."""

    async def due(self, limit: int) -> Sequence[ApprovalRequest]:
        """Open requests whose `due_at` has come, earliest first."""

    async def pending(self, limit: int, after: ApprovalRequest | None = None) -> Sequence[ApprovalRequest]:
        """Requests that wait for a Sentinel in queue order (priority, age), after the given one."""

    async def assigned_to(self, sentinel: SentinelId, limit: int) -> Sequence[ApprovalRequest]:
        """Open requests of one Sentinel, oldest first."""

    async def remembered(self, scope: str, key: str) -> Remembered | None:
        """What stands under an idempotency key, if anything."""

    async def used(self, key_id: KeyId, period: str) -> int:
        """How many creates a key has used of its quota in a period (`2026-11`)."""

    def open_of(self, key_id: KeyId) -> int:
        """How many requests of a key have not ended."""

    def next_number(self) -> int:
        """A fresh number for a request of this project."""

    def add(self, request: ApprovalRequest, events: Sequence[Event]) -> None:
        """A new request and its first events."""

    def save(self, request: ApprovalRequest, events: Sequence[Event]) -> None:
        """The next version of a request that this unit has read, guarded by its version."""

    def note(self, events: Sequence[Event]) -> None:
        """Events that change no request."""

    def send(self, messages: Iterable[Outgoing]) -> None:
        """Messages that leave after the commit."""

    def rate(self, request_id: RequestId, rating: int, comment: str | None) -> None:
        """Keep feedback on a request."""

    def remember(self, scope: str, key: str, what: Remembered) -> None:
        """Keep the first answer under an idempotency key."""

    def count(self, key_id: KeyId, period: str) -> None:
        """One more create against a quota."""

    def apply(self, wanted: Wanted) -> None:
        """Make the project's domains, Sentinels, intake and endpoints what a team wants."""

    def change_sentinel(self, sentinel_id: SentinelId, **changes: object) -> None:
        """Change a Sentinel's `active`, `away_until`, `delegate` or `locale`; the roster shows it at once."""


class Agenda(Protocol):
    """What waits for the clock, over all projects."""

    async def due_projects(self) -> Sequence[ProjectId]:
        """Projects that have a request whose `due_at` has come."""

    async def queueing_projects(self) -> Sequence[ProjectId]:
        """Projects that have a request without a Sentinel."""

    async def holding_projects(self) -> Sequence[ProjectId]:
        """Projects in which a Sentinel holds a request."""

    async def next_request_due(self) -> datetime | None:
        """The earliest `due_at` of all open requests, past or future."""

    async def next_return(self) -> datetime | None:
        """When the next absent Sentinel is back, in the future; None where nobody is away."""


class Store(Protocol):
    """Memory. A write is a function handed in, so that many can share one commit."""

    async def write(self, project: ProjectId, work: Callable[[Unit], Awaitable[T]]) -> T:
        """Run `work` in a transaction and return its result after the commit.

        `work` may run more than once and must have no effect but through its unit.
        Raises StoreUnavailable when nothing could be recorded, and whatever `work` raises.
        """

    async def request(self, project: ProjectId, ref: RequestRef) -> ApprovalRequest:
        """One request as last committed; raises RequestNotFound."""

    async def timeline(self, project: ProjectId, request_id: RequestId) -> Sequence[RecordedEvent]:
        """All events of a request, oldest first, as last committed."""

    async def roster(self, project: ProjectId) -> Roster:
        """The project's roster as last committed, loads included."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Which requests to list, newest first. None means any.

    `before` is the number of the last request of the page before (keyset); `offset` skips
    so many, for the dialects that count pages. `outcomes` are words for how a request ended,
    or where it stands: `pending`, `assigned` (nobody has looked yet) or `started`.
    """

    limit: int
    before: int | None = None
    offset: int = 0
    agent_id: str | None = None
    external_id: str | None = None
    outcomes: frozenset[str] | None = None
    request_type: str | None = None
    title: str | None = None
    template_id: str | None = None
    framework: str | None = None
    assignee: SentinelId | None = None


class Requests(Protocol):
    """Reading requests outside a transaction, as last committed."""

    async def request(self, project: ProjectId, ref: RequestRef) -> ApprovalRequest:
        """One request; raises RequestNotFound."""

    async def listing(self, project: ProjectId, listing: Listing) -> Sequence[ApprovalRequest]:
        """A page of requests, newest first."""

    async def count(self, project: ProjectId, listing: Listing) -> int:
        """How many requests the listing has in all, whatever its page."""

    async def timeline(self, project: ProjectId, request_id: RequestId) -> Sequence[RecordedEvent]:
        """All events of a request, oldest first."""

    async def roster(self, project: ProjectId) -> Roster:
        """The project's roster, loads included."""


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """What stands under an idempotency key of a call: the hash of its body, and its answer.

    `answer` is None while the call is under way, and stays so where it was interrupted.
    """

    body_sha256: str
    answer: str | None = None


class Promises(Protocol):
    """The idempotency keys of calls whose answer is made outside the transaction (see `Unit.remember`)."""

    async def claim(self, project: ProjectId, scope: str, key: str, body_sha256: str) -> FirstAnswer | None:
        """Take a key for a call; None where nobody had it, else what stands. Raises StoreUnavailable."""

    async def keep(self, project: ProjectId, scope: str, key: str, answer: str) -> None:
        """The answer that repeats get. It may hold a secret and is sealed."""

    async def drop(self, project: ProjectId, scope: str, key: str) -> None:
        """Give a key back whose call came to nothing."""


class Keys(Protocol):
    """API keys. Look-ups are answered from memory; a change elsewhere is noticed within a second."""

    async def find(self, text: str) -> Key | None:
        """The live key of that text, or None."""

    async def used(self, key: Key, period: str) -> int:
        """How many creates of its monthly quota a key has used in `2026-11`."""

    async def list(self, project: ProjectId | None) -> Sequence[Key]:
        """All keys, the revoked ones too."""

    async def create(self, key: Key, text: str, webhook_secret: str) -> None:
        """Keep a fresh key (its hash) and its webhook secret (encrypted)."""

    async def revoke(self, key_id: KeyId, at: datetime) -> bool:
        """Revoke from `at` on; False where there is no such key."""

    async def secrets(self, signer: str) -> Sequence[str]:
        """The live `whsec_…` secrets of `key:ID` or `endpoint:ID`, the newest first."""


class SigningKeys(Protocol):
    """The key pairs that sign a project's webhooks beside the shared secrets."""

    async def private(self, project: ProjectId) -> Sequence[str]:
        """The `whsk_…` keys that sign now, the newest first."""

    async def public(self, project: ProjectId) -> Sequence[PublicKey]:
        """The public halves, the newest first, those that sign no more too; none for a stranger's name."""

    async def rotate(self, project: ProjectId, overlap: timedelta) -> PublicKey:
        """A new pair; the ones before it sign beside it for the overlap."""


class Allowances(Protocol):
    """How much of a rate was used (see `approvals.allowances`), for all processes together.

    `whose` is a key's id, or `project:NAME` for all keys of a project.
    """

    async def look(self, whose: str) -> int:
        """When all of the rate is there again, in nanoseconds since 1970; 0 if it was never used."""

    async def take(self, whose: str, rate: Rate, now: int) -> int | None:
        """Count one create at `now`; the number after it, or None where nothing was left.

        Raises StoreUnavailable.
        """


class Pacing(Protocol):
    """How often things may still be done (see `approvals.pacing`), for all processes together."""

    async def take(self, budgets: Sequence[Budget], now: int) -> Turn:
        """Take a turn at `now` (nanoseconds since 1970) of all of them; where one has none, of none.

        Raises StoreUnavailable.
        """

    async def hold(self, budget: Budget, until: int) -> None:
        """Nobody has a turn of it before `until`. Raises StoreUnavailable."""


class Outbox(Protocol):
    """Messages on their way out. A claim is a lease: whoever is late loses it."""

    async def claim(self, limit: int, lease: timedelta, carrier: Carrier | None = None) -> Sequence[Delivery]:
        """The head message of each lane that is due and free, at most one a lane.

        With a carrier, of its lanes only: so that receivers which never answer take no
        place from cards.
        """

    async def complete(self, delivery: Delivery, attempt: Attempt, retry_at: datetime | None) -> bool:
        """Record a try and free its lane; `retry_at` for RETRY. False where the lease was lost."""

    async def next_due(self) -> datetime | None:
        """When the next message is due, past or future; None where nothing waits."""

    async def listing(
        self, project: ProjectId, *, limit: int = 100, **among: Unpack[Among]
    ) -> Sequence[Mapping[str, Any]]:
        """Messages of a project as plain rows, newest first (for people, not for sending)."""

    async def replay(self, project: ProjectId, ids: Sequence[str]) -> int:
        """Send messages again, under the same ids and with the same bytes; how many there were.

        One that still waits for its next try has it now; one that is under way stays so.
        """

    async def replay_among(self, project: ProjectId, **among: Unpack[Among]) -> int:
        """As `replay`, for all of these."""

    async def resume(self, project: ProjectId, carrier: Carrier, errors: Iterable[str]) -> int:
        """What kept a carrier's messages back is mended: they go now; how many there were.

        Those that wait for their next try, and of those that were given up the ones whose last
        error is one of `errors`.
        """


class Retention(Protocol):
    """What has served its time leaves."""

    async def prune(self, limit: int) -> int:
        """Remove up to so many rows of each kind that need not be kept; how many went, 0 at the end."""


class Cards(Protocol):
    """The cards that were posted."""

    async def card(self, request_id: RequestId, surface: str) -> Card | None:
        """The card of one surface, if one was ever intended."""

    async def cards(self, request_id: RequestId) -> Sequence[Card]:
        """All cards of a request."""

    async def recent(self, project: ProjectId, surface: str, since: datetime) -> Sequence[Card]:
        """What was posted there since, and is not known to show an end; the newest first."""

    async def together(self, channel: str, ts: str) -> Sequence[Card]:
        """All cards on one message, in the order of their requests."""

    async def unshown(self, project: ProjectId, sentinel: SentinelId, limit: int) -> Sequence[RequestId]:
        """Open requests that a Sentinel has and that stand nowhere in their direct messages, oldest first."""

    async def put(self, project: ProjectId, *cards: Card) -> None:
        """Keep what is known of cards, all at once; one per request and surface."""

    async def settle(self, project: ProjectId, before: Card, after: Card) -> bool:
        """Keep what a card shows now, if nothing else was kept since `before` was read.

        False: somebody else has changed the message meanwhile, and which of the two it shows nobody
        knows; it is kept as such, so that it is repaired.
        """

    async def repair(
        self, project: ProjectId, channels: Collection[str], topic: str, word: Callable[[Astray], Outgoing]
    ) -> int:
        """Send for a repair wherever a request is not shown as it is; how many there were.

        That is a card that shows another state, Sentinel or content than the request's, or a request
        that somebody holds, or whose domain is one of `channels`, without a card there. Nothing is sent
        where a message of `topic` for that surface is on its way; a surface that stays wrong is
        sent for again after REPAIR_AGAIN. However many processes ask, each repair is sent once.
        """

    async def pin(self, project: ProjectId, sentinel: SentinelId, team: str, user: str) -> None:
        """Pin a Sentinel to a Slack workspace and user id, once."""

    async def first_sight(self, kind: str, mark: str) -> bool:
        """Whether this delivery (`event`, `signature`) is new; it is remembered for a day."""


class Homes(Protocol):
    """App Homes that somebody looks at, whichever process they told of it. Raises StoreUnavailable."""

    async def watch(self, watcher: Watcher) -> None:
        """Somebody looks at it from now on."""

    async def watcher(self, key: str, user: str, since: datetime) -> Watcher | None:
        """This person, if they have looked at it since."""


class Installations(Protocol):
    """The Slack app where it is installed. Tokens are sealed at rest. Reading raises StoreUnavailable."""

    async def listing(self) -> Sequence[Installation]:
        """All there are and were, the first one first."""

    async def find(self, workspace: Workspace) -> Installation | None:
        """What serves a workspace: its own installation, else its organisation's; None without either.

        An organisation in which the app is not as a whole is served by one of its workspaces.
        """

    async def app(self) -> str | None:
        """The id of the app that was last installed anywhere, None where Slack has not told it."""

    async def put(self, installation: Installation) -> None:
        """Keep a new installation, or one that takes the place of an older."""

    async def remove(self, key: str, at: datetime) -> bool:
        """It is gone since `at`, its tokens are forgotten. False where it was, or is there anew since."""

    async def begin_rotation(self, seen: Installation, lease: timedelta) -> bool:
        """Whether the caller, and nobody else within `lease`, is to fetch the token after the one seen."""

    async def end_rotation(self, seen: Installation, fresh: Installation) -> bool:
        """Keep the tokens that follow those seen; False where others are there already."""


class Endpoints(Protocol):
    """Webhook endpoints of a project. A secret is shown once, when it is made."""

    async def create(self, project: ProjectId, wanted: WantedEndpoint, source: str) -> tuple[Endpoint, str]:
        """A new endpoint and its `whsec_…` secret."""

    async def change(
        self,
        project: ProjectId,
        endpoint_id: str,
        *,
        url: str | None = None,
        events: tuple[str, ...] | None = None,
        active: bool | None = None,
    ) -> Endpoint | None:
        """Change what is not None; None where the project has no such endpoint."""

    async def delete(self, project: ProjectId, endpoint_id: str) -> bool:
        """Remove an endpoint for good; False where there is none."""

    async def rotate(self, project: ProjectId, endpoint_id: str) -> str | None:
        """A new secret beside the old one, which stays valid until the next rotation."""

    async def dates(self, project: ProjectId, endpoint_id: str) -> tuple[datetime, datetime] | None:
        """When an endpoint was made and last changed."""


class Library(Protocol):
    """Templates, teams and totals of a project."""

    async def template(self, project: ProjectId, template_id: str) -> Template | None:
        """One template, or None."""

    async def templates(self, project: ProjectId, limit: int, offset: int) -> tuple[Sequence[Template], int]:
        """A page of templates, oldest first, and how many there are."""

    async def put_template(self, template: Template, messages: Iterable[Outgoing]) -> bool:
        """Keep a template (new or changed) and send what that causes, in one transaction.

        False, and nothing has changed, where its version is not the one after what is kept:
        somebody else has changed or removed it.
        """

    async def delete_template(self, project: ProjectId, template_id: str) -> bool:
        """Remove a template; requests made with it keep their copy."""

    async def create_team(self, project: ProjectId, name: str, description: str | None) -> Team:
        """A new team; raises InvalidField where the name is taken."""

    async def join_team(self, project: ProjectId, team_id: str, member: SentinelId) -> Team | None:
        """Add a Sentinel to a team (again: no change); None where there is no such team."""

    async def stats(self, project: ProjectId) -> Stats:
        """The project in numbers."""


class Announcer(Protocol):
    """Turns what happened into messages. Pure: it runs inside the transaction."""

    def announce(
        self, request: ApprovalRequest, events: Sequence[Event], roster: Roster
    ) -> Iterable[Outgoing]:
        """The messages that these events on this request cause."""


class Alarms(Protocol):
    """Turns messages that were given up into one to operations. Pure: it runs inside the transaction."""

    def lost(self, lost: Lost, roster: Roster) -> Outgoing | None:
        """What operations are told; None where there is nobody to tell, or where it is no news.

        Never anything about a message that was to operations itself.
        """
