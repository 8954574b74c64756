"""Taking a request in: where it goes, what is kept, quotas, repeats and external ids."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from approvals.commands import Cancel, Idempotency
from approvals.errors import (
    ExternalIdTaken,
    IdempotencyConflict,
    InvalidField,
    QuotaExceeded,
    RequestNotFound,
    TooManyOpen,
)
from approvals.events import EventKind
from approvals.evidence import payload_sha256
from approvals.model import Dialect, Domain, KeyId, ProjectId, Risk, SentinelId, State
from approvals.service import Approvals
from tests.approvals.conftest import Desk
from tests.builders import NOW, PROJECT, a_caller, a_domain, a_submit, a_wanted, hours, minutes


async def test_it_goes_to_somebody_eligible_at_once(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    submitted = await desk.submit()
    request = submitted.request
    assert (request.state, request.assigned_to, request.number) == (State.ASSIGNED, 1, 1)
    assert submitted.assignee is not None
    assert submitted.assignee.name == "Sentinel 1"
    assert not submitted.uncovered
    assert await desk.now(request) == request
    assert await desk.kinds(request) == ["submitted", "assigned"]
    assert await desk.load(1) == 1


async def test_it_waits_where_everybody_is_away_or_full(desk: Desk) -> None:
    await desk.staff(a_wanted(1, capacity=1))
    await desk.ask()
    submitted = await desk.submit()
    assert (submitted.request.state, submitted.uncovered) == (State.PENDING, False)
    assert submitted.request.alarm_at == NOW + minutes(5)
    assert await desk.kinds(submitted.request) == ["submitted"]


@pytest.mark.parametrize("asked", [{"domain": "unheard-of"}, {"jurisdiction": "Atlantis"}])
async def test_it_waits_with_a_warning_and_an_alarm_where_nobody_could_ever_take_it(
    desk: Desk, asked: dict[str, Any]
) -> None:
    await desk.staff(a_wanted(1, jurisdictions=("CA", "FR")))
    submitted = await desk.submit(**asked)
    assert (submitted.request.state, submitted.uncovered) == (State.PENDING, True)
    assert submitted.request.alarm_at is None
    facts = await desk.facts(submitted.request)
    assert [(f.kind, f.data.get("reason")) for f in facts[1:]] == [(EventKind.UNATTENDED, "uncovered")]


async def test_the_requester_and_the_key_s_owner_never_receive_it(desk: Desk) -> None:
    await desk.staff(a_wanted(1), a_wanted(2), a_wanted(3))
    caller = a_caller(owner="S2@example.com")
    request = await desk.ask(requested_by="Sentinel 1", caller=caller)
    assert (request.assigned_to, request.key_owner) == (3, "S2@example.com")


@pytest.mark.parametrize("dialect", Dialect)
async def test_the_deadline_follows_request_domain_and_dialect(desk: Desk, dialect: Dialect) -> None:
    await desk.staff(a_wanted(1), domains=(a_domain("finance", expires_after=hours(1)),))
    default = NOW + hours(48) if dialect is Dialect.HUMANLAYER else None
    assert (await desk.ask(dialect=dialect)).expires_at == default
    assert (await desk.ask(dialect=dialect, domain="finance")).expires_at == NOW + hours(1)
    asked = NOW + timedelta(seconds=1)
    assert (await desk.ask(dialect=dialect, domain="finance", expires_at=asked)).expires_at == asked


async def test_what_is_refused_leaves_nothing_behind(desk: Desk) -> None:
    with pytest.raises(InvalidField):
        await desk.ask(expires_at=NOW)
    assert not desk.store.open_requests()
    assert (await desk.ask()).number == 1


UNSEALABLE = [
    ("context", {"amount": 2**53}),
    ("context", {"amount": float("nan")}),
    ("context", {"deep": [float("inf")]}),
    ("action", {"text": "\ud800"}),
    ("action", {"\ud800": 1}),
    ("summary", "\ud800"),
]


@pytest.mark.parametrize(("field", "value"), UNSEALABLE)
async def test_what_could_never_be_sealed_is_refused_when_it_comes(
    desk: Desk, field: str, value: Any
) -> None:
    with pytest.raises(InvalidField) as refused:
        await desk.ask(**{field: value})
    assert refused.value.field == field
    assert not desk.store.open_requests()


async def test_the_record_holds_the_hash_of_what_was_asked(desk: Desk) -> None:
    request = await desk.ask(context={"amount": 10}, action={"pay": "10.00"})
    submitted = (await desk.facts(request))[0]
    assert submitted.data == {"agent": "agent-1", "payload_sha256": payload_sha256(request)}
    others = {
        "request_type": "decision",
        "domain": "finance",
        "jurisdiction": "FR",
        "title": "Other",
        "summary": "Other.",
        "context": {"amount": 11},
        "action": {"pay": "11.00"},
    }
    hashes = {payload_sha256(replace(request, **{name: value})) for name, value in others.items()}
    assert len(hashes | {payload_sha256(request)}) == len(others) + 1


@pytest.mark.parametrize(
    ("request_type", "risk"),
    [
        ("validation", Risk.NORMAL),
        ("DÉCISION", Risk.HIGH),
        ("de\u0301cision", Risk.HIGH),
        ("decision", Risk.HIGH),
    ],
)
async def test_the_risk_is_the_team_s_however_the_type_is_spelt(
    desk: Desk, request_type: str, risk: Risk
) -> None:
    rules = Domain("legal", risk_by_type={"décision": Risk.HIGH})
    await desk.staff(a_wanted(1), domains=(rules,))
    request = await desk.ask(request_type=request_type)
    assert (request.risk, request.request_type) == (risk, request_type)


async def test_projects_do_not_see_each_other(desk: Desk) -> None:
    request = await desk.ask()
    with pytest.raises(RequestNotFound):
        await desk.approvals.cancel(Cancel(ProjectId("other"), request.id, "key"))
    elsewhere = a_submit(caller=a_caller(project=ProjectId("other")))
    assert (await desk.approvals.submit(elsewhere)).request.number == 1


# Quotas


async def test_a_quota_counts_creates_of_a_month(desk: Desk) -> None:
    caller = a_caller(quota=2)
    await desk.ask(caller=caller)
    await desk.ask(caller=caller)
    with pytest.raises(QuotaExceeded) as refused:
        await desk.ask(caller=caller)
    assert refused.value.limit == 2
    assert refused.value.resets_at.isoformat() == "2026-12-01T00:00:00+00:00"
    await desk.ask(caller=a_caller(quota=2, key_id=KeyId("another")))
    desk.clock.now = refused.value.resets_at
    await desk.ask(caller=caller)
    assert len(desk.store.open_requests()) == 4


async def test_what_is_refused_or_repeated_uses_no_quota(desk: Desk) -> None:
    caller = a_caller(quota=1)
    with pytest.raises(InvalidField):
        await desk.ask(caller=caller, expires_at=NOW)
    once = {"caller": caller, "idempotency": promise(), **UNIQUE}
    await desk.ask(**once)
    await desk.ask(**once)
    await desk.ask(**{**once, "idempotency": None})
    with pytest.raises(QuotaExceeded):
        await desk.ask(caller=caller)


# Open requests


async def test_a_key_has_no_more_open_requests_than_it_may(desk: Desk) -> None:
    caller = a_caller(max_open=2)
    first = await desk.ask(caller=caller)
    await desk.ask(caller=caller, agent_id="calls itself otherwise")
    with pytest.raises(TooManyOpen) as refused:
        await desk.ask(caller=caller)
    assert refused.value.limit == 2
    await desk.ask(caller=a_caller(max_open=2, key_id=KeyId("another")))
    await desk.approvals.cancel(Cancel(PROJECT, first.id, "key"))
    await desk.ask(caller=caller)
    with pytest.raises(TooManyOpen):
        await desk.ask(caller=caller)


async def test_the_desk_s_own_bound_holds_where_a_key_bears_none(desk: Desk) -> None:
    bounded = Approvals(desk.store, desk.announcer, max_open=1)
    await bounded.submit(a_submit())
    with pytest.raises(TooManyOpen):
        await bounded.submit(a_submit())
    await bounded.submit(a_submit(caller=a_caller(max_open=2)))


async def test_what_is_repeated_needs_no_room(desk: Desk) -> None:
    once = {"caller": a_caller(max_open=1, quota=9), "idempotency": promise(), **UNIQUE}
    first = await desk.ask(**once)
    assert await desk.ask(**once) == first
    assert await desk.ask(**{**once, "idempotency": None}) == first
    with pytest.raises(TooManyOpen):
        await desk.ask(caller=once["caller"])
    assert desk.store.keys._usage == {(first.key_id, "2026-11"): 1}


# Idempotency keys


def promise(key: str = "K", body: str = "a" * 64, scope: str = "key:POST /ai-request") -> Idempotency:
    """A client's promise; the answer it gets again names number and holder."""
    return Idempotency(key, scope, body, lambda r, roster: f"{r.number}:{r.assigned_to}".encode())


