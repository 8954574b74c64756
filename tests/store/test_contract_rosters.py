"""The contract of rosters: applying, changing people by hand, and loads that never drift."""

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from approvals.applying import WantedEndpoint, difference
from approvals.clockwork import Clockwork
from approvals.commands import Cancel, Decide, Escalate, SetActive, SetAway
from approvals.errors import ApprovalError
from approvals.model import (
    ChannelShows,
    Dialect,
    Domain,
    Door,
    Reasoning,
    Risk,
    Roster,
    SentinelId,
    State,
    Verdict,
)
from approvals.ports import Listing, Unit
from approvals.service import Approvals
from tests.builders import NOW, PROJECT, a_domain, a_submit, a_wanted, hours, minutes, wanting
from tests.fakes import Clock, RecordingAnnouncer
from tests.store.contract import (
    OTHER,
    WholeStore,
    add,
    apply,
    change,
    clock,
    replica,
    sqlite_template,
    store,
    store_factory,
)

__all__ = ["clock", "replica", "sqlite_template", "store", "store_factory"]

FULL = wanting(
    a_wanted(
        1,
        slack="U0ONE",
        domains=["legal", "*"],
        jurisdictions=("CA-QC", "Québec"),
        tier=2,
        capacity=3,
        languages=("fr", "en"),
    ),
    a_wanted(2, email=None, slack="U0TWO"),
    a_wanted(3, email=None),
    domains=[
        Domain(
            "finance",
            "#finance",
            ChannelShows.CONTENT,
            Reasoning.REQUIRED,
            Risk.LOW,
            {"décision": Risk.HIGH},
            True,
            hours(48),
            minutes(90),
        )
    ],
    workspace="T0ACME0001",
    operations_channel="#desk-ops",
    intake={"hitl": {"domain": "general"}, "humancheck": {"task_type": {"payment": "finance"}}},
    endpoints=(WantedEndpoint("https://example.com/hook", Dialect.HITL, ("review.completed",)),),
)


async def sentinels(store: WholeStore) -> dict[int, Any]:
    """The Sentinels by number, as a unit sees them: what another process did is there at once."""

    async def look(unit: Unit) -> dict[int, Any]:
        return {int(number): sentinel for number, sentinel in unit.roster.sentinels.items()}

    return await store.write(PROJECT, look)


async def test_nothing_is_known_of_a_project_that_nobody_made(store: WholeStore) -> None:
    assert await store.roster(PROJECT) == Roster(PROJECT)


async def test_what_is_applied_is_there_to_the_last_field(store: WholeStore, replica: WholeStore) -> None:
    await apply(store, FULL)
    roster = await replica.roster(PROJECT)
    assert difference(roster, FULL) == []
    assert dict(roster.domains) == dict(FULL.domains)
    assert roster.workspace == "T0ACME0001"
    assert (roster.operations_channel, dict(roster.intake)) == ("#desk-ops", dict(FULL.intake))
    one = roster.sentinels[SentinelId(1)]
    assert (one.slack_user, one.jurisdictions, one.languages) == ("U0ONE", ("CA-QC", "Québec"), ("fr", "en"))
    assert [s.name for s in roster.sentinels.values()] == ["Sentinel 1", "Sentinel 2", "Sentinel 3"]
    assert [(e.url, e.dialect, e.events) for e in roster.endpoints] == [
        ("https://example.com/hook", Dialect.HITL, ("review.completed",))
    ]
    assert await store.roster(PROJECT) == roster


async def test_every_apply_and_every_change_by_hand_makes_a_new_version(store: WholeStore) -> None:
    seen = [(await store.roster(PROJECT)).version]
    await apply(store, FULL)
    seen.append((await store.roster(PROJECT)).version)
    await by_hand(store, 1, active=False)
    seen.append((await store.roster(PROJECT)).version)
    assert seen == sorted(set(seen))


async def test_people_come_go_and_come_back_under_their_own_number(store: WholeStore) -> None:
    await apply(store, wanting(a_wanted(1), a_wanted(2)))
    await apply(store, wanting(a_wanted(2), a_wanted(3)))
    people = await sentinels(store)
    assert {n: (s.active, s.listed) for n, s in people.items()} == {
        1: (False, False),
        2: (True, True),
        3: (True, True),
    }
    await apply(store, wanting(a_wanted(4), a_wanted(1, tier=2)))
    people = await sentinels(store)
    assert [(n, s.name) for n, s in people.items() if s.active] == [(1, "Sentinel 1"), (4, "Sentinel 4")]
    assert people[1].tier == 2


