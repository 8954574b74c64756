"""When to try again: exponential backoff with full jitter, and `Retry-After` where the desk says so."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

WORTH_RETRYING = frozenset({429, 502, 503, 504})
"""Statuses after which the same call may succeed. A 409 with `Retry-After` does so too."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How patient a client is. Times are in seconds.

    `attempts` counts the first try too. `longest_retry_after` bounds what the desk may ask for: a
    quota that is used up until next month is an error at once. `longest_outage` is how long a
    wait for a decision survives without any answer.
    """

    attempts: int = 6
    first: float = 0.5
    longest: float = 8.0
    longest_retry_after: float = 60.0
    longest_outage: float = 900.0

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.first < 0 or self.longest < self.first:
            raise ValueError("attempts must be at least 1, and 0 <= first <= longest")

    def ceiling(self, failures: int) -> float:
        """The longest pause after that many failures in a row (1 at least)."""
        return min(self.longest, self.first * 2.0 ** min(failures - 1, 32))

    def pause(self, failures: int, asked: float | None, dice: random.Random) -> float:
        """How long to wait: anything up to the ceiling, on top of what the desk asked for."""
        return (asked or 0.0) + dice.uniform(0.0, self.ceiling(failures))


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds that `Retry-After` asks for, in either of its forms; None where it cannot be read.

    `headers` have lower-case names. Source: RFC 9110, 10.2.3.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
