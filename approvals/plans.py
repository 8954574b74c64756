"""How often a key may create: rates, monthly quotas, and the plans of the references."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from approvals.keys import Rate

_RATE = re.compile(r"([1-9][0-9]{0,8})/(s|sec|min|h|hour)")
_QUOTA = re.compile(r"([1-9][0-9]{0,8})/month")
_SECONDS = {"s": 1, "sec": 1, "min": 60, "h": 3600, "hour": 3600}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a key of a plan may do; None: nothing but the desk's default limits it."""

    rate: Rate | None = None
    quota: int | None = None


PLANS: Mapping[str, Plan] = {
    "free": Plan(quota=50),
    "pro": Plan(),
    "standard": Plan(Rate(1_000, 60)),
    "professional": Plan(Rate(10_000, 60)),
    "enterprise": Plan(Rate(100_000, 60)),
}
"""The plans that the references name: the first two count months, the others minutes."""


def rate(text: str) -> Rate | None:
    """Read `1000/min`, `10/s` or `5000/h`; None where it is none of these."""
    found = _RATE.fullmatch(text)
    return Rate(int(found[1]), _SECONDS[found[2]]) if found else None


def quota(text: str) -> int | None:
    """Read `50/month`; None where it is something else."""
    found = _QUOTA.fullmatch(text)
    return int(found[1]) if found else None
