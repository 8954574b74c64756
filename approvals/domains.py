"""Fields of expertise: from the words of a person or an agent to the slug that they are matched by."""

from __future__ import annotations

import re
from functools import lru_cache

from approvals.words import fold

LONGEST = 64
"""How many characters a slug may have."""

_OTHERS = re.compile(r"[^a-z0-9_-]+")


def slug(text: str) -> str | None:
    """The matching form of a domain's name: `Données personnelles` is `donnees-personnelles`.

    Case and accents are folded; whatever is not in `a-z0-9_-` becomes one hyphen.
    None where nothing is left, or more than LONGEST characters are.
    """
    return None if len(text) > 4 * LONGEST else _slug(text)


@lru_cache(maxsize=1024)
def _slug(text: str) -> str | None:
    found = _OTHERS.sub("-", fold(text)).strip("-")
    return found if 0 < len(found) <= LONGEST else None
