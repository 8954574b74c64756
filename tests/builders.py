"""Values for tests, with defaults that fit together: a request about law in Québec, a Sentinel for it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from approvals import ids
from approvals.applying import Wanted, WantedSentinel
from approvals.commands import Caller, Submit
from approvals.model import (
    ApprovalRequest,
    Dialect,
    Domain,
    KeyId,
    ProjectId,
    Roster,
    Sentinel,
    SentinelId,
    State,
)

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""A Monday; the time at which a test's clock starts."""

PROJECT = ProjectId("default")
KEY = KeyId("k0123456789a")


def minutes(count: float) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=count)


def hours(count: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=count)


def a_sentinel(number: int = 1, **changes: Any) -> Sentinel:
    """A Sentinel for `legal`, everywhere, of tier 1; name and e-mail follow from the number."""
    sentinel = Sentinel(
        id=SentinelId(number),
        name=f"Sentinel {number}",
        email=f"s{number}@example.com",
        domains=frozenset({"legal"}),
    )
    return replace(sentinel, **_domains(changes))


def a_wanted(number: int = 1, **changes: Any) -> WantedSentinel:
    """The same Sentinel as a `desk.yml` writes them."""
    wanted = WantedSentinel(
        name=f"Sentinel {number}",
        email=f"s{number}@example.com",
        domains=frozenset({"legal"}),
    )
    return replace(wanted, **_domains(changes))


def a_domain(slug: str = "legal", **changes: Any) -> Domain:
    """A domain with the defaults of `desk.yml`."""
    return replace(Domain(slug), **changes)


def a_roster(*sentinels: Sentinel, domains: Iterable[Domain] = (), **changes: Any) -> Roster:
    """A roster of these Sentinels (one, if none is given); the domain `legal` is configured."""
    people = sentinels or (a_sentinel(),)
    rules = {domain.slug: domain for domain in (a_domain(), *domains)}
    roster = Roster(PROJECT, domains=rules, sentinels={s.id: s for s in people})
    return replace(roster, **changes)


def wanting(*sentinels: WantedSentinel, domains: Iterable[Domain] = (), **changes: Any) -> Wanted:
    """A `desk.yml` with these Sentinels and the domain `legal`, or others of the same name."""
    rules = {domain.slug: domain for domain in (a_domain(), *domains)}
    return replace(Wanted(PROJECT, domains=rules, sentinels=sentinels), **changes)


def a_request(number: int = 1, **changes: Any) -> ApprovalRequest:
    """A pending request of `humanlayer` about law in Québec, made at NOW, without a deadline."""
    request = ApprovalRequest(
        id=ids.new_id(NOW),
        project=PROJECT,
        number=number,
        dialect=Dialect.HUMANLAYER,
        key_id=KEY,
        agent_id="agent-1",
        request_type="validation",
        domain="legal",
        jurisdiction="Québec",
        title="Send the contract",
        summary="Send the contract to the supplier.",
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(request, **changes)


def assigned(to: int = 1, **changes: Any) -> ApprovalRequest:
    """A request that the Sentinel of that number holds."""
    held = {"state": State.ASSIGNED, "assigned_to": SentinelId(to), "recipients": (SentinelId(to),)}
    return a_request(**{**held, **changes})


def a_caller(**changes: Any) -> Caller:
    """The key of an agent in the default project."""
    return replace(Caller(PROJECT, KEY, "Agent's key"), **changes)


def a_submit(**changes: Any) -> Submit:
    """What an agent asks, as the request of `a_request` was asked."""
    command = Submit(
        caller=a_caller(),
        dialect=Dialect.HUMANLAYER,
        agent_id="agent-1",
        request_type="validation",
        domain="legal",
        jurisdiction="Québec",
        title="Send the contract",
        summary="Send the contract to the supplier.",
    )
    return replace(command, **changes)


def _domains(changes: dict[str, Any]) -> dict[str, Any]:
    """Lets a test write `domains={"legal"}` or `domains=["legal"]`."""
    if "domains" in changes:
        changes["domains"] = frozenset(changes["domains"])
    return changes
