"""The machine: every state against every action, before and after the deadline, and its laws."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.errors import AlreadyEnded, DeadlinePassed, IllegalMove
from approvals.lifecycle import TRANSITIONS, Action, advance, check, overdue
from approvals.model import ApprovalRequest, SentinelId, State
from tests.builders import NOW, a_request, hours

OPEN = (State.PENDING, State.ASSIGNED)
ENDED = (State.DECIDED, State.EXPIRED, State.CANCELLED)
DEADLINE = NOW + hours(1)

# What the contract's table says, written out a second time: whoever changes one must change both.
MAY = {
    State.PENDING: {"assign", "answer", "amend", "alarm", "expire", "cancel"},
    State.ASSIGNED: {
        "assign",
        "release",
        "start",
        "ask",
        "answer",
        "amend",
        "approve",
        "reject",
        "modify",
        "escalate",
        "alarm",
        "expire",
        "cancel",
    },
    State.DECIDED: set(),
    State.EXPIRED: set(),
    State.CANCELLED: set(),
}
LEADS_TO = {
    "assign": {"assigned"},
    "release": {"assigned", "pending"},
    "approve": {"decided"},
    "reject": {"decided"},
    "modify": {"decided"},
    "escalate": {"assigned", "pending", "decided"},
    "expire": {"expired"},
    "cancel": {"cancelled"},
}

every_move = pytest.mark.parametrize(
    ("state", "action"), [(state, action) for state in State for action in Action]
)


def in_state(state: State, *, late: bool = False) -> ApprovalRequest:
    """A request in that state whose deadline is ahead, or has just been reached."""
    deadline = NOW if late else DEADLINE
    holder = SentinelId(1) if state is State.ASSIGNED else None
    return a_request(state=state, assigned_to=holder, expires_at=deadline)


@every_move
def test_the_table_is_the_contract_s(state: State, action: Action) -> None:
    assert ((state, action) in TRANSITIONS) == (action.value in MAY[state])
    for leads_to in TRANSITIONS.get((state, action), ()):
        assert leads_to.value in LEADS_TO.get(action.value, {state.value})


@every_move
@pytest.mark.parametrize("to", State)
def test_before_the_deadline(state: State, action: Action, to: State) -> None:
    request = in_state(state)
    legal = to in TRANSITIONS.get((state, action), ()) and action is not Action.EXPIRE
    if legal:
        moved = advance(request, action, to, NOW)
        assert (moved.state, moved.version, moved.updated_at) == (to, request.version + 1, NOW)
        assert moved.ended_at == (NOW if to.terminal else None)
        return
    with pytest.raises(IllegalMove) as refused:
        advance(request, action, to, NOW)
    assert refused.value.request == request
    assert isinstance(refused.value, AlreadyEnded) == state.terminal


@every_move
@pytest.mark.parametrize("late_by", [timedelta(0), timedelta(microseconds=1), timedelta(days=400)])
def test_at_and_after_the_deadline_nothing_happens_but_expiry(
    state: State, action: Action, late_by: timedelta
) -> None:
    request = in_state(state, late=True)
    if state in OPEN and action is Action.EXPIRE:
        assert advance(request, action, State.EXPIRED, NOW + late_by).state is State.EXPIRED
        return
    for to in State:
        with pytest.raises(IllegalMove) as refused:
            advance(request, action, to, NOW + late_by)
        possible = (state, action) in TRANSITIONS
        assert isinstance(refused.value, DeadlinePassed) == (state in OPEN and possible)


def test_nothing_expires_before_its_time_nor_without_one() -> None:
    just_before = DEADLINE - timedelta(microseconds=1)
    with pytest.raises(IllegalMove):
        check(in_state(State.ASSIGNED), Action.EXPIRE, just_before)
    with pytest.raises(IllegalMove):
        check(a_request(expires_at=None), Action.EXPIRE, NOW + timedelta(days=4000))
    check(in_state(State.ASSIGNED), Action.APPROVE, just_before)


def test_what_ends_has_nothing_due_any_more() -> None:
    request = replace(in_state(State.ASSIGNED), escalate_at=NOW + hours(1), alarm_at=NOW + hours(1))
    ended = advance(request, Action.CANCEL, State.CANCELLED, NOW)
    assert (ended.escalate_at, ended.alarm_at, ended.due_at) == (None, None, None)
    assert ended.ended_at == NOW


moments = st.integers(-7200, 7200).map(lambda seconds: NOW + timedelta(seconds=seconds))
moves = st.lists(st.tuples(st.sampled_from(Action), st.sampled_from(State), moments), max_size=30)


@given(moves, st.none() | moments)
def test_laws(attempts: list[tuple[Action, State, object]], deadline: object) -> None:
    """Whatever is tried: an end is final, the deadline holds, what is refused has changed nothing."""
    request = a_request(expires_at=deadline)
    for action, to, now in attempts:
        before = request
        try:
            request = advance(request, action, to, now)  # type: ignore[arg-type]
        except IllegalMove:
            assert request is before
            continue
        assert not before.state.terminal
        assert to in TRANSITIONS[before.state, action]
        assert overdue(before, now) == (action is Action.EXPIRE)  # type: ignore[arg-type]
        assert request.version == before.version + 1
        assert (request.ended_at is not None) == request.state.terminal
