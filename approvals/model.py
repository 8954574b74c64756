"""The nouns of the desk: requests, Sentinels, domains, decisions. All values are frozen.

Times are timezone-aware UTC datetimes; durations are timedeltas; JSON content is
kept as plain Python values and is never changed in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NewType

from approvals.times import milliseconds
from approvals.words import fold

ProjectId = NewType("ProjectId", str)
"""A project's slug, `default` for instance. A project is the tenant."""

RequestId = NewType("RequestId", str)
"""A request's canonical id: a lower-case UUID with hyphens."""

SentinelId = NewType("SentinelId", int)
"""A Sentinel's number, counted per project from 1. Never reused."""

KeyId = NewType("KeyId", str)
"""The public half of an API key."""

Json = Any
"""A JSON value as Python reads it."""


class State(StrEnum):
    """Where a request stands. The last three are terminal."""

    PENDING = "pending"
    ASSIGNED = "assigned"
    DECIDED = "decided"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def terminal(self) -> bool:
        """Whether nothing can happen to the request any more."""
        return self in {State.DECIDED, State.EXPIRED, State.CANCELLED}


class Verdict(StrEnum):
    """What was decided. MODIFIED exists only where the client can hear it."""

    APPROVED = "approved"
    REJECTED = "rejected"
    MODIFIED = "modified"
    ESCALATED = "escalated"


class Priority(StrEnum):
    """How urgent the agent says it is. It orders queues and grants nothing."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """Place in the queue, 0 first."""
        return _PRIORITY_RANK[self]


_PRIORITY_RANK = {Priority.URGENT: 0, Priority.HIGH: 1, Priority.NORMAL: 2, Priority.LOW: 3}


class Risk(StrEnum):
    """The team's own class of risk, from `desk.yml`; never from an agent."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Reasoning(StrEnum):
    """When a decision needs words: always, or when it is not an approval."""

    REQUIRED = "required"
    ON_REJECT = "on_reject"


class ChannelShows(StrEnum):
    """What a card in the domain's channel shows: the desk's facts, or the agent's content too."""

    FACTS = "facts"
    CONTENT = "content"


class Dialect(StrEnum):
    """The wire format that a request came through."""

    HUMANLAYER = "humanlayer"
    HUMANAPPROVAL = "humanapproval"
    HUMANCHECK = "humancheck"
    HITL = "hitl"

    @property
    def hears_modified(self) -> bool:
        """Whether a client of this dialect can be told "approved, but changed"."""
        return self in {Dialect.HUMANCHECK, Dialect.HITL}

    @property
    def hears_escalated(self) -> bool:
        """Whether `escalated` may be a final verdict in this dialect."""
        return self is Dialect.HUMANLAYER


class Door(StrEnum):
    """Through which door somebody acted."""

    SLACK = "slack"
    API = "api"
    CLOCK = "clock"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Sentinel:
    """A person qualified to decide.

    `domains` are slugs (`*` for all) and `jurisdictions` the words of `desk.yml`;
    `load` counts the open requests assigned now and `capacity` bounds it. `listed` is False
    once `desk.yml` no longer names the person; `active` may be taken away by hand besides.
    `locale` is the language that the person chose, before the team's `languages`.
    """

    id: SentinelId
    name: str
    email: str | None = None
    domains: frozenset[str] = frozenset()
    jurisdictions: tuple[str, ...] = ("*",)
    tier: int = 1
    capacity: int | None = None
    languages: tuple[str, ...] = ()
    locale: str | None = None
    slack_team: str | None = None
    slack_user: str | None = None
    active: bool = True
    listed: bool = True
    away_until: datetime | None = None
    delegate: SentinelId | None = None
    load: int = 0
    last_assigned_at: datetime | None = None

    def away(self, now: datetime) -> bool:
        """Whether the person is absent at `now`."""
        return self.away_until is not None and now < self.away_until

    @property
    def full(self) -> bool:
        """Whether one more request would exceed the capacity."""
        return self.capacity is not None and self.load >= self.capacity


