"""Deciding, escalating, cancelling, starting: who, when, with which words, and how often."""

from datetime import timedelta
from typing import Any

import pytest

from approvals.commands import Amend, Cancel, Decide, Escalate, Idempotency, Start
from approvals.errors import (
    AlreadyEnded,
    ApprovalError,
    ContentChanged,
    ContentStarted,
    DeadlinePassed,
    IdempotencyConflict,
    IllegalMove,
    InvalidField,
    ModifyNotHeard,
    NobodyAbove,
    NotAuthorised,
    ReasoningRequired,
    RequestNotFound,
    UnknownSentinel,
)
from approvals.evidence import payload_sha256
from approvals.model import (
    ApprovalRequest,
    Dialect,
    Door,
    Priority,
    ProjectId,
    Reasoning,
    SentinelId,
    State,
    Verdict,
)
from tests.approvals.conftest import Desk
from tests.builders import NOW, PROJECT, a_domain, a_wanted, hours

FINAL = (Verdict.APPROVED, Verdict.REJECTED, Verdict.MODIFIED)


def decision(request: ApprovalRequest, by: int = 1, **changes: Any) -> Decide:
    """An approval in Slack, with words."""
    fields: dict[str, Any] = {
        "project": PROJECT,
        "request": request.id,
        "by": SentinelId(by),
        "verdict": Verdict.APPROVED,
        "door": Door.SLACK,
        "reasoning": "Read and weighed.",
    }
    return Decide(**{**fields, **changes})


def a_step_up(request: ApprovalRequest, by: int = 1, **changes: Any) -> Escalate:
    """An escalation in Slack, with words."""
    return Escalate(
        **{
            "project": PROJECT,
            "request": request.id,
            "by": SentinelId(by),
            "door": Door.SLACK,
            "reasoning": "Too big for me.",
            **changes,
        }
    )


@pytest.mark.parametrize("verdict", FINAL)
async def test_a_decision_ends_it_with_evidence(desk: Desk, verdict: Verdict) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask(dialect=Dialect.HUMANCHECK)
    desk.clock.advance(hours(1))
    modified = "Pay 5 instead." if verdict is Verdict.MODIFIED else None
    done = await desk.approvals.decide(decision(request, verdict=verdict, modified=modified))
    decided = await desk.now(request)
    assert decided == done.request
    assert (decided.state, decided.outcome, decided.ended_at) == (
        State.DECIDED,
        verdict.value,
        desk.clock.now,
    )
    made = decided.decision
    assert made is not None
    assert (made.by, made.by_name, made.by_email) == (1, "Sentinel 1", "s1@example.com")
    assert (made.at, made.reasoning, made.modified) == (desk.clock.now, "Read and weighed.", modified)
    assert await desk.kinds(request) == ["submitted", "assigned", "decided"]
    assert await desk.load(1) == 0


