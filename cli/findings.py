"""What `doctor` finds: one thing that was looked at, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass

OK, NOTE, WRONG = "ok", "note", "wrong"

PATIENCE_S = 3.0
"""How long one look at something in the network may take."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `state` is `ok`, `note` (may be meant) or `wrong`."""

    what: str
    state: str
    text: str
