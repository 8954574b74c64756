"""Who may decide what. The one rule for every door, checked in the deciding transaction.

Load and absence never count here: they say who receives a request, not who may decide it.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from approvals import jurisdictions
from approvals.errors import NotAuthorised, UnknownSentinel
from approvals.model import ApprovalRequest, Roster, Sentinel, SentinelId
from approvals.words import fold

ANY_DOMAIN = "*"

_BETWEEN = re.compile(r"[\s<>|,;()]+(?:mailto:)?@?")


class Refusal(StrEnum):
    """Why a person may not decide a request."""

    INACTIVE = "inactive"
    DOMAIN = "domain"
    JURISDICTION = "jurisdiction"
    REQUESTER = "requester"
    KEY_OWNER = "key_owner"
    ESCALATED_IT = "escalated_it"
    TIER = "tier"
    NOT_ASSIGNED = "not_assigned"
    PRINCIPAL = "principal"


def disqualified(request: ApprovalRequest, sentinel: Sentinel) -> Refusal | None:
    """Why this person is not qualified for the request, or None where they are."""
    if not sentinel.active:
        return Refusal.INACTIVE
    if request.domain not in sentinel.domains and ANY_DOMAIN not in sentinel.domains:
        return Refusal.DOMAIN
    if jurisdictions.closeness(sentinel.jurisdictions, request.jurisdiction) is None:
        return Refusal.JURISDICTION
    return excluded(request, sentinel)


def excluded(request: ApprovalRequest, sentinel: Sentinel) -> Refusal | None:
    """Why four eyes forbid it: the requester, the key's owner, whoever sent it up."""
    if names(request.requested_by, sentinel):
        return Refusal.REQUESTER
    if names(request.key_owner, sentinel):
        return Refusal.KEY_OWNER
    if sentinel.id in request.escalated_by:
        return Refusal.ESCALATED_IT
    return None


def barred(request: ApprovalRequest, roster: Roster) -> Refusal | None:
    """Why four eyes forbid it to whoever has it in another's place, or None.

    A delegate may not decide what those may not who passed it on, such as what one of them asked for.
    """
    principals = filter(None, map(roster.sentinel, request.in_place_of))
    return Refusal.PRINCIPAL if any(excluded(request, person) for person in principals) else None


def names(text: str | None, sentinel: Sentinel) -> bool:
    """Whether a text means this person: by e-mail, Slack id or name, in any usual way to write them.

    `Marie <marie@example.com>`, `<@U012ABC>`, `T012ABC/U012ABC` and other accents or spacing count
    too: what an agent sends can only exclude, so that it is read generously.
    """
    if not text:
        return False
    handles, called = _meant(text)
    own = {fold(sentinel.email or ""), fold(sentinel.slack_user or "")} - {""}
    return not own.isdisjoint(handles) or (fold(sentinel.name) or None) in called


@lru_cache(maxsize=128)
def _meant(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The addresses and ids in a text, and what it may be as a name: whole, or up to an address."""
    whole = fold(text)
    handles = _BETWEEN.split(f" {whole}")
    # An account may be named with its workspace in front.
    handles += [handle.rpartition("/")[2] for handle in handles]
    return frozenset(handles), frozenset({whole, whole.partition("<")[0].strip()})


def refusal(request: ApprovalRequest, sentinel: Sentinel, roster: Roster) -> Refusal | None:
    """Why this person may not decide the request, or None where they may."""
    unfit = disqualified(request, sentinel)
    if unfit is not None:
        return unfit
    if sentinel.id == request.assigned_to:
        return barred(request, roster)
    if sentinel.tier < request.min_tier:
        return Refusal.TIER
    return None if roster.domain(request.domain).backups else Refusal.NOT_ASSIGNED


def decider(request: ApprovalRequest, sentinel_id: SentinelId, roster: Roster) -> Sentinel:
    """The Sentinel of that number, if they may decide; else NotAuthorised or UnknownSentinel."""
    sentinel = roster.sentinel(sentinel_id)
    if sentinel is None:
        raise UnknownSentinel(sentinel_id)
    reason = refusal(request, sentinel, roster)
    if reason is not None:
        raise NotAuthorised(request, sentinel, reason)
    return sentinel


def may_read(request: ApprovalRequest, sentinel: Sentinel, roster: Roster) -> bool:
    """Whether this person may read all of a request: who may decide it, and whoever has decided it."""
    decided_it = request.decision is not None and request.decision.by == sentinel.id
    return (sentinel.active and decided_it) or refusal(request, sentinel, roster) is None


def may_know(request: ApprovalRequest, sentinel: Sentinel) -> bool:
    """Whether this person may hear that there is such a request, and how it stands.

    Those whose field it is, four eyes or not, and those who had it.
    """
    foreign = {Refusal.DOMAIN, Refusal.JURISDICTION}
    had_it = sentinel.id in request.recipients
    return sentinel.active and (had_it or disqualified(request, sentinel) not in foreign)


def may_decide(request: ApprovalRequest, roster: Roster) -> list[Sentinel]:
    """Everybody who may decide the request now, the assigned person first."""
    able = [s for s in roster.sentinels.values() if refusal(request, s, roster) is None]
    return sorted(able, key=lambda s: (s.id != request.assigned_to, s.tier, s.name))
