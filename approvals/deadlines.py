"""When the clock has something to do on a request: expiry, silence, reminders, alarm."""

from __future__ import annotations

from datetime import datetime, timedelta

from approvals.errors import InvalidField
from approvals.model import ApprovalRequest, Dialect, Domain

UNATTENDED_AFTER = timedelta(minutes=5)
"""How long a request may wait without a Sentinel before the operations channel is told."""

REMINDERS = (0.5, 0.8)
"""At which shares of the time to its deadline the Sentinel who has a request is reminded of it."""

SHORTEST_REMINDED = timedelta(hours=1)
"""Whoever gets a request with a closer deadline has it before their eyes."""

_DEFAULT_LIFE = {Dialect.HUMANLAYER: timedelta(hours=48)}


def expires_at(asked: datetime | None, domain: Domain, dialect: Dialect, now: datetime) -> datetime | None:
    """The deadline: as asked, else the domain's, else the dialect's default, else none.

    Raises InvalidField where the asked time is not in the future.
    """
    if asked is not None:
        if asked <= now:
            raise InvalidField("expires_at", "must be in the future", "a later date-time, in UTC with Z")
        return asked
    life = domain.expires_after or _DEFAULT_LIFE.get(dialect)
    return None if life is None else now + life


def escalate_at(domain: Domain, now: datetime) -> datetime | None:
    """When silence moves a request up that is assigned now; None where the domain sets nothing."""
    return None if domain.escalate_after is None else now + domain.escalate_after


def remind_at(request: ApprovalRequest, now: datetime) -> datetime | None:
    """When the Sentinel who has the request is next reminded; None where no reminder is left."""
    if request.expires_at is None:
        return None
    life = request.expires_at - request.created_at
    times = [request.created_at + share * life for share in REMINDERS if life >= SHORTEST_REMINDED]
    return next((time for time in times if time > now), None)


def next_month(now: datetime) -> datetime:
    """The first instant of the month after `now`: when a monthly quota starts anew."""
    year, month = divmod(now.year * 12 + now.month, 12)
    return now.replace(year=year, month=month + 1, day=1, hour=0, minute=0, second=0, microsecond=0)
