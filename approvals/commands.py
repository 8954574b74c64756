"""What a door may ask of the desk: imperative, frozen, already translated and shape-checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from approvals.ids import RequestRef
from approvals.model import (
    ApprovalRequest,
    Dialect,
    Door,
    Json,
    KeyId,
    Priority,
    ProjectId,
    Roster,
    SentinelId,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Caller:
    """The API key that acts: its project, its id, its name, the person who owns it, and its bounds."""

    project: ProjectId
    key_id: KeyId
    name: str
    owner: str | None = None
    quota: int | None = None
    max_open: int | None = None


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A client's promise that repeats are one request.

    `scope` is key and route; `render` makes the answer that is kept and given again,
    byte for byte, of the request and the roster as they stand then.
    """

    key: str
    scope: str
    body_sha256: str
    render: Callable[[ApprovalRequest, Roster], bytes]


@dataclass(frozen=True, slots=True)
class Submit:
    """An agent asks. `expires_at` None means the default of domain and dialect.

    `fingerprint` is the hash of what counts as "the same content" under `external_id`
    where the dialect makes that unique (`unique_external_id`).
    """

    caller: Caller
    dialect: Dialect
    agent_id: str
    request_type: str
    domain: str
    title: str
    summary: str
    agent_name: str | None = None
    jurisdiction: str | None = None
    context: Json = None
    action: Json = None
    priority: Priority = Priority.NORMAL
    confidence: float | None = None
    external_id: str | None = None
    unique_external_id: bool = False
    fingerprint: str | None = None
    requested_by: str | None = None
    callback_url: str | None = None
    expires_at: datetime | None = None
    preferred: tuple[SentinelId, ...] = ()
    wire: Mapping[str, Json] = field(default_factory=dict)
    idempotency: Idempotency | None = None


@dataclass(frozen=True, slots=True)
class Decide:
    """A person decides.

    `shown` is the content version that the person saw (None: the current one, for doors
    that read and decide in one call). `modified` and `answers` as in Decision.
    `lenient` marks a vendor's own decide route, where words are asked for only if the
    domain requires them for every verdict.
    """

    project: ProjectId
    request: RequestRef
    by: SentinelId
    verdict: Verdict
    door: Door
    reasoning: str | None = None
    modified: Json = None
    answers: Mapping[str, Json] | None = None
    shown: int | None = None
    lenient: bool = False
    idempotency: Idempotency | None = None


@dataclass(frozen=True, slots=True)
class Escalate:
    """A person sends it up a tier; `target` may name who of those who qualify."""

    project: ProjectId
    request: RequestRef
    by: SentinelId
    door: Door
    reasoning: str | None = None
    target: SentinelId | None = None
    idempotency: Idempotency | None = None


@dataclass(frozen=True, slots=True)
class Cancel:
    """The requester takes it back. `actor` is for the record.

    `void` says that nobody took it back: the desk has lost what became of it (`approvals.restoring`).
    """

    project: ProjectId
    request: RequestRef
    actor: str
    door: Door = Door.API
    void: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """An authorised person opened Details or a deciding modal."""

    project: ProjectId
    request: RequestRef
    by: SentinelId


@dataclass(frozen=True, slots=True)
class Ask:
    """A person asks the agent a question instead of deciding."""

    project: ProjectId
    request: RequestRef
    by: SentinelId
    question: str
    door: Door


@dataclass(frozen=True, slots=True)
class Answer:
    """The agent answers question `number` (counted from 1 on each request)."""

    project: ProjectId
    request: RequestRef
    number: int
    text: str
    actor: str


@dataclass(frozen=True, slots=True)
class SetAway:
    """A Sentinel is absent until `until` (None: back); open cases go to `delegate` or on."""

    project: ProjectId
    sentinel: SentinelId
    until: datetime | None
    delegate: SentinelId | None = None
    actor: str = "desk"


@dataclass(frozen=True, slots=True)
class SetLocale:
    """A Sentinel chooses the language in which the desk speaks to them; None leaves it to the team."""

    project: ProjectId
    sentinel: SentinelId
    locale: str | None
    actor: str = "desk"


@dataclass(frozen=True, slots=True)
class SetActive:
    """Activate or deactivate a Sentinel."""

    project: ProjectId
    sentinel: SentinelId
    active: bool
    actor: str = "desk"


@dataclass(frozen=True, slots=True)
class Rate:
    """The agent's side says how good a decision was: `rating` 1 to 5, and words."""

    project: ProjectId
    request: RequestRef
    rating: int
    comment: str | None
    actor: str


@dataclass(frozen=True, slots=True)
class Amend:
    """The agent's side changes a request: what is None stays.

    `preferred` moves an assigned request to one of them who can receive it, unless somebody has
    started. `content` replaces the fields of the same names (`title`, `summary`, `context`), and makes
    a new content version; it is refused once somebody has started. `wire` adds to what the
    request's own dialect knows.
    """

    project: ProjectId
    request: RequestRef
    actor: str
    priority: Priority | None = None
    expires_at: datetime | None = None
    preferred: tuple[SentinelId, ...] | None = None
    content: Mapping[str, Json] | None = None
    wire: Mapping[str, Json] | None = None
