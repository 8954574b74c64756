"""Who stands in for somebody absent: for what waits already and for what is new, and never for more."""

from datetime import timedelta
from typing import Any

import pytest

from approvals.commands import Decide, SetAway
from approvals.delegation import HOPS
from approvals.errors import CircularDelegation, NotAuthorised
from approvals.model import ApprovalRequest, Door, Sentinel, SentinelId, State, Verdict
from approvals.routing import choose, explain
from tests.approvals.conftest import Desk
from tests.builders import NOW, PROJECT, a_caller, a_domain, a_request, a_roster, a_sentinel, a_wanted, hours

BACK = NOW + hours(8)
HERE = {"jurisdictions": ("CA-QC",)}


def absent(number: int, delegate: int, **changes: Any) -> Sentinel:
    """Somebody who is away, and who stands in."""
    return a_sentinel(number, away_until=BACK, delegate=SentinelId(delegate), **changes)


def received(*people: Sentinel, **request: Any) -> tuple[int, list[int]] | None:
    """Who receives a request, and in whose places."""
    seat = choose(a_request(**request), a_roster(*people), NOW)
    return (seat.sentinel.id, [p.id for p in seat.in_place_of]) if seat else None


async def leave(desk: Desk, who: int, delegate: int | None = None, span: timedelta = BACK - NOW) -> None:
    """Somebody goes away."""
    heir = SentinelId(delegate) if delegate else None
    await desk.clockwork.set_away(SetAway(PROJECT, SentinelId(who), desk.clock.now + span, heir))


async def approve(desk: Desk, request: ApprovalRequest, by: int) -> None:
    """Somebody approves it."""
    command = Decide(PROJECT, request.id, SentinelId(by), Verdict.APPROVED, Door.SLACK)
    await desk.approvals.decide(command)


# What is new


def test_what_would_have_gone_to_the_principal_goes_to_the_delegate() -> None:
    # Without the delegation the second would be nearer than the third.
    others = a_sentinel(2, jurisdictions=("CA",)), a_sentinel(3)
    assert received(absent(1, 3, **HERE), *others) == (3, [1])
    assert received(absent(1, 3, jurisdictions=("*",), tier=2), *others) == (2, [])


def test_the_place_is_the_principals_and_the_load_is_the_delegates_own() -> None:
    principal = absent(1, 3)
    assert received(principal, a_sentinel(2, load=1), a_sentinel(3)) == (3, [1])
    assert received(principal, a_sentinel(2, load=1), a_sentinel(3, load=2)) == (2, [])


def test_somebody_back_is_stood_in_for_no_more() -> None:
    back = a_sentinel(1, away_until=NOW, delegate=SentinelId(3), **HERE)
    assert received(back, a_sentinel(2), a_sentinel(3)) == (1, [])


@pytest.mark.parametrize(
    "unfit",
    [
        {"active": False},
        {"domains": {"finance"}},
        {"jurisdictions": ("FR",)},
        {"capacity": 1, "load": 1},
        {"email": "asker@example.com"},
    ],
)
def test_a_delegate_receives_only_what_is_for_them(unfit: dict[str, Any]) -> None:
    people = absent(1, 3, **HERE), a_sentinel(2), a_sentinel(3, **unfit)
    assert received(*people, requested_by="asker@example.com") == (2, [])


@pytest.mark.parametrize(
    "unfit", [{"active": False}, {"domains": {"finance"}}, {"email": "asker@example.com"}, {"tier": 1}]
)
def test_nobody_passes_on_what_they_could_not_have_had(unfit: dict[str, Any]) -> None:
    asked = {"requested_by": "asker@example.com", "min_tier": 2}
    principal = absent(1, 3, **{**HERE, "tier": 2, **unfit})
    assert received(principal, a_sentinel(2, tier=2), a_sentinel(3, tier=3), **asked) == (2, [])
    between = absent(4, 3, **{"tier": 2, **unfit})
    people = absent(1, 4, tier=2, **HERE), between, a_sentinel(2, tier=2), a_sentinel(3, tier=3)
    assert received(*people, **asked) == (2, [])


def test_at_most_three_hops() -> None:
    chain = [absent(n, n + 1, **HERE) for n in range(1, HOPS)]
    assert received(*chain, absent(3, 4, **HERE), a_sentinel(4), a_sentinel(9)) == (4, [1, 2, 3])
    # One farther, the first is out of reach; the second is not.
    longer = [absent(n, n + 1, tier=n) for n in range(1, HOPS + 2)]
    assert received(*longer, a_sentinel(HOPS + 2, tier=9)) == (5, [2, 3, 4])


def test_a_circle_ends_and_the_next_in_line_receives() -> None:
    assert received(absent(1, 2, **HERE), absent(2, 1, **HERE), a_sentinel(3)) == (3, [])
    assert received(absent(1, 1)) is None


