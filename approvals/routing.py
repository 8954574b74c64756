"""Which Sentinel receives a request: pure, deterministic, explained.

Among those eligible: whom the agent's client asked for, the lowest tier not under
`min_tier`, the closest jurisdiction, a named domain before `*`, the lightest load,
the longest unassigned, the name. Whoever stands in for somebody absent has their place in that
order, with their own load.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from approvals import delegation, jurisdictions
from approvals.authority import disqualified
from approvals.model import ApprovalRequest, Roster, Sentinel, SentinelId

_NEVER = datetime.min.replace(tzinfo=UTC)

Rank = tuple[bool, int, int, bool, float, datetime, str, int]


@dataclass(frozen=True, slots=True)
class Considered:
    """One Sentinel under consideration.

    `reason` is None where the person is eligible, else a word of `authority.Refusal`,
    or `tier_too_low`, `away` or `full`. `rank` orders the eligible, smallest first, and
    `in_place_of` says in whose place they stand in that order, if not in their own. `holds` says
    that they have the request, `chosen` that it would go to them were it routed now.
    """

    sentinel: Sentinel
    reason: str | None
    rank: Rank | None
    chosen: bool = False
    in_place_of: tuple[Sentinel, ...] = ()
    holds: bool = False

    @property
    def qualified(self) -> bool:
        """Whether only absence, load or tier stand in the way, if anything."""
        return self.reason in {None, "away", "full", "tier_too_low"}


@dataclass(frozen=True, slots=True)
class Seat:
    """A place from which an eligible person can receive the request: their own, or an absent one's.

    `in_place_of` are those who passed it on, the principal first; empty in one's own place.
    """

    sentinel: Sentinel
    rank: Rank
    in_place_of: tuple[Sentinel, ...] = ()


def choose(request: ApprovalRequest, roster: Roster, now: datetime) -> Seat | None:
    """Who receives the request now, and in whose place; None where nobody can."""
    return min(_seats(request, roster, now), key=lambda seat: seat.rank, default=None)


def explain(request: ApprovalRequest, roster: Roster, now: datetime) -> list[Considered]:
    """Every Sentinel of the project with why or why not; the eligible first, best first.

    A request that has ended is with nobody and goes to nobody.
    """
    seats: dict[SentinelId, Seat] = {}
    for seat in sorted(_seats(request, roster, now), key=lambda seat: seat.rank):
        seats.setdefault(seat.sentinel.id, seat)
    first = None if request.state.terminal else next(iter(seats), None)
    holder = None if request.state.terminal else request.assigned_to
    considered = []
    for sentinel in roster.sentinels.values():
        reason, place = ineligible(request, sentinel, now), seats.get(sentinel.id)
        chosen, holds = sentinel.id == first, sentinel.id == holder
        if place is None:
            considered.append(Considered(sentinel, reason, None, chosen, holds=holds))
        else:
            considered.append(Considered(sentinel, reason, place.rank, chosen, place.in_place_of, holds))
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


def stand_in(request: ApprovalRequest, absent: Sentinel, roster: Roster, now: datetime) -> Seat | None:
    """Who receives it in the place of somebody absent, as long as it is for each on the way to receive."""
    passed = [absent]
    if ineligible(request, absent, now) != "away":
        return None
    for person in delegation.line(absent, roster, now):
        reason = ineligible(request, person, now)
        if reason is None:
            return Seat(person, rank(request, absent, person), tuple(passed))
        if reason != "away":
            return None
        passed.append(person)
    return None


def rank(request: ApprovalRequest, sentinel: Sentinel, doer: Sentinel | None = None) -> Rank:
    """The order of the eligible as one comparable value; `doer` does the work in that place."""
    doer = doer or sentinel
    closeness = jurisdictions.closeness(sentinel.jurisdictions, request.jurisdiction)
    # Without a capacity a load weighs next to nothing, but still less is lighter.
    burden = doer.load / (doer.capacity or 1_000_000)
    return (
        sentinel.id not in request.preferred,
        sentinel.tier,
        0 if closeness is None else int(closeness),
        request.domain not in sentinel.domains,
        burden,
        doer.last_assigned_at or _NEVER,
        sentinel.name,
        sentinel.id,
    )


def _seats(request: ApprovalRequest, roster: Roster, now: datetime) -> Iterator[Seat]:
    for sentinel in roster.sentinels.values():
        if ineligible(request, sentinel, now) is None:
            yield Seat(sentinel, rank(request, sentinel))
        elif (seat := stand_in(request, sentinel, roster, now)) is not None:
            yield seat


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
