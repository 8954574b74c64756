"""The tables. Rows only: what they mean is said by `approvals`, how they map by `mapping`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, false, text
from sqlmodel import Field, SQLModel

from store.columns import Json, UtcDateTime

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention

_Serial = BigInteger().with_variant(Integer, "sqlite")


def _time(*, nullable: bool = True) -> Any:
    return Field(default=None, sa_column=Column(UtcDateTime, nullable=nullable))


def _json(*, nullable: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Json, nullable=nullable))


def _text(*, nullable: bool = True) -> Any:
    return Field(default=None, sa_column=Column(Text, nullable=nullable))


def _where(name: str, condition: str, *columns: str, unique: bool = False) -> Index:
    """An index over some rows only, at no cost to the others."""
    rows = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=rows, postgresql_where=rows)


def _present(column: str, *columns: str, name: str | None = None) -> Index:
    """An index over the requests that have a value in `column`."""
    named = f"ix_requests_{name or column}"
    return _where(named, f"{column} IS NOT NULL", "project_id", *columns, "number")


class ProjectRow(SQLModel, table=True):
    """A tenant: the head of its audit chain, its counters and its settings.

    Its row is the lock of everything in the project. `version` rises when the roster changes.
    """

    __tablename__ = "projects"

    id: str = Field(primary_key=True)
    created_at: datetime = _time(nullable=False)
    version: int = 0
    chain_n: int = Field(default=0, sa_type=BigInteger)
    chain_hash: str = ""
    last_number: int = Field(default=0, sa_type=BigInteger)
    last_sentinel: int = 0
    operations_channel: str | None = None
    workspace: str | None = None
    intake: dict[str, Any] = _json()


class DomainRow(SQLModel, table=True):
    """The rules of one domain, as applied."""

    __tablename__ = "domains"

    project_id: str = Field(primary_key=True)
    slug: str = Field(primary_key=True)
    rules: dict[str, Any] = _json()


class SentinelRow(SQLModel, table=True):
    """A person. Rows are never deleted, so that a number always means the same person."""

    __tablename__ = "sentinels"

    project_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    name: str
    email: str | None = None
    domains: list[str] = _json()
    jurisdictions: list[str] = _json()
    tier: int = 1
    capacity: int | None = None
    languages: list[str] = _json()
    locale: str | None = None
    slack_team: str | None = None
    slack_user: str | None = None
    active: bool = True
    listed: bool = True
    away_until: datetime | None = _time()
    delegate: int | None = None
    load: int = 0
    last_assigned_at: datetime | None = _time()


class RequestRow(SQLModel, table=True):
    """A request as it stands. `due_at` is when the clock next has something to do.

    `status` is the outcome, or while open the state, or `started` once somebody has looked.
    """

    __tablename__ = "requests"
    __table_args__ = (
        Index("ix_requests_number", "project_id", "number", unique=True),
        _where(
            "ix_requests_external",
            "unique_external_id IS NOT NULL",
            "project_id",
            "unique_external_id",
            unique=True,
        ),
        Index("ix_requests_due", "due_at"),
        _where("ix_requests_queue", "state = 'pending'", "project_id", "priority_rank", "number"),
        Index("ix_requests_assignee", "project_id", "assigned_to", "status", "number"),
        Index("ix_requests_agent", "project_id", "agent_id", "number"),
        Index("ix_requests_status", "project_id", "status", "number"),
        Index("ix_requests_title", "project_id", "title_key", "status", "number"),
        _present("framework", "framework", "status"),
        _present("template_id", "template_id", "status"),
        _present("external_id", "external_id"),
        _present("framework", "title_key", "framework", "status", name="title_framework"),
        _present("template_id", "template_id", "assigned_to", "status", name="template_assignee"),
    )

    id: str = Field(primary_key=True)
    project_id: str
    number: int = Field(sa_type=BigInteger)
    dialect: str
    key_id: str
    key_owner: str | None = None
    agent_id: str = _text(nullable=False)
    agent_name: str | None = _text()
    request_type: str = _text(nullable=False)
    domain: str
    jurisdiction: str | None = _text()
    title: str = _text(nullable=False)
    title_key: str
    summary: str = _text(nullable=False)
    context: Any = _json(nullable=True)
    action: Any = _json(nullable=True)
    priority: str
    priority_rank: int
    risk: str
    confidence: float | None = None
    external_id: str | None = _text()
    unique_external_id: str | None = _text()
    requested_by: str | None = _text()
    callback_url: str | None = _text()
    wire: dict[str, Any] = _json()
    state: str
    assigned_to: int | None = None
    preferred: list[int] = _json()
    recipients: list[int] = _json()
    in_place_of: list[int] = _json()
    min_tier: int = 1
    escalated_by: list[int] = _json()
    escalations: list[dict[str, Any]] = _json()
    started_at: datetime | None = _time()
    expires_at: datetime | None = _time()
    escalate_at: datetime | None = _time()
    alarm_at: datetime | None = _time()
    due_at: datetime | None = _time()
    ended_at: datetime | None = _time()
    status: str
    framework: str | None = _text()
    template_id: str | None = None
    decision: dict[str, Any] | None = _json(nullable=True)
    content_version: int = 1
    version: int = 1
    created_at: datetime = _time(nullable=False)
    updated_at: datetime = _time(nullable=False)


class EventRow(SQLModel, table=True):
    """One link of a project's audit chain. `record` is the exact text that was hashed."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_request", "request_id", "n"),
        # The chain is the table: one tree instead of two.
        {"sqlite_with_rowid": False},
    )

    project_id: str = Field(primary_key=True)
    n: int = Field(primary_key=True, sa_type=BigInteger)
    request_id: str
    record: str = _text(nullable=False)
    hash: str