def test_the_explanation_says_in_whose_place() -> None:
    people = absent(1, 3, **HERE), a_sentinel(2), a_sentinel(3)
    told = explain(a_request(), a_roster(*people), NOW)
    assert [(c.sentinel.id, c.reason, c.chosen, [p.id for p in c.in_place_of]) for c in told] == [
        (3, None, True, [1]),
        (2, None, False, []),
        (1, "away", False, []),
    ]


async def test_new_requests_and_the_queue_go_to_the_delegate_and_the_record_says_why(desk: Desk) -> None:
    await desk.staff(a_wanted(1, **HERE), a_wanted(2, jurisdictions=("CA",)), a_wanted(3, capacity=1))
    waits = await desk.ask()
    await leave(desk, 1, 3)
    fresh = await desk.ask()
    assert [(await desk.now(r)).assigned_to for r in (waits, fresh)] == [3, 2]
    assert (await desk.facts(waits))[-1].data == {
        "to": "Sentinel 3",
        "sentinel": 3,
        "in_place_of": ["Sentinel 1"],
    }
    assert (await desk.now(waits)).in_place_of == (1,)
    await approve(desk, waits, 3)
    another = await desk.ask()
    assert (another.assigned_to, another.in_place_of) == (3, (1,))


# Four eyes over the principal


async def recognised(desk: Desk, number: int) -> None:
    """Slack's id of somebody becomes known."""
    await desk.store.cards.pin(PROJECT, SentinelId(number), "T0TEAM", f"U0{number}")


@pytest.mark.parametrize("backups", [False, True])
@pytest.mark.parametrize("fact", ["requested_by", "owner"])
async def test_a_delegate_may_not_decide_what_the_principal_may_not(
    desk: Desk, fact: str, backups: bool
) -> None:
    await desk.staff(a_wanted(1, **HERE), a_wanted(2), domains=(a_domain(backups=backups),))
    await leave(desk, 1, 2)
    request = await ask_of(desk, fact, "U01")
    assert request.in_place_of == (1,)
    await recognised(desk, 1)
    with pytest.raises(NotAuthorised) as refused:
        await approve(desk, request, 2)
    assert refused.value.reason == "principal"
    # In a place of their own they may: it is what would have come to them had it been known at once.
    assert await desk.clockwork.rehome(PROJECT) == 1
    moved = await desk.now(request)
    assert (moved.assigned_to, moved.in_place_of) == (2, ())
    await approve(desk, request, 2)


async def ask_of(desk: Desk, fact: str, who: str) -> ApprovalRequest:
    """A request that was made for this person, or with a key of theirs."""
    if fact == "requested_by":
        return await desk.ask(requested_by=who)
    return await desk.ask(caller=a_caller(owner=who))


async def test_what_is_passed_on_again_stays_in_the_first_place_and_goes_no_farther(desk: Desk) -> None:
    await desk.staff(*(a_wanted(n) for n in range(1, 6)))
    request = await desk.ask()
    for leaving, heir in ((1, 2), (2, 3), (3, 4)):
        await leave(desk, leaving, heir)
    held = await desk.now(request)
    assert (held.assigned_to, held.in_place_of) == (4, (1, 2, 3))
    await leave(desk, 4, 5)
    held = await desk.now(request)
    assert held.assigned_to == 5
    assert len(held.in_place_of) <= HOPS


@pytest.mark.parametrize("heir", [1, 2, 3])
async def test_nobody_goes_away_to_whoever_passes_it_back(desk: Desk, heir: int) -> None:
    await desk.staff(a_wanted(1), a_wanted(2), a_wanted(3))
    await leave(desk, 2, 1)
    await leave(desk, 3, 2)
    with pytest.raises(CircularDelegation):
        await leave(desk, 1, heir)
    assert (await desk.roster()).sentinels[SentinelId(1)].away_until is None
    desk.clock.advance(hours(9))
    await leave(desk, 1, 2)


# Capacity


async def test_nobody_gets_more_than_they_can_take_whatever_brings_it(desk: Desk) -> None:
    await desk.staff(a_wanted(1, **HERE), a_wanted(2, capacity=2))
    asked = [await desk.ask() for _ in range(3)]
    await leave(desk, 1, 2, hours(1))
    held = [await desk.now(r) for r in asked]
    assert [r.assigned_to for r in held] == [2, 2, None]
    assert held[2].state is State.PENDING
    await desk.staff(a_wanted(1, capacity=0), a_wanted(2, capacity=2))
    desk.clock.advance(hours(2))
    assert await desk.clockwork.dispatch(PROJECT) == 0
    await desk.staff(a_wanted(1, capacity=1), a_wanted(2, capacity=2))
    assert [await desk.load(n) for n in (1, 2)] == [1, 2]
