"""What a request names that nobody knows, where another word was likely meant. It is taken all the same."""

from __future__ import annotations

import difflib

from approvals.authority import ANY_DOMAIN
from approvals.model import ApprovalRequest, Roster
from approvals.places import known, normal

_ALIKE = 0.8
_UNSAID = "general"
"""The domain of what names none."""


def meant_domain(domain: str, roster: Roster) -> str | None:
    """The domain of this team that a mistyped one is near to; None where it is theirs, or near to none."""
    named = {name for one in roster.sentinels.values() for name in one.domains} - {ANY_DOMAIN}
    theirs = named | roster.domains.keys()
    if domain in theirs or domain == _UNSAID:
        return None
    return next(iter(difflib.get_close_matches(domain, sorted(theirs), 1, _ALIKE)), None)


def unknown_place(request: ApprovalRequest, roster: Roster) -> bool:
    """Whether its jurisdiction is no place, and in the words of nobody's."""
    asked = request.jurisdiction
    if asked is None or not asked.strip() or known(asked):
        return False
    listed = (place for one in roster.sentinels.values() for place in one.jurisdictions)
    return normal(asked) not in set(map(normal, listed))