class DeliveryRow(SQLModel, table=True):
    """A message on its way out, kept after it has arrived or was given up."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_lane", "lane", "state", "due_at"),
        Index("ix_deliveries_request", "request_id", "lane", "state"),
        _where("ix_deliveries_done", "done_at IS NOT NULL", "done_at"),
    )

    seq: int | None = Field(default=None, sa_column=Column(_Serial, primary_key=True, autoincrement=True))
    id: str = Field(unique=True)
    project_id: str
    carrier: str
    lane: str
    topic: str
    request_id: str | None = None
    url: str | None = _text()
    signer: str | None = None
    body: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    intent: dict[str, Any] = _json()
    state: str = "queued"
    attempt: int = 0
    due_at: datetime = _time(nullable=False)
    created_at: datetime = _time(nullable=False)
    done_at: datetime | None = _time()
    last_status: int | None = None
    last_error: str | None = _text()


class LaneRow(SQLModel, table=True):
    """A queue of messages that leave one at a time.

    `due_at` is the earliest of its queued messages (null: none), `ready_at` holds the lane
    back (pacing, a 429) and `lease_until` says until when somebody works on its head.
    `failing_since` is the first failure after which nothing has arrived.
    """

    __tablename__ = "lanes"
    __table_args__ = (Index("ix_lanes_due", "carrier", "due_at"),)

    lane: str = Field(primary_key=True)
    carrier: str
    due_at: datetime | None = _time()
    ready_at: datetime | None = _time()
    lease_until: datetime | None = _time()
    failing_since: datetime | None = _time()


class AlarmRow(SQLModel, table=True):
    """The last message to operations about a receiver, so that many losses are one message an hour."""

    __tablename__ = "alarms"

    project_id: str = Field(primary_key=True)
    lane: str = Field(primary_key=True)
    message: str
    at: datetime = _time(nullable=False)


CARD_IS_OPEN = "shown_state IS NULL OR shown_state IN ('pending', 'assigned')"
"""A card that is not known to show an end. In just these words a query finds the index of such cards."""


class CardRow(SQLModel, table=True):
    """A card in Slack: where it is and what it shows.

    `shown_state` and `shown_holder` are the request's state and Sentinel as the message shows them,
    `looked_at` is when the reconciler last sent for a repair, `digest` says that the message shows
    other requests beside this one.
    """

    __tablename__ = "cards"
    __table_args__ = (
        Index("ix_cards_message", "channel", "ts"),
        _where("ix_cards_open", CARD_IS_OPEN, "project_id", "surface"),
    )

    request_id: str = Field(primary_key=True)
    surface: str = Field(primary_key=True)
    project_id: str
    team: str | None = None
    channel: str | None = None
    ts: str | None = None
    shown_version: int = 0
    content_version: int = 0
    shown_state: str | None = None
    shown_holder: int | None = None
    locale: str | None = None
    digest: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    posted_at: datetime | None = _time()
    looked_at: datetime | None = _time()


class InstallationRow(SQLModel, table=True):
    """The Slack app in one workspace or organisation, its tokens sealed.

    `token` and `refresh_token` are empty once it is gone. `rotating_until` says until when somebody
    fetches the next token.
    """

    __tablename__ = "installations"

    id: str = Field(primary_key=True)
    team: str | None = None
    enterprise: str | None = None
    name: str = _text(nullable=False)
    token: str = _text(nullable=False)
    refresh_token: str | None = _text()
    scopes: list[str] = _json()
    installed_by: str
    installed_at: datetime = _time(nullable=False)
    expires_at: datetime | None = _time()
    gone_at: datetime | None = _time()
    rotating_until: datetime | None = _time()
    turn: int = 0
    app: str | None = None


class KeyRow(SQLModel, table=True):
    """An API key: the hash of its text, its rights, and its sealed webhook secrets."""

    __tablename__ = "keys"

    id: str = Field(primary_key=True)
    project_id: str = Field(index=True)
    name: str
    digest: str = Field(unique=True)
    scopes: list[str] = _json()
    owner: str | None = None
    speaks_for: list[str] = _json()
    rate_count: int | None = None
    rate_seconds: int | None = None
    quota: int | None = None
    max_open: int | None = None
    domains: list[str] = _json()
    jurisdictions: list[str] = _json()
    agents: list[str] = _json()
    networks: list[str] = _json()
    webhook_secrets: list[str] = _json()
    created_at: datetime = _time(nullable=False)
    expires_at: datetime | None = _time()
    revoked_at: datetime | None = _time()


class SigningKeyRow(SQLModel, table=True):
    """A key pair that signs a project's webhooks, until `ends_at` where another has followed it."""

    __tablename__ = "signing_keys"

    id: str = Field(primary_key=True)
    project_id: str = Field(index=True)
    public: str
    sealed: str = _text(nullable=False)
    created_at: datetime = _time(nullable=False)
    ends_at: datetime | None = _time()


