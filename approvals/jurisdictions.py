"""Where the law applies: which place covers which, and how near. Places are read by `places`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from functools import lru_cache
from types import MappingProxyType

from approvals.places import ANYWHERE, atlas, known, normal, suggest

__all__ = ["BLOCS", "Closeness", "closeness", "known", "normal", "suggest"]

_MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
# Territories with a code of their own where Union law applies (TFEU, articles 349 and 355).
_OUTERMOST = "AX GF GP MF MQ RE YT"
_EU = frozenset([*_MEMBERS.split(" "), *_OUTERMOST.split(" ")])

BLOCS: Mapping[str, frozenset[str]] = {"EU": _EU, "EEA": _EU | {"EU", "IS", "LI", "NO"}}
"""Bloc -> the countries (and blocs) that it covers. The EEA is the EU with three more."""


class Closeness(IntEnum):
    """How near the place that a Sentinel holds is to the one that is asked for.

    COUNTRY is any wider place of the same country: `CA` for `CA-QC`, `FR-IDF` for Paris.
    """

    SAME = 0
    COUNTRY = 1
    BLOC = 2
    ANYWHERE = 3


def closeness(held: Iterable[str], asked: str | None) -> Closeness | None:
    """The nearest way in which any of the places held covers the one asked for; None: not at all.

    Nothing asked is covered by everybody, as near as can be.
    """
    if asked is None or not asked.strip():
        return Closeness.SAME
    return _nearest(tuple(held), normal(asked))


@lru_cache(maxsize=4096)
def _nearest(held: tuple[str, ...], asked: str) -> Closeness | None:
    covering = _covering(asked)
    return min((covering[place] for place in map(normal, held) if place in covering), default=None)


@lru_cache(maxsize=4096)
def _covering(place: str) -> Mapping[str, Closeness]:
    """All places that cover this one, and how near each is."""
    line = list(_wider(place))
    covering = dict.fromkeys(line, Closeness.COUNTRY) | {place: Closeness.SAME}
    for bloc, members in BLOCS.items():
        if _country(line) in members:
            covering.setdefault(bloc, Closeness.BLOC)
    covering.setdefault(ANYWHERE, Closeness.ANYWHERE)
    return MappingProxyType(covering)


def _wider(place: str | None) -> Iterable[str]:
    """The place itself, then each wider one up to the country."""
    while place is not None:
        yield place
        place = atlas().within.get(place)


def _country(line: list[str]) -> str:
    """The code by which a place belongs to a bloc: the first of its line that is no subdivision."""
    return next((place for place in line if "-" not in place), line[-1])
