"""Up a tier: by a person, by silence, to somebody in particular, and where nobody stands above."""

from typing import Any

import pytest

from approvals import assignment, deadlines, escalation
from approvals.errors import InvalidTarget, NobodyAbove
from approvals.events import EventKind
from approvals.model import ApprovalRequest, Dialect, Roster, SentinelId, State, Verdict
from tests.builders import NOW, a_domain, a_roster, a_sentinel, assigned, hours

WITHOUT_WORD = [d for d in Dialect if d is not Dialect.HUMANLAYER]


def ladder(*tiers: int, **changes: Any) -> Roster:
    """One Sentinel per tier given, numbered from 1."""
    people = [a_sentinel(n, tier=tier) for n, tier in enumerate(tiers, 1)]
    return a_roster(*people, **changes)


def sent_up(request: ApprovalRequest, by: int, roster: Roster, target: int | None = None) -> ApprovalRequest:
    """The request after a person has sent it up."""
    actor = roster.sentinels[SentinelId(by)]
    chosen = None if target is None else SentinelId(target)
    return escalation.by_person(request, actor, "Too big for me.", chosen, roster, NOW)[0]


def test_a_ladder_of_three_tiers_ends_above_the_last() -> None:
    roster = ladder(1, 2, 3)
    second = sent_up(assigned(1), 1, roster)
    third = sent_up(second, 2, roster)
    assert [second.assigned_to, third.assigned_to] == [2, 3]
    assert [second.min_tier, third.min_tier] == [2, 3]
    assert third.escalated_by == {1, 2}
    assert third.recipients == (1, 2, 3)
    ended = sent_up(third, 3, roster)
    assert (ended.state, ended.decision and ended.decision.verdict) == (State.DECIDED, Verdict.ESCALATED)
    assert ended.decision is not None
    assert (ended.decision.by, ended.decision.reasoning) == (3, "Too big for me.")
    assert ended.ended_at == NOW


@pytest.mark.parametrize("dialect", WITHOUT_WORD)
def test_nobody_above_is_refused_where_the_client_has_no_word_for_it(dialect: Dialect) -> None:
    request = assigned(1, dialect=dialect)
    with pytest.raises(NobodyAbove):
        sent_up(request, 1, ladder(1, 1))


@pytest.mark.parametrize(
    "above",
    [
        {"tier": 1},
        {"active": False},
        {"domains": {"finance"}},
        {"jurisdictions": ("FR",)},
        {"email": "asker@example.com"},
    ],
)
def test_who_is_not_qualified_stands_above_nobody(above: dict[str, Any]) -> None:
    roster = a_roster(a_sentinel(1), a_sentinel(2, **{"tier": 2, **above}))
    ended = sent_up(assigned(1, requested_by="asker@example.com"), 1, roster)
    assert ended.outcome == "escalated"


@pytest.mark.parametrize("unavailable", [{"away_until": NOW + hours(1)}, {"capacity": 0}])
def test_who_is_above_but_not_available_lets_it_wait_at_that_tier(unavailable: dict[str, Any]) -> None:
    roster = a_roster(a_sentinel(1), a_sentinel(2), a_sentinel(3, tier=2, **unavailable))
    waiting = sent_up(assigned(1), 1, roster)
    assert (waiting.state, waiting.assigned_to, waiting.min_tier) == (State.PENDING, None, 2)
    assert waiting.alarm_at == NOW + deadlines.UNATTENDED_AFTER
    assert waiting.escalate_at is None


def test_the_tier_never_falls() -> None:
    """Held below the tier that it needs, as when its Sentinel was moved down."""
    held_below = assigned(1, min_tier=3)
    raised = sent_up(held_below, 1, ladder(1, 2, 3, 4))
    assert (raised.assigned_to, raised.min_tier) == (4, 4)
    silent, _ = escalation.by_silence(held_below, ladder(1, 2, 3, 4), NOW)
    assert (silent.assigned_to, silent.min_tier) == (4, 4)


def test_a_tier_that_nobody_has_is_passed_over() -> None:
    raised = sent_up(assigned(1), 1, ladder(1, 5, 3))
    assert (raised.assigned_to, raised.min_tier) == (3, 2)


def test_it_goes_above_its_holder_even_where_a_lower_tier_was_asked_for() -> None:
    # Tier 1 was away, so that somebody of tier 2 held it from the start.
    raised = sent_up(assigned(2), 2, ladder(1, 2, 3))
    assert (raised.assigned_to, raised.min_tier) == (3, 3)