async def test_the_evidence_names_what_was_asked_and_what_stood_on_the_record(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask()
    done = await desk.approvals.decide(decision(request))
    made = done.request.decision
    assert made is not None
    assert made.evidence is not None
    before = (await desk.store.timeline(PROJECT, request.id))[:2]
    assert made.evidence == {
        "request_id": request.id,
        "payload_sha256": payload_sha256(request),
        "verdict": "approved",
        "decided_by": "s1@example.com",
        "decided_at": "2026-11-23T15:00:00.000Z",
        "events": [
            {"n": 1, "kind": "submitted", "at": "2026-11-23T15:00:00.000Z", "actor": "Agent's key"}
            | {"hash": before[0].hash},
            {"n": 2, "kind": "assigned", "at": "2026-11-23T15:00:00.000Z", "actor": "desk"}
            | {"hash": before[1].hash},
        ],
    }


# Never at or after the deadline


@pytest.mark.parametrize("late_by", [timedelta(0), timedelta(microseconds=1), timedelta(days=30)])
@pytest.mark.parametrize("dialect", Dialect)
async def test_nothing_is_done_at_or_after_the_deadline(
    desk: Desk, late_by: timedelta, dialect: Dialect
) -> None:
    await desk.staff(a_wanted(1), a_wanted(2, tier=2))
    request = await desk.ask(expires_at=NOW + hours(1), dialect=dialect)
    desk.clock.now = NOW + hours(1) + late_by
    named = {"project": PROJECT, "request": request.id}
    attempts = [
        *(desk.approvals.decide(decision(request, verdict=v)) for v in (Verdict.APPROVED, Verdict.REJECTED)),
        desk.approvals.decide(decision(request, verdict=Verdict.MODIFIED, modified="x")),
        desk.approvals.escalate(a_step_up(request)),
        desk.approvals.cancel(Cancel(PROJECT, request.id, "key")),
        desk.approvals.start(Start(**named, by=SentinelId(1))),  # type: ignore[arg-type]
        desk.approvals.amend(Amend(**named, actor="key", expires_at=NOW + hours(99))),  # type: ignore[arg-type]
    ]

    async def try_all() -> None:
        for attempt in attempts:
            with pytest.raises(DeadlinePassed):
                await attempt

    await desk.unmoved(request, try_all)


async def test_just_before_the_deadline_it_is_decided(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask(expires_at=NOW + hours(1))
    desk.clock.now = NOW + hours(1) - timedelta(microseconds=1)
    assert (await desk.approvals.decide(decision(request))).request.outcome == "approved"


# Who


async def test_the_check_stands_in_the_transaction_that_decides(desk: Desk) -> None:
    """A person who was qualified when the card was posted, and is not at the click."""
    await desk.staff(a_wanted(1))
    request = await desk.ask()
    await desk.store.write(PROJECT, _deactivated)

    async def attempt() -> None:
        with pytest.raises(NotAuthorised) as refused:
            await desk.approvals.decide(decision(request))
        assert refused.value.reason == "inactive"

    await desk.unmoved(request, attempt)


@pytest.mark.parametrize(("by", "error"), [(2, NotAuthorised), (3, NotAuthorised), (99, UnknownSentinel)])
async def test_a_click_by_somebody_else_changes_nothing(
    desk: Desk, by: int, error: type[ApprovalError]
) -> None:
    await desk.staff(a_wanted(1), a_wanted(2, tier=2), a_wanted(3, domains=["finance"]))
    request = await desk.ask()

    async def attempt() -> None:
        with pytest.raises(error):
            await desk.approvals.decide(decision(request, by=by))
        with pytest.raises(error):
            await desk.approvals.escalate(a_step_up(request, by=by))
        with pytest.raises(error):
            await desk.approvals.start(Start(PROJECT, request.id, SentinelId(by)))

    await desk.unmoved(request, attempt)


async def test_a_backup_decides_where_the_domain_lets_them(desk: Desk) -> None:
    await desk.staff(a_wanted(1), a_wanted(2), domains=(a_domain(backups=True),))
    request = await desk.ask()
    done = await desk.approvals.decide(decision(request, by=2))
    assert (done.request.decision and done.request.decision.by, await desk.load(1)) == (2, 0)


async def test_whoever_holds_it_decides_while_away_and_full(desk: Desk) -> None:
    await desk.staff(a_wanted(1, capacity=1))
    request = await desk.ask()
    await desk.store.write(PROJECT, lambda unit: _away(unit, NOW + hours(9)))
    assert (await desk.approvals.decide(decision(request))).request.outcome == "approved"


async def test_nobody_decides_what_waits_or_belongs_to_another_project(desk: Desk) -> None:
    await desk.staff(a_wanted(1, capacity=0), domains=(a_domain(backups=True),))
    request = await desk.ask()
    with pytest.raises(IllegalMove):
        await desk.approvals.decide(decision(request))
    with pytest.raises(RequestNotFound):
        await desk.approvals.decide(decision(request, project=ProjectId("other")))


# Once


async def test_a_second_decision_names_the_first(desk: Desk) -> None:
    await desk.staff(a_wanted(1), a_wanted(2), domains=(a_domain(backups=True),))
    request = await desk.ask()
    await desk.approvals.decide(decision(request))
    for second in (decision(request, by=2, verdict=Verdict.REJECTED), decision(request)):
        with pytest.raises(AlreadyEnded) as refused:
            await desk.approvals.decide(second)
        stands = refused.value.request.decision
        assert stands is not None
        assert (stands.by_name, stands.verdict, stands.at) == ("Sentinel 1", Verdict.APPROVED, NOW)


def promise(body: str = "a" * 64) -> Idempotency:
    """The same promise each time, for the same path."""
    return Idempotency("K", "key:POST /decide", body, lambda request, roster: str(request.outcome).encode())


async def test_a_repeat_under_the_same_key_gets_the_first_answer(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask()
    first = await desk.approvals.decide(decision(request, idempotency=promise()))
    again = await desk.approvals.decide(decision(request, idempotency=promise()))
    assert (first.replay, again.replay) == (None, b"approved")
    assert again.request == first.request
    with pytest.raises(IdempotencyConflict):
        await desk.approvals.decide(decision(request, idempotency=promise("b" * 64)))
    assert await desk.kinds(request) == ["submitted", "assigned", "decided"]


async def test_a_key_s_answer_never_stands_for_another_request(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    request, other = await desk.ask(), await desk.ask()
    await desk.approvals.decide(decision(request, idempotency=promise()))
    with pytest.raises(IdempotencyConflict):
        await desk.approvals.decide(decision(other, idempotency=promise()))
    assert (await desk.now(other)).state is State.ASSIGNED


# Words


@pytest.mark.parametrize("words", [None, "", "  \n "])
@pytest.mark.parametrize(
    ("rule", "verdict", "lenient", "refused"),
    [
        (Reasoning.ON_REJECT, Verdict.APPROVED, False, False),
        (Reasoning.ON_REJECT, Verdict.MODIFIED, False, False),
        (Reasoning.ON_REJECT, Verdict.REJECTED, False, True),
        (Reasoning.ON_REJECT, Verdict.REJECTED, True, False),
        (Reasoning.REQUIRED, Verdict.APPROVED, False, True),
        (Reasoning.REQUIRED, Verdict.APPROVED, True, True),
        (Reasoning.REQUIRED, Verdict.MODIFIED, True, True),
        (Reasoning.REQUIRED, Verdict.REJECTED, True, True),
    ],
)
async def test_when_words_are_needed(
    desk: Desk, words: str | None, rule: Reasoning, verdict: Verdict, lenient: bool, refused: bool
) -> None:
    await desk.staff(a_wanted(1), domains=(a_domain(reasoning=rule),))
    request = await desk.ask(dialect=Dialect.HUMANCHECK)
    modified = "Other" if verdict is Verdict.MODIFIED else None
    command = decision(request, verdict=verdict, lenient=lenient, reasoning=words, modified=modified)
    if refused:
        with pytest.raises(ReasoningRequired):
            await desk.approvals.decide(command)
        assert (await desk.now(request)).state is State.ASSIGNED
    else:
        done = await desk.approvals.decide(command)
        assert done.request.decision is not None
        assert done.request.decision.reasoning is None


async def test_words_are_kept_without_the_space_around_them(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    done = await desk.approvals.decide(decision(await desk.ask(), reasoning="  Fine.\n"))
    assert done.request.decision is not None
    assert done.request.decision.reasoning == "Fine."


@pytest.mark.parametrize("words", [None, " "])
async def test_an_escalation_always_needs_words(desk: Desk, words: str | None) -> None:
    await desk.staff(a_wanted(1), a_wanted(2, tier=2))
    with pytest.raises(ReasoningRequired):
        await desk.approvals.escalate(a_step_up(await desk.ask(), reasoning=words))


# Modify


@pytest.mark.parametrize("dialect", Dialect)
async def test_modified_exists_only_where_the_client_can_hear_it(desk: Desk, dialect: Dialect) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask(dialect=dialect)
    command = decision(request, verdict=Verdict.MODIFIED, modified="Other")
    if dialect in {Dialect.HUMANCHECK, Dialect.HITL}:
        assert (await desk.approvals.decide(command)).request.outcome == "modified"
    else:
        with pytest.raises(ModifyNotHeard):
            await desk.approvals.decide(command)


@pytest.mark.parametrize(
    ("verdict", "modified"),
    [
        (Verdict.MODIFIED, None),
        (Verdict.APPROVED, "Other"),
        (Verdict.REJECTED, {"text": "Other"}),
    ],
)
async def test_changed_content_belongs_to_modified_and_to_nothing_else(
    desk: Desk, verdict: Verdict, modified: object
) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask(dialect=Dialect.HITL)
    with pytest.raises(InvalidField) as refused:
        await desk.approvals.decide(decision(request, verdict=verdict, modified=modified))
    assert refused.value.field == "modified_action"


async def test_escalated_is_no_verdict_that_somebody_gives(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    with pytest.raises(InvalidField):
        await desk.approvals.decide(decision(await desk.ask(), verdict=Verdict.ESCALATED))


# What was shown


async def test_a_decision_on_content_that_changed_is_refused(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask(dialect=Dialect.HITL)
    amended = await desk.approvals.amend(Amend(PROJECT, request.id, "key", content={"summary": "Other"}))
    assert (amended.content_version, amended.summary) == (2, "Other")
    with pytest.raises(ContentChanged) as refused:
        await desk.approvals.decide(decision(request, shown=1))
    assert refused.value.shown == 1
    assert (await desk.approvals.decide(decision(request, shown=2))).request.outcome == "approved"


async def test_a_door_that_reads_and_decides_in_one_call_needs_no_version(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask()
    await desk.approvals.amend(Amend(PROJECT, request.id, "key", content={"summary": "Other"}))
    assert (await desk.approvals.decide(decision(request, shown=None))).request.outcome == "approved"


async def test_content_stays_once_somebody_has_started(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask()
    await desk.approvals.start(Start(PROJECT, request.id, SentinelId(1)))
    with pytest.raises(ContentStarted):
        await desk.approvals.amend(Amend(PROJECT, request.id, "key", content={"summary": "Other"}))
    amended = await desk.approvals.amend(
        Amend(PROJECT, request.id, "key", priority=Priority.HIGH, expires_at=NOW + hours(9))
    )
    assert (amended.priority, amended.expires_at) == (Priority.HIGH, NOW + hours(9))
    assert (amended.content_version, amended.summary) == (1, request.summary)


async def test_an_amendment_changes_content_and_nothing_that_decides(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask()
    hostile = {"summary": "Other", "state": State.DECIDED, "requested_by": None, "domain": "other"}
    amended = await desk.approvals.amend(Amend(PROJECT, request.id, "key", content=hostile))
    assert (amended.state, amended.domain, amended.summary) == (State.ASSIGNED, "legal", "Other")
    facts = await desk.facts(request)
    assert facts[-1].data == {
        "fields": ["content_version", "summary"],
        "payload_sha256": payload_sha256(amended),
    }


@pytest.mark.parametrize("changes", [{"expires_at": NOW}, {"content": {"context": {"n": 2**53}}}])
async def test_an_amendment_that_cannot_stand(desk: Desk, changes: dict[str, Any]) -> None:
    request = await desk.ask()

    async def attempt() -> None:
        with pytest.raises(InvalidField):
            await desk.approvals.amend(Amend(PROJECT, request.id, "key", **changes))

    await desk.unmoved(request, attempt)


# Escalating, cancelling, starting


async def test_a_ladder_of_three_tiers(desk: Desk) -> None:
    await desk.staff(a_wanted(1), a_wanted(2, tier=2), a_wanted(3, tier=3))
    request = await desk.ask()
    await desk.approvals.escalate(a_step_up(request, by=1))
    await desk.approvals.escalate(a_step_up(request, by=2))
    assert [await desk.load(n) for n in (1, 2, 3)] == [0, 0, 1]
    for excluded in (1, 2):
        with pytest.raises(NotAuthorised):
            await desk.approvals.decide(decision(request, by=excluded))
    ended = (await desk.approvals.escalate(a_step_up(request, by=3))).request
    assert (ended.outcome, [e.min_tier for e in ended.escalations]) == ("escalated", [2, 3])
    assert ended.decision is not None
    assert ended.decision.evidence is not None
    assert [await desk.load(n) for n in (1, 2, 3)] == [0, 0, 0]


async def test_the_last_of_the_ladder_may_still_decide_where_nobody_is_above(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask(dialect=Dialect.HITL)

    async def attempt() -> None:
        with pytest.raises(NobodyAbove):
            await desk.approvals.escalate(a_step_up(request))

    await desk.unmoved(request, attempt)
    assert (await desk.approvals.decide(decision(request))).request.outcome == "approved"


async def test_a_repeated_escalation_under_one_key_is_one_step(desk: Desk) -> None:
    await desk.staff(a_wanted(1), a_wanted(2, tier=2))
    request = await desk.ask()
    for _ in range(2):
        await desk.approvals.escalate(a_step_up(request, idempotency=promise()))
    assert len((await desk.now(request)).escalations) == 1


@pytest.mark.parametrize("capacity", [0, 1])
async def test_the_requester_takes_back_what_waits_or_is_assigned(desk: Desk, capacity: int) -> None:
    await desk.staff(a_wanted(1, capacity=capacity))
    request = await desk.ask()
    cancelled = await desk.approvals.cancel(Cancel(PROJECT, request.id, "key"))
    assert (cancelled.state, cancelled.outcome, cancelled.decision) == (State.CANCELLED, "cancelled", None)
    with pytest.raises(AlreadyEnded):
        await desk.approvals.cancel(Cancel(PROJECT, request.id, "key"))
    assert await desk.load(1) == 0


async def test_the_first_look_is_noted_once(desk: Desk) -> None:
    await desk.staff(a_wanted(1), a_wanted(2), domains=(a_domain(backups=True),))
    request = await desk.ask()
    await desk.approvals.start(Start(PROJECT, request.id, SentinelId(2)))
    desk.clock.advance(hours(1))
    await desk.approvals.start(Start(PROJECT, request.id, SentinelId(1)))
    assert (await desk.now(request)).started_at == NOW
    assert (await desk.kinds(request)).count("started") == 1


async def _deactivated(unit: Any) -> None:
    unit.change_sentinel(SentinelId(1), active=False)


async def _away(unit: Any, until: object) -> None:
    unit.change_sentinel(SentinelId(1), away_until=until)
