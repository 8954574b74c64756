"""The desk in numbers, over all projects, for whoever watches it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figures:
    """How things stand now.

    `requests` counts them by the word under which they are listed (`assigned`, `approved` …).
    `waiting_s` is the age of the oldest request without a Sentinel. `queued` counts messages on
    their way by carrier, and `overdue_s` says for how long the most overdue of them could have left.
    """

    requests: Mapping[str, int] = field(default_factory=dict)
    waiting_s: float = 0.0
    queued: Mapping[str, int] = field(default_factory=dict)
    overdue_s: Mapping[str, float] = field(default_factory=dict)