def test_a_favourite_of_the_client_does_not_bring_it_down_again() -> None:
    roster = ladder(1, 2, 3)
    raised = sent_up(assigned(1, preferred=(SentinelId(1),)), 1, roster)
    assert raised.assigned_to == 2
    to_the_top = sent_up(assigned(1, preferred=(SentinelId(3),)), 1, roster)
    assert (to_the_top.assigned_to, to_the_top.min_tier) == (3, 2)


def test_a_backup_who_sends_it_up_is_excluded_too() -> None:
    roster = a_roster(*(a_sentinel(n, tier=min(n, 2)) for n in (1, 2, 3)))
    raised = sent_up(assigned(1), 2, roster)
    assert (raised.assigned_to, set(raised.escalated_by)) == (3, {2})


def test_to_somebody_in_particular() -> None:
    roster = ladder(1, 2, 3)
    raised = sent_up(assigned(1), 1, roster, target=3)
    assert (raised.assigned_to, raised.min_tier) == (3, 2)


@pytest.mark.parametrize("target", [1, 2, 4, 5, 99])
def test_to_somebody_who_cannot_receive_it(target: int) -> None:
    people = [
        a_sentinel(1),
        a_sentinel(2),
        a_sentinel(3, tier=2),
        a_sentinel(4, tier=2, away_until=NOW + hours(1)),
        a_sentinel(5, tier=2, domains={"finance"}),
    ]
    with pytest.raises(InvalidTarget):
        sent_up(assigned(1), 1, a_roster(*people), target=target)


def test_somebody_named_where_nobody_is_above_does_not_end_it() -> None:
    with pytest.raises(InvalidTarget):
        sent_up(assigned(1), 1, ladder(1, 1), target=2)


def test_whom_it_can_be_sent_to() -> None:
    people = [
        a_sentinel(1),
        a_sentinel(2, tier=3),
        a_sentinel(3, tier=2),
        a_sentinel(4, tier=2, away_until=NOW + hours(1)),
        a_sentinel(5, tier=2, active=False),
        a_sentinel(6, tier=1),
    ]
    found = escalation.targets(assigned(1), SentinelId(1), a_roster(*people), NOW)
    assert [s.id for s in found] == [3, 2]


def test_the_record_of_a_step() -> None:
    roster = ladder(1, 2)
    raised, events = escalation.by_person(
        assigned(1), roster.sentinels[SentinelId(1)], "Too big.", None, roster, NOW
    )
    step = raised.escalations[0]
    assert (step.by, step.by_name, step.reasoning, step.min_tier) == (1, "Sentinel 1", "Too big.", 2)
    assert [e.kind for e in events] == [EventKind.ESCALATED, EventKind.ASSIGNED]
    assert [e.actor for e in events] == ["Sentinel 1", "desk"]


SILENT = a_domain(escalate_after=hours(4))


def test_silence_goes_up_a_tier_and_excludes_nobody() -> None:
    roster = ladder(1, 2, domains=[SILENT])
    raised, events = escalation.by_silence(assigned(1), roster, NOW)
    assert (raised.assigned_to, raised.min_tier, raised.escalated_by) == (2, 2, frozenset())
    assert raised.escalate_at == NOW + hours(4)
    assert (raised.escalations[0].by, events[0].actor) == (None, "desk")


def test_silence_goes_up_tier_by_tier_and_stays_at_the_top() -> None:
    roster = ladder(1, 2, 3, domains=[SILENT])
    request, holders = assigned(1), []
    for _ in range(5):
        request, events = escalation.by_silence(request, roster, NOW)
        holders.append(request.assigned_to)
    assert holders == [2, 3, 3, 3, 3]
    assert request.state is State.ASSIGNED
    assert events[0].kind is EventKind.UNATTENDED


def test_silence_at_the_top_is_told_and_nothing_more_is_due() -> None:
    kept, events = escalation.by_silence(assigned(1, escalate_at=NOW), ladder(1), NOW)
    assert (kept.state, kept.assigned_to, kept.escalate_at) == (State.ASSIGNED, 1, None)
    assert [(e.kind, e.data["reason"]) for e in events] == [(EventKind.UNATTENDED, "silence")]


def test_after_a_step_nobody_below_receives_it_even_when_it_is_let_go() -> None:
    roster = ladder(1, 2)
    raised = sent_up(assigned(1), 1, roster)
    let_go, _ = assignment.release(raised, a_roster(a_sentinel(1), a_sentinel(3)), NOW, "inactive")
    assert (let_go.state, let_go.min_tier) == (State.PENDING, 2)