async def test_the_same_key_and_body_get_the_first_answer_again(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    first = await desk.submit(idempotency=promise())
    assert first.replay is None
    await desk.approvals.cancel(Cancel(PROJECT, first.request.id, "key"))
    again = await desk.submit(idempotency=promise())
    assert (again.request.id, again.replay) == (first.request.id, b"1:1")
    assert len(desk.store.tenants[PROJECT].requests) == 1


async def test_the_same_key_with_another_body_is_refused(desk: Desk) -> None:
    await desk.ask(idempotency=promise())
    with pytest.raises(IdempotencyConflict) as refused:
        await desk.ask(idempotency=promise(body="b" * 64))
    assert (refused.value.key, refused.value.first_sha256, refused.value.this_sha256) == (
        "K",
        "a" * 64,
        "b" * 64,
    )
    assert len(desk.store.open_requests()) == 1


async def test_another_key_or_another_scope_is_another_request(desk: Desk) -> None:
    for once in (promise(), promise("K2"), promise(scope="other:POST /ai-request")):
        await desk.ask(idempotency=once)
    assert len(desk.store.open_requests()) == 3


async def test_what_was_refused_does_not_occupy_the_key(desk: Desk) -> None:
    with pytest.raises(InvalidField):
        await desk.ask(idempotency=promise(), expires_at=NOW)
    assert (await desk.submit(idempotency=promise(body="b" * 64))).replay is None


async def test_a_repeat_after_the_deadline_gets_the_first_answer_too(desk: Desk) -> None:
    asked = {"idempotency": promise(), "expires_at": NOW + hours(1)}
    await desk.ask(**asked)
    desk.clock.advance(hours(2))
    assert (await desk.submit(**asked)).replay == b"1:None"


# External ids

UNIQUE = {"external_id": "order-7", "unique_external_id": True, "fingerprint": "f1"}


async def test_the_same_external_id_and_content_is_the_first_request(desk: Desk) -> None:
    first = await desk.submit(**UNIQUE)
    again = await desk.submit(**UNIQUE, expires_at=NOW + hours(9))
    assert (first.existing, again.existing) == (False, True)
    assert again.request == first.request


async def test_the_same_external_id_with_other_content_is_refused(desk: Desk) -> None:
    first = await desk.ask(**UNIQUE)
    with pytest.raises(ExternalIdTaken) as refused:
        await desk.ask(**{**UNIQUE, "fingerprint": "f2"})
    assert (refused.value.external_id, refused.value.request_id) == ("order-7", first.id)


async def test_an_external_id_is_free_where_the_dialect_does_not_make_it_unique(desk: Desk) -> None:
    await desk.ask(external_id="order-7")
    await desk.ask(external_id="order-7")
    assert not (await desk.submit(**UNIQUE)).existing
    elsewhere = a_submit(**UNIQUE, caller=a_caller(project=ProjectId("other")))
    assert not (await desk.approvals.submit(elsewhere)).existing


async def test_a_key_that_met_an_existing_external_id_is_used_up_all_the_same(desk: Desk) -> None:
    await desk.ask(**UNIQUE)
    await desk.ask(**UNIQUE, idempotency=promise())
    with pytest.raises(IdempotencyConflict):
        await desk.ask(external_id="order-8", idempotency=promise(body="b" * 64))


async def test_messages_leave_with_the_request_that_causes_them(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask()
    topics = [m.delivery.topic for m in desk.store.outbox.messages if m.delivery.request_id == request.id]
    assert topics == ["submitted", "assigned"]
    assert request.recipients == (SentinelId(1),)
