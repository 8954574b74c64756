"""Where a request goes that comes through a dialect without words of its own for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from api.problems import fault
from api.wires import filled
from approvals import domains
from approvals.model import Dialect, Json, Roster

FALLBACK_DOMAIN = "general"

_LONGEST_PLACE = 500


def rules(roster: Roster, dialect: Dialect) -> Mapping[str, Json]:
    """What the team's `intake` says of a dialect; nothing where it is silent."""
    found = roster.intake.get(dialect.value)
    return found if isinstance(found, dict) else {}


def domain(words: Iterable[Json]) -> str:
    """The slug of the first word that is one, else FALLBACK_DOMAIN."""
    slugs = (domains.slug(word) for word in words if isinstance(word, str))
    return next((slug for slug in slugs if slug is not None), FALLBACK_DOMAIN)


def jurisdiction(field: str, named: Json, otherwise: Json) -> str | None:
    """The place that an agent named where it is a text, else the team's.

    `field` is where the agent did. Raises Refused (400) for a text that is no place.
    """
    if not isinstance(named, str):
        return otherwise if isinstance(otherwise, str) else None
    if len(named) > _LONGEST_PLACE or named.splitlines() not in ([], [named]):
        raise fault(field, "is no place", "send the name of a place in one line")
    return filled(named)