class EndpointRow(SQLModel, table=True):
    """A webhook endpoint of a project. `source` says which door made it."""

    __tablename__ = "endpoints"

    id: str = Field(primary_key=True)
    project_id: str = Field(index=True)
    url: str = _text(nullable=False)
    dialect: str
    events: list[str] = _json()
    active: bool = True
    source: str
    secrets: list[str] = _json()
    created_at: datetime = _time(nullable=False)
    updated_at: datetime = _time(nullable=False)


class TemplateRow(SQLModel, table=True):
    """A form of a project, in its present version."""

    __tablename__ = "templates"

    id: str = Field(primary_key=True)
    project_id: str = Field(index=True)
    name: str = _text(nullable=False)
    description: str | None = _text()
    fields: list[dict[str, Any]] = _json()
    version: int = 1
    created_at: datetime = _time(nullable=False)
    updated_at: datetime = _time(nullable=False)


class TeamRow(SQLModel, table=True):
    """A team of a project; `members` are Sentinels' numbers."""

    __tablename__ = "teams"

    id: str = Field(primary_key=True)
    project_id: str = Field(index=True)
    name: str = _text(nullable=False)
    description: str | None = _text()
    members: list[int] = _json()


class FeedbackRow(SQLModel, table=True):
    """What an agent's side thought of a decision."""

    __tablename__ = "feedback"

    id: int | None = Field(default=None, sa_column=Column(_Serial, primary_key=True, autoincrement=True))
    project_id: str = Field(index=True)
    request_id: str
    rating: int
    comment: str | None = _text()
    created_at: datetime = _time(nullable=False)