async def test_whoever_was_deactivated_by_hand_stays_so_until_the_file_drops_them(store: WholeStore) -> None:
    await apply(store, wanting(a_wanted(1)))
    await by_hand(store, 1, active=False)
    await apply(store, wanting(a_wanted(1, tier=2)))
    assert not (await sentinels(store))[1].active
    await apply(store, wanting())
    await apply(store, wanting(a_wanted(1)))
    assert (await sentinels(store))[1].active


async def test_absence_and_a_found_account_outlive_an_apply(store: WholeStore) -> None:
    await apply(store, wanting(a_wanted(1), a_wanted(2)))
    await by_hand(store, 1, away_until=NOW + hours(1), delegate=SentinelId(2))
    await store.cards.pin(PROJECT, SentinelId(1), "T0TEAM", "U0ONE")
    await apply(store, wanting(a_wanted(1, tier=3), a_wanted(2)))
    one = (await sentinels(store))[1]
    assert (one.tier, one.away_until, one.delegate) == (3, NOW + hours(1), 2)
    assert (one.slack_team, one.slack_user) == ("T0TEAM", "U0ONE")


async def test_an_account_is_pinned_once(store: WholeStore) -> None:
    await apply(store, wanting(a_wanted(1)))
    await store.cards.pin(PROJECT, SentinelId(1), "T0TEAM", "U0ONE")
    await store.cards.pin(PROJECT, SentinelId(1), "T0TEAM", "U0EVIL")
    one = (await sentinels(store))[1]
    assert (one.slack_team, one.slack_user) == ("T0TEAM", "U0ONE")


async def test_endpoints_keep_their_id_while_they_stay(store: WholeStore) -> None:
    hook = FULL.endpoints[0]
    await apply(store, wanting(endpoints=(hook,)))
    before = (await store.roster(PROJECT)).endpoints[0]
    more = replace(hook, events=("review.completed", "review.expired"))
    await apply(store, wanting(endpoints=(more,)))
    after = (await store.roster(PROJECT)).endpoints[0]
    assert (after.id, after.events) == (before.id, more.events)
    assert len(await store.keys.secrets(f"endpoint:{after.id}")) == 1
    await apply(store, wanting())
    assert not any(e.active for e in (await store.roster(PROJECT)).endpoints)


async def test_a_change_by_hand_shows_at_once_in_its_unit(store: WholeStore) -> None:
    await apply(store, wanting(a_wanted(1)))

    async def leave(unit: Unit) -> Any:
        unit.change_sentinel(SentinelId(1), away_until=NOW + hours(1), delegate=None)
        return unit.roster.sentinels[SentinelId(1)].away_until

    assert await store.write(PROJECT, leave) == NOW + hours(1)
    assert (await sentinels(store))[1].away_until == NOW + hours(1)


async def test_other_projects_have_their_own_people(store: WholeStore) -> None:
    await apply(store, wanting(a_wanted(1), a_wanted(2)))
    await apply(store, replace(wanting(a_wanted(3)), project=OTHER))
    assert [s.name for s in (await store.roster(OTHER)).sentinels.values()] == ["Sentinel 3"]
    assert len(await sentinels(store)) == 2


async def test_another_process_writes_on_a_fresh_roster(store: WholeStore, replica: WholeStore) -> None:
    await apply(store, wanting(a_wanted(1)))
    await add(replica, state=State.ASSIGNED, assigned_to=SentinelId(1))
    await apply(store, wanting(a_wanted(1, capacity=1)))

    async def look(unit: Unit) -> Any:
        one = unit.roster.sentinels[SentinelId(1)]
        return one.capacity, one.load, one.full

    assert await replica.write(PROJECT, look) == (1, 1, True)


# Loads


async def test_a_load_follows_every_move(store: WholeStore) -> None:
    await apply(store, wanting(a_wanted(1), a_wanted(2)))

    async def loads() -> list[int]:
        return [s.load for s in (await sentinels(store)).values()]

    one: dict[str, Any] = {"state": State.ASSIGNED, "assigned_to": SentinelId(1)}
    request, other = await add(store, **one), await add(store)
    assert await loads() == [1, 0]
    await change(store, request, assigned_to=SentinelId(2))
    assert await loads() == [0, 1]
    await change(store, other, **one)
    assert await loads() == [1, 1]
    await change(store, other, content_version=2)
    assert await loads() == [1, 1]
    await change(store, other, state=State.PENDING, assigned_to=None)
    assert await loads() == [0, 1]
    await change(store, request, state=State.DECIDED)
    assert await loads() == [0, 0]


