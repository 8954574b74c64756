"""A route as data: who may call it, what it counts as, what it is for. Every route stands in one table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from pydantic import BaseModel
from structlog.contextvars import bind_contextvars

from api.conditional import Essence, whole
from api.parts import ApiDesk
from api.problems import ErrorShape
from approvals.keys import Key, Scope
from approvals.model import ApprovalRequest, Json

READ = frozenset(Scope)
"""Any live key of the project may look."""

ASK = frozenset({Scope.REQUESTS})
"""The agent's side: ask, cancel, answer."""

SET_UP = frozenset({Scope.REQUESTS, Scope.ADMIN})
"""What one dialect's clients set up with the only key that they know; it gives nobody authority."""

DECIDE = frozenset({Scope.DECIDE})
"""The Sentinels' side."""

ADMIN = frozenset({Scope.ADMIN})
"""The team's side: people."""

PROJECT_WIDE = (SET_UP, ADMIN)
"""What opens only to keys that are not restricted: it is about everybody's requests."""


class Call:
    """One HTTP request that has shown its key."""

    __slots__ = ("body", "desk", "id", "key", "op", "request")

    def __init__(self, op: Op, request: web.Request, desk: ApiDesk, call_id: str, key: Key) -> None:
        self.op = op
        self.request = request
        self.desk = desk
        self.id = call_id
        self.key = key
        self.body: dict[str, Json] | None = None
        """What was sent, once it has been read (see `api.body`)."""

    def about(self, request: ApprovalRequest) -> None:
        """Let the log name the request, under which what becomes of it is found."""
        bind_contextvars(request=request.id)


@dataclass(frozen=True, slots=True)
class Op:
    """One route. A key needs one of `scopes`; `creates` counts against its rate.

    `body` is the wire model of what is sent, `status` that of a good answer. `tagged` says that it
    tells of one thing, so that a client may ask whether it still knows it (see `api.conditional`).
    `promises` says that an `Idempotency-Key` is kept in the transaction itself (see `api.idempotency`).
    `whole` says that it tells of the project as a whole, and so nothing to a key that is restricted.
    """

    method: str
    path: str
    handle: Callable[[Call], Awaitable[web.Response]]
    scopes: frozenset[Scope]
    summary: str
    body: type[BaseModel] | None = None
    status: int = 200
    creates: bool = False
    tagged: bool = False
    promises: bool = False
    whole: bool = False

    @property
    def project_wide(self) -> bool:
        """Whether keys that are restricted have no business here."""
        return self.whole or self.scopes in PROJECT_WIDE


@dataclass(frozen=True, slots=True)
class Mount:
    """A dialect as it is mounted: its routes, its shape of errors, and the prefixes that are its own.

    `keyless` says that its clients know no keys, so that a desk may be told to answer without one.
    `essence` is what of an answer counts for its tag.
    """

    name: str
    prefixes: tuple[str, ...]
    shape: ErrorShape
    ops: tuple[Op, ...]
    keyless: bool = False
    essence: Essence = whole