class TallyRow(SQLModel, table=True):
    """How many requests of a project share a word, so that a list's total costs no scan.

    `facet` is `all`, one of `store.facets`, or two of them; `value` is the word under it. Under `key`
    stand the open requests of each key, whatever their status.
    """

    __tablename__ = "tallies"

    project_id: str = Field(primary_key=True)
    facet: str = Field(primary_key=True)
    value: str = Field(sa_column=Column(Text, primary_key=True))
    status: str = Field(primary_key=True)
    requests: int = 0


class IdempotencyRow(SQLModel, table=True):
    """The first answer under an idempotency key."""

    __tablename__ = "idempotency"
    __table_args__ = (Index("ix_idempotency_created_at", "created_at"),)

    project_id: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    body_sha256: str
    request_id: str
    answer: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = _time(nullable=False)


class AllowanceRow(SQLModel, table=True):
    """When a key has all of its rate again, in nanoseconds (PostgreSQL; elsewhere memory holds it)."""

    __tablename__ = "allowances"

    key_id: str = Field(primary_key=True)
    full_at: int = Field(sa_type=BigInteger)


class PaceRow(SQLModel, table=True):
    """When a budget has all of its rate again, in nanoseconds (PostgreSQL; elsewhere memory holds it)."""

    __tablename__ = "paces"

    name: str = Field(primary_key=True)
    full_at: int = Field(sa_type=BigInteger)


class UsageRow(SQLModel, table=True):
    """How many creates a key has used in a calendar month."""

    __tablename__ = "usage"

    key_id: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    used: int = 0


class SightingRow(SQLModel, table=True):
    """A delivery from Slack that was seen, so that a repeat has no effect."""

    __tablename__ = "sightings"
    __table_args__ = (Index("ix_sightings_at", "at"),)

    kind: str = Field(primary_key=True)
    mark: str = Field(primary_key=True)
    at: datetime = _time(nullable=False)


class HomeRow(SQLModel, table=True):
    """Whoever looks at their App Home, and at which page (see `approvals.homes`)."""

    __tablename__ = "homes"

    key: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True)
    team: str | None = None
    page: int = 0
    opened_at: datetime = _time(nullable=False)


class MetaRow(SQLModel, table=True):
    """Counters and flags over all projects (see `store.meta`)."""

    __tablename__ = "meta"

    name: str = Field(primary_key=True)
    value: int = 0


def table(row: type[SQLModel]) -> Table:
    """The Core table of a row class."""
    found: Table = row.__table__  # type: ignore[attr-defined]
    return found


projects = table(ProjectRow)
domains = table(DomainRow)
sentinels = table(SentinelRow)
requests = table(RequestRow)
events = table(EventRow)
deliveries = table(DeliveryRow)
lanes = table(LaneRow)
alarms = table(AlarmRow)
cards = table(CardRow)
installations = table(InstallationRow)
keys = table(KeyRow)
signing_keys = table(SigningKeyRow)
endpoints = table(EndpointRow)
templates = table(TemplateRow)
teams = table(TeamRow)
feedback = table(FeedbackRow)
tallies = table(TallyRow)
idempotency = table(IdempotencyRow)
allowances = table(AllowanceRow)
paces = table(PaceRow)
usage = table(UsageRow)
sightings = table(SightingRow)
homes = table(HomeRow)
meta = table(MetaRow)
