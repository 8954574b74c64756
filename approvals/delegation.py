"""Who stands in for whom while somebody is away. Pure.

A delegate gains no right by it: they receive what they are eligible for themselves, and nobody
passes on what they could not have had.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from approvals.authority import ANY_DOMAIN
from approvals.model import Roster, Sentinel

HOPS = 3
"""How often a request may be passed on: from its principal to a delegate, to theirs, to theirs."""


def line(absent: Sentinel, roster: Roster, now: datetime) -> Iterator[Sentinel]:
    """Those who stand in, nearest first: it goes on past whoever is away too, and never in a circle."""
    met, person = {absent.id}, absent
    for _ in range(HOPS):
        heir = roster.sentinel(person.delegate) if person.away(now) else None
        if heir is None or heir.id in met:
            return
        yield heir
        met.add(heir.id)
        person = heir


def common_domain(absent: Sentinel, delegate: Sentinel) -> bool:
    """Whether both review something, so that there is anything to pass on."""
    return ANY_DOMAIN in absent.domains | delegate.domains or not absent.domains.isdisjoint(delegate.domains)


def circular(leaving: Sentinel, delegate: Sentinel, roster: Roster, now: datetime) -> bool:
    """Whether what is passed to `delegate` would come back to whoever is leaving."""
    return leaving.id in {delegate.id, *(person.id for person in line(delegate, roster, now))}