@pytest.mark.parametrize("end", [State.DECIDED, State.EXPIRED, State.CANCELLED])
async def test_an_end_takes_its_weight_away(store: WholeStore, end: State) -> None:
    await apply(store, wanting(a_wanted(1)))
    request = await add(store, state=State.ASSIGNED, assigned_to=SentinelId(1))
    await change(store, request, state=end)
    assert (await sentinels(store))[1].load == 0


async def test_a_unit_sees_the_load_that_it_makes_itself(store: WholeStore, clock: Clock) -> None:
    await apply(store, wanting(a_wanted(1)))
    requests = [await add(store) for _ in range(3)]
    clock.advance(minutes(1))

    async def give(unit: Unit) -> list[int]:
        loads = []
        for request in requests:
            held = replace(request, state=State.ASSIGNED, assigned_to=SentinelId(1), version=2)
            await unit.request(request.id)
            unit.save(held, [])
            loads.append(unit.roster.sentinels[SentinelId(1)].load)
        return loads

    assert await store.write(PROJECT, give) == [1, 2, 3]
    one = (await sentinels(store))[1]
    assert (one.load, one.last_assigned_at) == (3, NOW + minutes(1))


@pytest.mark.parametrize("seed", [1, 2])
async def test_loads_never_drift_whatever_happens(
    store: WholeStore, replica: WholeStore, clock: Clock, seed: int
) -> None:
    """A day of a busy desk, on two processes: afterwards the loads are what a count says."""
    chance = random.Random(seed)
    people = [a_wanted(n, tier=1 + n % 3, capacity=n + 1) for n in range(1, 6)]
    rules = a_domain(escalate_after=hours(3), expires_after=hours(9), backups=True)
    desks = [
        (Approvals(s, RecordingAnnouncer()), Clockwork(s, RecordingAnnouncer())) for s in (store, replica)
    ]
    await desks[0][1].apply(wanting(*people, domains=[rules]))
    for _ in range(120):
        approvals, clockwork = chance.choice(desks)
        await something(chance, approvals, clockwork, clock.now, people)
        clock.advance(minutes(chance.randrange(30)))
        held = await store.listing(PROJECT, Listing(1_000, outcomes=frozenset({"assigned"})))
        counted = Counter(request.assigned_to for request in held)
        assert {n: s.load for n, s in (await sentinels(store)).items() if s.load} == counted


async def something(
    chance: random.Random, approvals: Approvals, clockwork: Clockwork, now: Any, people: list[Any]
) -> None:
    """One thing that happens at a desk; that it is refused is fine too."""
    request, by = chance.randint(1, 40), SentinelId(chance.randint(1, 5))
    verdict = chance.choice([Verdict.APPROVED, Verdict.REJECTED])
    works = [
        approvals.submit(a_submit()),
        approvals.submit(a_submit(expires_at=now + minutes(chance.randint(1, 60)))),
        approvals.decide(Decide(PROJECT, request, by, verdict, Door.API, "Because.")),
        approvals.escalate(Escalate(PROJECT, request, by, Door.API, "Because.")),
        approvals.cancel(Cancel(PROJECT, request, "key")),
        clockwork.sweep(PROJECT),
        clockwork.dispatch(PROJECT),
        clockwork.set_away(SetAway(PROJECT, by, now + hours(chance.randint(0, 5)))),
        clockwork.set_active(SetActive(PROJECT, by, chance.random() < 0.7)),
        clockwork.apply(wanting(*chance.sample(people, 4))),
    ]
    chosen = chance.choices(works, weights=[9, 4, 6, 3, 1, 4, 4, 1, 1, 1])[0]
    for work in works:
        if work is not chosen:
            work.close()
    try:
        await chosen
    except ApprovalError:
        return


async def by_hand(store: WholeStore, number: int, **changes: Any) -> None:
    """Change a Sentinel as a command does."""

    async def work(unit: Unit) -> None:
        unit.change_sentinel(SentinelId(number), **changes)

    await store.write(PROJECT, work)
