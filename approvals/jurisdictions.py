"""Places: names and codes to one normal form, and which place covers which."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Closeness(IntEnum):
    """How near the place that a Sentinel holds is to the one that is asked for."""

    SAME = 0
    COUNTRY = 1
    BLOC = 2
    ANYWHERE = 3


def closeness(held: Iterable[str], asked: str | None) -> Closeness | None:
    """The nearest way in which any of the places held covers the one asked for; None: not at all.

    Nothing asked is covered by everybody, as near as can be.
    """
    raise NotImplementedError
