"""`/metrics`: the desk in numbers, as Prometheus reads them.

Every label has few values: dialects, statuses, carriers, outcomes. Never a project, a key or a person.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from api.connections import Gate
from api.ops import ADMIN, Call, Op
from approvals.auditing import TRUTHS, Violation
from approvals.figures import Figures
from approvals.model import ApprovalRequest
from approvals.outbox import Attempt, Carrier, Delivery, Fate
from approvals.waiting import Waiting

DECIDED_WITHIN = (1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600, 72 * 3600)
ARRIVED_WITHIN = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30, 300, 3600)

MOST_ERRORS = 50
"""How many of Slack's error words are told apart; it has some hundred, and a proxy may make up more."""

_WORD = re.compile(r"[a-z][a-z0-9_]{1,39}")


class Meter:
    """Counts what happens in this process, and shows it beside what the database says."""

    def __init__(self, figures: Callable[[], Awaitable[Figures]]) -> None:
        self._figures = figures
        self._errors: set[str] = set()
        self.registry = r = CollectorRegistry()
        name = "sentinel_desk"
        self._answers = Counter(f"{name}_answers", "Answers of the API.", ["dialect", "status"], registry=r)
        self._limited = Counter(
            f"{name}_rate_limited", "Creates refused by a rate or a quota.", ["dialect"], registry=r
        )
        self._strayed = Counter(
            f"{name}_strayed_keys", "Keys shown from where they may not be used.", ["dialect"], registry=r
        )
        self._refused = Counter(
            f"{name}_slack_refused", "Deliveries of Slack that are not for us.", ["reason"], registry=r
        )
        self._ended = Histogram(
            f"{name}_request_seconds",
            "From a request to its end.",
            ["outcome"],
            buckets=DECIDED_WITHIN,
            registry=r,
        )
        self._arrived = Histogram(
            f"{name}_delivery_seconds",
            "From the commit of a message to its arrival.",
            ["carrier"],
            buckets=ARRIVED_WITHIN,
            registry=r,
        )
        self._tries = Counter(
            f"{name}_delivery_tries", "Tries to deliver a message.", ["carrier", "fate"], registry=r
        )
        self._slack = Counter(
            f"{name}_slack_errors", "What Slack answered to a message it did not take.", ["error"], registry=r
        )
        self._requests = Gauge(f"{name}_requests", "Requests as they stand.", ["status"], registry=r)
        self._waiting = Gauge(
            f"{name}_oldest_waiting_seconds", "Age of the oldest request without a Sentinel.", registry=r
        )
        self._queued = Gauge(f"{name}_messages_queued", "Messages on their way.", ["carrier"], registry=r)
        self._overdue = Gauge(
            f"{name}_messages_overdue_seconds",
            "For how long the most overdue message could have left.",
            ["carrier"],
            registry=r,
        )
        self._violations = Counter(
            f"{name}_invariant_violations",
            "What the auditor found that should be impossible.",
            ["n", "truth"],
            registry=r,
        )
        for word, truth in TRUTHS.items():
            self._violations.labels(truth.number, word)
        self._pings = Counter(
            f"{name}_deadman_pings", "Pings of the monitor outside.", ["outcome"], registry=r
        )
        self._audited = Gauge(
            f"{name}_audited_timestamp_seconds", "When the auditor has last looked.", registry=r
        )

    def pinged(self, outcome: str) -> None:
        """The monitor outside was pinged, or was not."""
        self._pings.labels(outcome).inc()

    def audited(self, found: Iterable[Violation]) -> None:
        """The auditor has looked; this is what it found."""
        self._audited.set_to_current_time()
        for violation in found:
            self._violations.labels(TRUTHS[violation.truth].number, violation.truth).inc()

    def answered(self, dialect: str, status: int) -> None:
        """The API answered."""
        self._answers.labels(dialect, status).inc()
        if status == web.HTTPTooManyRequests.status_code:
            self._limited.labels(dialect).inc()

    def strayed(self, dialect: str) -> None:
        """A key was shown from where it may not be used."""
        self._strayed.labels(dialect).inc()

    def refused(self, reason: str) -> None:
        """Something came as if from Slack, without its `signature` or for another `app`."""
        self._refused.labels(reason).inc()

    def committed(self, requests: Iterable[ApprovalRequest]) -> None:
        """These were changed; each counts once, when it ends."""
        for request in requests:
            if request.ended_at is not None and request.ended_at == request.updated_at:
                took = request.ended_at - request.created_at
                self._ended.labels(request.outcome).observe(took.total_seconds())

    def tried(self, delivery: Delivery, attempt: Attempt, now: datetime) -> None:
        """A message was tried once."""
        self._tries.labels(delivery.carrier.value, attempt.fate.value).inc()
        if attempt.fate is Fate.DELIVERED:
            self._arrived.labels(delivery.carrier.value).observe((now - delivery.created_at).total_seconds())
        elif delivery.carrier is Carrier.SLACK:
            self._slack.labels(self._known(attempt.error)).inc()

    def watch(self, gate: Gate, waiting: Waiting) -> None:
        """Show the connections of this door as well, and who waits at it."""
        for name, meaning, value in (
            ("waiters", "Clients whose answer is held back.", lambda: len(waiting)),
            ("connections", "Connections that are open.", lambda: gate.open),
            ("connections_refused", "Connections over the bound, since the start.", lambda: gate.refused),
            ("connections_cut", "Connections cut for being slow, since the start.", lambda: gate.cut),
            ("tasks", "Tasks of the event loop.", lambda: len(asyncio.all_tasks())),
        ):
            Gauge(f"sentinel_desk_{name}", meaning, registry=self.registry).set_function(value)

    async def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        found = await self._figures()
        for gauge, values in (
            (self._requests, found.requests),
            (self._queued, found.queued),
            (self._overdue, found.overdue_s),
        ):
            gauge.clear()
            for label, value in values.items():
                gauge.labels(label).set(value)
        self._waiting.set(found.waiting_s)
        return generate_latest(self.registry)

    def _known(self, error: str | None) -> str:
        if error in self._errors:
            return str(error)
        if error is None or len(self._errors) >= MOST_ERRORS or not _WORD.fullmatch(error):
            return "other"
        self._errors.add(error)
        return error


async def expose(call: Call) -> web.Response:
    """All figures, over all projects."""
    return web.Response(
        body=await call.desk.meter.text(),
        headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"},
    )


OPS = (Op("GET", "/metrics", expose, ADMIN, "Figures for Prometheus"),)
