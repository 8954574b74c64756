"""Which Sentinel receives a request: pure, deterministic, explained.

Among those eligible: whom the agent's client asked for, the lowest tier not under
`min_tier`, the closest jurisdiction, a named domain before `*`, the lightest load,
the longest unassigned, the name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from approvals import jurisdictions
from approvals.authority import disqualified
from approvals.model import ApprovalRequest, Roster, Sentinel, SentinelId

_NEVER = datetime.min.replace(tzinfo=UTC)

Rank = tuple[bool, int, int, bool, float, datetime, str, int]


@dataclass(frozen=True, slots=True)
class Considered:
    """One Sentinel under consideration.

    `reason` is None where the person is eligible, else a word of `authority.Refusal`,
    or `tier_too_low`, `away` or `full`. `rank` orders the eligible, smallest first.
    """

    sentinel: Sentinel
    reason: str | None
    rank: Rank | None
    chosen: bool = False

    @property
    def qualified(self) -> bool:
        """Whether only absence, load or tier stand in the way, if anything."""
        return self.reason in {None, "away", "full", "tier_too_low"}


def choose(request: ApprovalRequest, roster: Roster, now: datetime) -> Sentinel | None:
    """Who receives the request now, or None."""
    ranked = [
        (rank(request, sentinel), sentinel)
        for sentinel in roster.sentinels.values()
        if ineligible(request, sentinel, now) is None
    ]
    return min(ranked, key=lambda pair: pair[0])[1] if ranked else None


def explain(request: ApprovalRequest, roster: Roster, now: datetime) -> list[Considered]:
    """Every Sentinel of the project with why or why not; the eligible first, best first."""
    chosen = choose(request, roster, now)
    considered = []
    for sentinel in roster.sentinels.values():
        reason = ineligible(request, sentinel, now)
        place = rank(request, sentinel) if reason is None else None
        considered.append(Considered(sentinel, reason, place, sentinel is chosen))
    return sorted(considered, key=lambda c: (c.rank is None, c.rank or (), c.sentinel.name))


def ineligible(request: ApprovalRequest, sentinel: Sentinel, now: datetime) -> str | None:
    """Why this person cannot receive the request now, or None."""
    unfit = disqualified(request, sentinel)
    if unfit is not None:
        return unfit.value
    if sentinel.tier < request.min_tier:
        return "tier_too_low"
    if sentinel.away(now):
        return "away"
    return "full" if sentinel.full else None


def rank(request: ApprovalRequest, sentinel: Sentinel) -> Rank:
    """The order of the eligible as one comparable value."""
    closeness = jurisdictions.closeness(sentinel.jurisdictions, request.jurisdiction)
    # Without a capacity a load weighs next to nothing, but still less is lighter.
    burden = sentinel.load / (sentinel.capacity or 1_000_000)
    return (
        sentinel.id not in request.preferred,
        sentinel.tier,
        0 if closeness is None else int(closeness),
        request.domain not in sentinel.domains,
        burden,
        sentinel.last_assigned_at or _NEVER,
        sentinel.name,
        sentinel.id,
    )


def covered(request: ApprovalRequest, roster: Roster) -> bool:
    """Whether anybody is qualified at all, were they here, free and high enough."""
    return any(disqualified(request, s) is None for s in roster.sentinels.values())


def above(request: ApprovalRequest, tier: int, roster: Roster, leaving: SentinelId | None) -> list[Sentinel]:
    """The qualified Sentinels of a higher tier than `tier`, without whoever sends it up."""
    return [
        s
        for s in roster.sentinels.values()
        if s.tier > tier and s.id != leaving and disqualified(request, s) is None
    ]


def lowest_tier(sentinels: Iterable[Sentinel]) -> int:
    """The lowest tier among them."""
    return min(s.tier for s in sentinels)
