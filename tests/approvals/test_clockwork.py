"""What time and a changed roster do: expiry, silence, alarms, the queue, people who leave and return."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from approvals import clockwork
from approvals.applying import WantedSentinel
from approvals.clockwork import BATCH, Clockwork
from approvals.commands import Decide, SetActive, SetAway
from approvals.errors import DeadlinePassed, UnknownSentinel
from approvals.events import Event, EventKind
from approvals.model import ApprovalRequest, Dialect, Door, Priority, Roster, SentinelId, State, Verdict
from approvals.outbox import Outgoing
from tests.approvals.conftest import Desk
from tests.builders import NOW, PROJECT, a_domain, a_wanted, hours, minutes, wanting


def away(number: int, until: datetime | None, delegate: int | None = None) -> SetAway:
    """A Sentinel leaves until then."""
    heir = None if delegate is None else SentinelId(delegate)
    return SetAway(PROJECT, SentinelId(number), until, heir)


def active(number: int, is_active: bool) -> SetActive:
    """A Sentinel is activated or deactivated."""
    return SetActive(PROJECT, SentinelId(number), is_active)


async def holders(desk: Desk, requests: Iterable[ApprovalRequest]) -> list[int | None]:
    """Who holds the requests now."""
    return [(await desk.now(r)).assigned_to for r in requests]


# Expiry


@pytest.mark.parametrize("capacity", [0, 1])
async def test_what_is_open_expires_at_its_time_and_not_before(desk: Desk, capacity: int) -> None:
    await desk.staff(a_wanted(1, capacity=capacity))
    request = await desk.ask(expires_at=NOW + minutes(4))
    desk.clock.advance(minutes(3.999))
    assert await desk.clockwork.sweep(PROJECT) == 0
    desk.clock.now = NOW + minutes(4)
    assert await desk.clockwork.sweep(PROJECT) == 1
    expired = await desk.now(request)
    assert (expired.state, expired.outcome, expired.ended_at) == (State.EXPIRED, "expired", desk.clock.now)
    assert (await desk.kinds(request))[-1] == "expired"
    assert await desk.load(1) == 0
    assert await desk.clockwork.sweep(PROJECT) == 0


async def test_expiry_comes_before_everything_else_that_is_due(desk: Desk) -> None:
    await desk.staff(a_wanted(1), a_wanted(2, tier=2), domains=(a_domain(escalate_after=minutes(1)),))
    request = await desk.ask(expires_at=NOW + hours(1))
    desk.clock.now = NOW + hours(1)
    await desk.clockwork.sweep(PROJECT)
    assert (await desk.now(request)).state is State.EXPIRED


async def test_who_comes_before_the_sweep_still_decides_nothing_late(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask(expires_at=NOW + hours(1))
    desk.clock.now = NOW + hours(1)
    approve = Decide(PROJECT, request.id, SentinelId(1), Verdict.APPROVED, Door.SLACK)
    with pytest.raises(DeadlinePassed):
        await desk.approvals.decide(approve)
    await desk.clockwork.sweep(PROJECT)
    assert (await desk.now(request)).outcome == "expired"


async def test_a_backlog_is_done_a_batch_at_a_time_earliest_first(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clockwork, "BATCH", 2)
    late = [await desk.ask(expires_at=NOW + minutes(m)) for m in (3, 1, 2)]
    desk.clock.advance(hours(1))
    assert [await desk.clockwork.sweep(PROJECT) for _ in range(3)] == [2, 1, 0]
    facts = [link.request_id for link in desk.store.tenants[PROJECT].links if '"expired"' in link.record]
    assert facts == [late[1].id, late[2].id, late[0].id]


# Silence


async def test_silence_moves_it_up_tier_by_tier(desk: Desk) -> None:
    people = (a_wanted(1), a_wanted(2, tier=2), a_wanted(3, tier=3))
    await desk.staff(*people, domains=(a_domain(escalate_after=hours(4)),))
    request = await desk.ask(expires_at=NOW + hours(99))
    seen = []
    for _ in range(4):
        desk.clock.advance(hours(4))
        await desk.clockwork.sweep(PROJECT)
        now = await desk.now(request)
        seen.append((now.assigned_to, now.min_tier, now.state))
    assert seen == [(2, 2, "assigned"), (3, 3, "assigned"), (3, 3, "assigned"), (3, 3, "assigned")]
    assert [await desk.load(n) for n in (1, 2, 3)] == [0, 0, 1]
    assert (await desk.kinds(request)).count("unattended") == 1


@pytest.mark.parametrize("asleep", [minutes(2), hours(72)])
async def test_silence_that_ended_while_nobody_ran_still_moves_it_up(desk: Desk, asleep: timedelta) -> None:
    await desk.staff(a_wanted(1), a_wanted(2, tier=2), domains=(a_domain(escalate_after=hours(4)),))
    request = await desk.ask(expires_at=NOW + hours(99))
    desk.clock.advance(hours(4) + asleep)
    assert await desk.clockwork.sweep(PROJECT) == 1
    assert ((await desk.now(request)).assigned_to, (await desk.now(request)).min_tier) == (2, 2)


async def test_the_clock_of_silence_starts_anew_with_each_holder(desk: Desk) -> None:
    people = (a_wanted(1), a_wanted(2))
    await desk.staff(*people, domains=(a_domain(escalate_after=hours(4)),))
    request = await desk.ask()
    desk.clock.advance(hours(3))
    await desk.clockwork.set_away(away(1, NOW + hours(9)))
    assert (await desk.now(request)).escalate_at == NOW + hours(7)


# Waiting too long


async def test_the_operations_channel_hears_once_of_what_waits_over_five_minutes(desk: Desk) -> None:
    await desk.staff(a_wanted(1, capacity=0))
    request = await desk.ask()
    desk.clock.advance(minutes(4.99))
    assert await desk.clockwork.sweep(PROJECT) == 0
    desk.clock.advance(minutes(0.01))
    assert await desk.clockwork.sweep(PROJECT) == 1
    desk.clock.advance(hours(9))
    assert await desk.clockwork.sweep(PROJECT) == 0
    facts = await desk.facts(request)
    assert [(f.kind, f.data["reason"]) for f in facts[1:]] == [(EventKind.UNATTENDED, "waiting")]


async def test_what_found_somebody_in_time_alarms_nobody(desk: Desk) -> None:
    await desk.staff(a_wanted(1, capacity=0))
    request = await desk.ask()
    await desk.staff(a_wanted(1))
    desk.clock.advance(hours(1))
    assert await desk.clockwork.sweep(PROJECT) == 0
    assert "unattended" not in await desk.kinds(request)


async def test_what_waits_again_alarms_again(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask()
    for _ in range(2):
        await desk.clockwork.set_active(active(1, False))
        desk.clock.advance(minutes(5))
        await desk.clockwork.sweep(PROJECT)
        await desk.clockwork.set_active(active(1, True))
        await desk.clockwork.dispatch(PROJECT)
    assert (await desk.kinds(request)).count("unattended") == 2


# The queue


async def test_the_queue_goes_by_priority_then_age(desk: Desk) -> None:
    await desk.staff(a_wanted(1, capacity=0))
    order = (Priority.LOW, Priority.NORMAL, Priority.URGENT, Priority.HIGH, Priority.URGENT)
    asked = [await desk.ask(priority=p) for p in order]
    await desk.staff(a_wanted(1, capacity=3))
    assert await holders(desk, asked) == [None, None, 1, 1, 1]
    given = [e.request_id for _, e in desk.announcer.seen if e.kind is EventKind.ASSIGNED]
    assert given == [asked[2].id, asked[4].id, asked[3].id]


async def test_the_queue_passes_over_what_nobody_here_can_take(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clockwork, "BATCH", 2)
    blocked = [await desk.ask(domain="finance", priority=Priority.URGENT) for _ in range(5)]
    takable = [await desk.ask() for _ in range(3)]
    await desk.staff(a_wanted(1))
    assert await holders(desk, [*blocked, *takable]) == [None] * 5 + [1] * 3
    assert await desk.clockwork.dispatch(PROJECT) == 0


async def test_a_decision_makes_room_for_the_next(desk: Desk) -> None:
    await desk.staff(a_wanted(1, capacity=1))
    first, second = await desk.ask(), await desk.ask()
    approve = Decide(PROJECT, first.id, SentinelId(1), Verdict.APPROVED, Door.SLACK)
    await desk.approvals.decide(approve)
    assert await desk.clockwork.dispatch(PROJECT) == 1
    assert await holders(desk, [second]) == [1]


async def test_the_queue_gives_nothing_that_is_overdue(desk: Desk) -> None:
    request = await desk.ask(expires_at=NOW + minutes(1))
    await desk.staff(a_wanted(1, capacity=0))
    desk.clock.advance(minutes(1))
    await desk.staff(a_wanted(1))
    assert await desk.clockwork.dispatch(PROJECT) == 0
    assert (await desk.now(request)).state is State.PENDING


async def test_nobody_below_the_tier_asked_for_is_given_it_from_the_queue(desk: Desk) -> None:
    tier_two = a_wanted(2, tier=2)
    await desk.staff(a_wanted(1), tier_two, domains=(a_domain(escalate_after=hours(1)),))
    request = await desk.ask()
    await desk.clockwork.set_away(away(2, NOW + hours(9)))
    desk.clock.advance(hours(1))
    await desk.clockwork.sweep(PROJECT)
    await desk.clockwork.dispatch(PROJECT)
    assert (await desk.now(request)).state is State.PENDING
    desk.clock.advance(hours(9))
    assert await desk.clockwork.dispatch(PROJECT) == 1
    assert await holders(desk, [request]) == [2]


# Who leaves and who returns


async def test_open_cases_of_somebody_deactivated_go_on_at_once(desk: Desk) -> None:
    await desk.staff(a_wanted(1, jurisdictions=("CA-QC",)), a_wanted(2, capacity=1))
    asked = [await desk.ask() for _ in range(3)]
    assert await holders(desk, asked) == [1, 1, 1]
    changed = await desk.clockwork.set_active(active(1, False))
    assert (changed.active, changed.load) == (False, 0)
    assert await holders(desk, asked) == [2, None, None]
    assert await desk.kinds(asked[0]) == ["submitted", "assigned", "released", "assigned"]
    assert await desk.kinds(asked[1]) == ["submitted", "assigned", "released"]
    waiting = await desk.now(asked[1])
    assert (waiting.alarm_at, waiting.escalate_at) == (NOW + minutes(5), None)


async def test_who_is_away_receives_nothing_and_keeps_nothing(desk: Desk) -> None:
    await desk.staff(a_wanted(1, jurisdictions=("CA-QC",)), a_wanted(2))
    before = await desk.ask()
    await desk.clockwork.set_away(away(1, NOW + hours(8)))
    assert await holders(desk, [before, await desk.ask()]) == [2, 2]
    desk.clock.advance(hours(8))
    assert (await desk.ask()).assigned_to == 1


async def test_the_delegate_goes_first(desk: Desk) -> None:
    await desk.staff(a_wanted(1, jurisdictions=("CA-QC",)), a_wanted(2), a_wanted(3))
    request = await desk.ask()
    changed = await desk.clockwork.set_away(away(1, NOW + hours(8), delegate=3))
    assert changed.delegate == 3
    assert await holders(desk, [request]) == [3]
    back = await desk.clockwork.set_away(away(1, None))
    assert (back.away_until, back.delegate) == (None, None)


@pytest.mark.parametrize(
    "unfit",
    [
        {"domains": {"finance"}},
        {"jurisdictions": ("FR",)},
        {"capacity": 0},
        {"email": "asker@example.com"},
    ],
)
async def test_a_delegate_who_is_not_eligible_is_passed_over(desk: Desk, unfit: dict[str, Any]) -> None:
    await desk.staff(a_wanted(1, jurisdictions=("CA-QC",)), a_wanted(2), a_wanted(3, **unfit))
    request = await desk.ask(requested_by="asker@example.com")
    await desk.clockwork.set_away(away(1, NOW + hours(8), delegate=3))
    assert await holders(desk, [request]) == [2]


async def test_a_delegate_of_too_low_a_tier_is_passed_over(desk: Desk) -> None:
    people = (a_wanted(1), a_wanted(2, tier=2), a_wanted(3))
    await desk.staff(*people, domains=(a_domain(escalate_after=hours(1)),))
    request = await desk.ask()
    desk.clock.advance(hours(1))
    await desk.clockwork.sweep(PROJECT)
    await desk.clockwork.set_away(away(2, NOW + hours(8), delegate=3))
    assert (await desk.now(request)).state is State.PENDING


async def test_people_who_do_not_exist(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    for attempt in (
        desk.clockwork.set_away(away(9, NOW + hours(1))),
        desk.clockwork.set_away(away(1, NOW + hours(1), delegate=9)),
        desk.clockwork.set_active(active(9, False)),
    ):
        with pytest.raises(UnknownSentinel):
            await attempt
    assert (await desk.roster()).sentinels[SentinelId(1)].away_until is None


# Applying a roster


async def test_a_removed_sentinel_s_cases_go_on_and_a_new_one_meets_what_waits(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    legal, finance = await desk.ask(), await desk.ask(domain="finance")
    await desk.staff(a_wanted(2), a_wanted(3, domains=["finance"]))
    assert await holders(desk, [legal, finance]) == [2, 3]
    gone = (await desk.roster()).sentinels[SentinelId(1)]
    assert (gone.active, gone.load) == (False, 0)


@pytest.mark.parametrize(
    ("lost", "reason"),
    [({"domains": ["finance"]}, "domain"), ({"jurisdictions": ("FR",)}, "jurisdiction")],
)
async def test_who_loses_a_qualification_keeps_nothing_that_needs_it(
    desk: Desk, lost: dict[str, Any], reason: str
) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask()
    await desk.staff(a_wanted(1, **lost))
    assert (await desk.now(request)).state is State.PENDING
    assert (await desk.facts(request))[-1].data == {"from": "Sentinel 1", "reason": reason}


async def test_a_smaller_capacity_takes_nothing_away(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    asked = [await desk.ask() for _ in range(3)]
    await desk.staff(a_wanted(1, capacity=1))
    assert await holders(desk, asked) == [1, 1, 1]
    assert (await desk.ask()).state is State.PENDING


async def test_applying_the_same_again_changes_nothing_but_finishes_what_was_cut_short(desk: Desk) -> None:
    wanted = wanting(a_wanted(2))
    await desk.staff(a_wanted(1))
    request = await desk.ask()
    # As if the process had been killed between the apply and what follows it.
    await desk.store.write(PROJECT, lambda unit: _only_apply(unit, wanted))
    assert await holders(desk, [request]) == [1]
    assert await desk.clockwork.apply(wanted) == []
    assert await holders(desk, [request]) == [2]


async def test_rehoming_does_nothing_where_everybody_fits(desk: Desk) -> None:
    await desk.staff(a_wanted(1), a_wanted(2, capacity=1))
    await desk.ask()
    assert await desk.clockwork.rehome(PROJECT) == 0


async def test_somebody_recognised_only_later_as_the_requester_keeps_nothing(desk: Desk) -> None:
    """A Slack id becomes known after the request went to the person whom it names."""
    await desk.staff(a_wanted(1), a_wanted(2))
    request = await desk.ask(requested_by="U0ONE")
    await desk.store.cards.pin(PROJECT, SentinelId(1), "T0TEAM", "U0ONE")
    assert await desk.clockwork.rehome(PROJECT) == 1
    assert await holders(desk, [request]) == [2]


# One that fails holds up no other


class Stumbling:
    """Announces nothing, and fails for one request."""

    def __init__(self) -> None:
        self.over: str | None = None

    def announce(
        self, request: ApprovalRequest, events: Sequence[Event], roster: Roster
    ) -> Iterable[Outgoing]:
        if request.id == self.over:
            raise RuntimeError("cannot be worded")
        return ()


@pytest.mark.parametrize("verb", ["sweep", "dispatch", "rehome"])
async def test_a_request_that_fails_holds_up_no_other(desk: Desk, verb: str) -> None:
    stumbling = Stumbling()
    clock = Clockwork(desk.store, stumbling)
    if verb == "rehome":
        await desk.staff(a_wanted(1))
    asked = [await desk.ask(expires_at=NOW + hours(1)) for _ in range(3)]
    stumbling.over = asked[1].id
    await _prepare(desk, verb)
    with pytest.raises(ExceptionGroup) as failed:
        await getattr(clock, verb)(PROJECT)
    assert [str(e) for e in failed.value.exceptions] == ["cannot be worded"]
    assert failed.value.exceptions[0].__notes__ == [f"request {asked[1].id}"]
    versions = [(await desk.now(r)).version for r in asked]
    assert versions[0] == versions[2] == versions[1] + 1
    stumbling.over = None
    assert await getattr(clock, verb)(PROJECT) == 1


async def test_a_request_that_fails_does_not_keep_somebody_active(desk: Desk) -> None:
    stumbling = Stumbling()
    await desk.staff(a_wanted(1))
    stumbling.over = (await desk.ask()).id
    changed = await Clockwork(desk.store, stumbling).set_active(active(1, False))
    assert not changed.active


async def test_a_long_queue_is_given_out_whole(desk: Desk) -> None:
    count = BATCH + 1
    for _ in range(count):
        await desk.ask(dialect=Dialect.HITL)
    await desk.staff(a_wanted(1), a_wanted(2))
    assert [await desk.load(n) for n in (1, 2)] == [(count + 1) // 2, count // 2]


async def _prepare(desk: Desk, verb: str) -> None:
    """Make all three requests due for the verb, without the verb."""
    if verb == "sweep":
        desk.clock.advance(hours(1))
    elif verb == "dispatch":
        await desk.store.write(PROJECT, lambda unit: _only_apply(unit, wanting(a_wanted(1))))
    else:
        await desk.store.write(PROJECT, _only_deactivate)


async def _only_apply(unit: Any, wanted: object) -> None:
    unit.apply(wanted)


async def _only_deactivate(unit: Any) -> None:
    unit.change_sentinel(SentinelId(1), active=False)


def test_somebody_wanted_keeps_their_identity_whatever_else_changes() -> None:
    marie = WantedSentinel("Marie", email="Marie@Example.com")
    assert replace(marie, name="Marie D.", slack="U1").identity == marie.identity == "marie@example.com"
