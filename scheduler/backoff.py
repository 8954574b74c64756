"""When a message is tried again: two ladders as tables, and their jitter. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

_JITTER = 0.1
_LONG = timedelta(hours=2)

Ladder = tuple[timedelta, ...]
"""The wait before the second try, the third, and so on. After the last try the message is dead."""

CALLBACKS: Ladder = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""HTTP receivers: twelve tries over 75 h 42 min 35 s, as Standard Webhooks advises (a little denser)."""

SLACK: Ladder = (
    *(timedelta(seconds=s) for s in (1, 2, 5, 10, 20, 30)),
    *(timedelta(minutes=1),) * 60,
    *(timedelta(minutes=5),) * 852,
)
"""Slack: quickly at first, each minute for an hour, each five minutes until three days are over.

People wait for these, and there is one Slack: after an outage every lane is alive again
within a minute (five after a long one).
"""

SLACK_SPAN = sum(SLACK, timedelta())
"""How long a message to Slack is tried at least."""


def next_try(
    attempt_no: int, failed_at: datetime, random: Callable[[], float], ladder: Ladder = CALLBACKS
) -> datetime | None:
    """When to try again after try `attempt_no` (1 is the first) failed; None: it is dead.

    `random` gives floats in [0, 1). Waits under two hours vary by ±10 %, longer ones by
    0 to +10 %, so that the whole ladder never ends before its time.
    """
    if attempt_no > len(ladder):
        return None
    wait = ladder[max(attempt_no, 1) - 1]
    spread = random() if wait >= _LONG else 2 * random() - 1
    return failed_at + wait * (1 + _JITTER * spread)