@dataclass(frozen=True, slots=True)
class Domain:
    """The rules that a team wrote for one field of expertise."""

    slug: str
    channel: str | None = None
    channel_shows: ChannelShows = ChannelShows.FACTS
    reasoning: Reasoning = Reasoning.ON_REJECT
    risk: Risk = Risk.NORMAL
    risk_by_type: Mapping[str, Risk] = field(default_factory=dict)
    backups: bool = False
    expires_after: timedelta | None = None
    escalate_after: timedelta | None = None

    def risk_of(self, request_type: str) -> Risk:
        """The risk class of a request type, matched without regard to case and accents.

        So that nobody lowers a risk by spelling the type in another way.
        """
        asked = fold(request_type)
        return next((risk for kind, risk in self.risk_by_type.items() if fold(kind) == asked), self.risk)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook endpoint of a project: who hears which events, in which dialect.

    `source` says who made it: `desk.yml`, `desk` (our API or command) or `hitl`.
    """

    id: str
    url: str
    dialect: Dialect
    events: tuple[str, ...]
    active: bool = True
    source: str = "desk.yml"


@dataclass(frozen=True, slots=True)
class Team:
    """Sentinels under one name, to whom a request can be assigned. It gives nobody authority."""

    id: str
    name: str
    description: str | None = None
    members: tuple[SentinelId, ...] = ()


@dataclass(frozen=True, slots=True)
class Roster:
    """Who reviews what in one project, as applied. `version` rises with every change.

    `workspace` is the Slack workspace that it works in, where the team names one.
    """

    project: ProjectId
    version: int = 0
    workspace: str | None = None
    operations_channel: str | None = None
    domains: Mapping[str, Domain] = field(default_factory=dict)
    sentinels: Mapping[SentinelId, Sentinel] = field(default_factory=dict)
    intake: Mapping[str, Json] = field(default_factory=dict)
    endpoints: tuple[Endpoint, ...] = ()
    teams: tuple[Team, ...] = ()

    def domain(self, slug: str) -> Domain:
        """The rules of a domain; one that nobody configured has the defaults."""
        return self.domains.get(slug) or Domain(slug)

    def sentinel(self, sentinel_id: SentinelId | None) -> Sentinel | None:
        """The Sentinel of that number, or None."""
        return None if sentinel_id is None else self.sentinels.get(sentinel_id)


@dataclass(frozen=True, slots=True)
class Escalation:
    """One step up: who (None: silence), when, why, and the tier that it asked for."""

    at: datetime
    by: SentinelId | None
    by_name: str | None
    reasoning: str | None
    min_tier: int

    def as_json(self) -> dict[str, Json]:
        """The form in which it is stored and shown."""
        return {
            "at": milliseconds(self.at),
            "by": self.by,
            "by_name": self.by_name,
            "reasoning": self.reasoning,
            "min_tier": self.min_tier,
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided: verdict, words, who and when.

    `modified` is the edited content (its type is the dialect's own) and `answers`
    the values of a template's fields; `evidence` is the record stored with it.
    """

    verdict: Verdict
    at: datetime
    by: SentinelId | None = None
    by_name: str | None = None
    by_email: str | None = None
    reasoning: str | None = None
    modified: Json = None
    answers: Mapping[str, Json] | None = None
    evidence: Mapping[str, Json] | None = None


VOID = "void"
"""What `wire` says of a request that was cancelled because the desk lost what became of it."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What proves the signatures of a project's webhooks: `text` is `whpk_…`; it signs until `ends_at`."""

    id: str
    text: str
    created_at: datetime
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """An agent asks whether it may do something.

    `domain` is a slug, `jurisdiction` the agent's own words; `wire` holds the fields
    that only the request's own dialect knows, so that it can be read back unchanged.
    `recipients` are all to whom it was ever assigned, in order: each has a card of it.
    `in_place_of` are those in whose place its Sentinel has it, the principal first.
    `content_version` names what a person has seen; `version` guards every write.
    """

    id: RequestId
    project: ProjectId
    number: int
    dialect: Dialect
    key_id: KeyId
    agent_id: str
    request_type: str
    domain: str
    title: str
    summary: str
    created_at: datetime
    updated_at: datetime
    agent_name: str | None = None
    jurisdiction: str | None = None
    context: Json = None
    action: Json = None
    priority: Priority = Priority.NORMAL
    risk: Risk = Risk.NORMAL
    confidence: float | None = None
    external_id: str | None = None
    requested_by: str | None = None
    key_owner: str | None = None
    callback_url: str | None = None
    wire: Mapping[str, Json] = field(default_factory=dict)
    state: State = State.PENDING
    assigned_to: SentinelId | None = None
    preferred: tuple[SentinelId, ...] = ()
    recipients: tuple[SentinelId, ...] = ()
    in_place_of: tuple[SentinelId, ...] = ()
    min_tier: int = 1
    escalated_by: frozenset[SentinelId] = frozenset()
    escalations: tuple[Escalation, ...] = ()
    started_at: datetime | None = None
    expires_at: datetime | None = None
    escalate_at: datetime | None = None
    alarm_at: datetime | None = None
    ended_at: datetime | None = None
    decision: Decision | None = None
    content_version: int = 1
    version: int = 1

    @property
    def due_at(self) -> datetime | None:
        """When the clock next has something to do here: expiry, escalation or an alarm."""
        if self.state.terminal:
            return None
        times = [t for t in (self.expires_at, self.escalate_at, self.alarm_at) if t is not None]
        return min(times, default=None)

    @property
    def outcome(self) -> str | None:
        """How it ended in one word (a verdict, `expired` or `cancelled`), None while open."""
        if self.decision is not None:
            return self.decision.verdict.value
        return self.state.value if self.state.terminal else None

    @property
    def void(self) -> bool:
        """Whether it was cancelled because the desk lost what became of it (`approvals.restoring`)."""
        return self.state is State.CANCELLED and bool(self.wire.get(VOID))
