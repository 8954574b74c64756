"""What the HTTP door is made of: the ports that it needs and the settings that it heeds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from api.restricted import RestrictedRequests
from approvals.addresses import Network
from approvals.clockwork import Clockwork
from approvals.keys import Rate
from approvals.ports import Allowances, Endpoints, Keys, Library, Outbox, Promises, Requests, SigningKeys
from approvals.restrictions import Restrictions
from approvals.service import Approvals
from approvals.waiting import Waiting


@dataclass(frozen=True, slots=True)
class ApiConfig:
    """Settings of the door.

    `default_rate` limits keys that bear no rate of their own, `project_rate` all keys of a project
    together (None: nothing does), `max_body`
    is in bytes, `blocking_s` in seconds. `callback_guard` says why a callback address is
    refused, or None; `ready` lists what keeps the desk from working (empty: it works).
    `insecure_open` lets the dialect that knows no keys be used without one (see `api.keyless`).
    `trusted_proxies` are believed when they say for whom they call (see `api.callers`).
    `front` is where a browser is sent that comes to the desk's bare address.
    """

    default_rate: Rate | None
    max_body: int
    blocking_s: int
    callback_guard: Callable[[str], str | None]
    ready: Callable[[], Awaitable[list[str]]]
    insecure_open: bool = False
    project_rate: Rate | None = None
    trusted_proxies: tuple[Network, ...] = ()
    front: str = "/docs"


class Metering(Protocol):
    """What the door tells of itself, and shows (see `api.metrics.Meter`)."""

    def answered(self, dialect: str, status: int) -> None:
        """The API answered."""

    def strayed(self, dialect: str) -> None:
        """A key was shown from where it may not be used."""

    async def text(self) -> bytes:
        """All figures, in Prometheus' text format."""


@dataclass(frozen=True, slots=True)
class ApiDesk:
    """The desk as the HTTP door sees it. `clock` returns the present in UTC."""

    approvals: Approvals
    clockwork: Clockwork
    requests: Requests
    keys: Keys
    allowances: Allowances
    endpoints: Endpoints
    signing: SigningKeys
    library: Library
    promises: Promises
    outbox: Outbox
    waiting: Waiting
    clock: Callable[[], datetime]
    config: ApiConfig
    meter: Metering

    def within(self, restrictions: Restrictions) -> ApiDesk:
        """The desk as a key that is restricted sees it: what is outside is not there."""
        if not restrictions:
            return self
        return replace(
            self,
            approvals=self.approvals.within(restrictions),
            requests=RestrictedRequests(self.requests, restrictions),
        )
