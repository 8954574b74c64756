"""Who looks at their App Home in Slack, and at which page of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

WATCHED = timedelta(days=1)
"""How long an App Home is kept up to date after it was opened. Slack tells of each opening anew."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """A person: `key` is the workspace's or organisation's id, `team` their own workspace's.

    `page` counts from 0.
    """

    key: str
    user: str
    team: str | None = None
    page: int = 0
