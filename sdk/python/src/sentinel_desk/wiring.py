"""How both clients are set up."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime

import httpx2

from sentinel_desk.exchange import Exchange
from sentinel_desk.flows import Flows
from sentinel_desk.retries import Retries

DEFAULT_TIMEOUT = 30.0
"""Seconds for one call."""

DEFAULT_HOLD = 55
"""Seconds for one held answer: just under the 60 after which many proxies break off a silent call."""

LONGEST_HOLD = 300
"""Seconds for which the desk holds an answer back at most."""

DEFAULT_RETRIES = Retries()

# Every waiter keeps a connection busy, and none may wait for another's.
LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=20)

_CONNECT_S = 10.0


def flows(timeout: float, hold: int, retries: Retries) -> Flows:
    """The verbs with the machine's clocks. Raises ValueError."""
    if timeout <= 0 or not 0 <= hold <= LONGEST_HOLD:
        raise ValueError(f"timeout must be positive, and hold 0 to {LONGEST_HOLD} seconds")
    return Flows(Exchange(retries, _utc_now, random.Random()), timeout, hold, time.monotonic)


def step_timeout(seconds: float) -> httpx2.Timeout:
    """Bounds for one call: an answer may take long, a connection may not."""
    return httpx2.Timeout(seconds, connect=min(seconds, _CONNECT_S))


class Countdown:
    """What is left of a timeout in seconds, None where there is none; never below zero."""

    def __init__(self, timeout: float | None) -> None:
        self.timeout = timeout
        self._end = None if timeout is None else time.monotonic() + timeout

    def __call__(self) -> float | None:
        """The seconds left now."""
        return None if self._end is None else max(0.0, self._end - time.monotonic())


def _utc_now() -> datetime:
    return datetime.now(UTC)
