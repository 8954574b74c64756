"""What a key is restricted to: what is outside is refused when asked for, and not there when meant."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from approvals import commands
from approvals.errors import ExternalIdTaken, InvalidField, OutsideRestrictions, RequestNotFound
from approvals.issuing import Issue, issue
from approvals.keys import Key, Scope
from approvals.model import ApprovalRequest, Door, KeyId, SentinelId, Verdict
from approvals.restrictions import Restrictions
from approvals.service import Approvals
from store.keys import rotated
from tests.approvals.conftest import Desk
from tests.builders import NOW, PROJECT, a_caller, a_domain, a_request, a_submit, a_wanted

SAM = SentinelId(1)
ONLY_LEGAL = Restrictions(domains=("legal",))


@pytest.mark.parametrize(
    ("restrictions", "asked", "outside"),
    [
        (Restrictions(), {}, None),
        (Restrictions(domains=("legal", "finance")), {}, None),
        (Restrictions(domains=("finance",)), {}, "domain"),
        # The desk compares slugs: what was not made one is no domain of anybody's.
        (Restrictions(domains=("legal",)), {"domain": "Legal"}, "domain"),
        (Restrictions(jurisdictions=("CA",)), {"jurisdiction": "Québec"}, None),
        (Restrictions(jurisdictions=("EU",)), {"jurisdiction": "France"}, None),
        (Restrictions(jurisdictions=("CA-QC",)), {"jurisdiction": "Canada"}, "jurisdiction"),
        (Restrictions(jurisdictions=("CA-QC",)), {"jurisdiction": "*"}, "jurisdiction"),
        # A Sentinel covers a request that names no place; a restriction does not.
        (Restrictions(jurisdictions=("CA-QC",)), {"jurisdiction": None}, "jurisdiction"),
        (Restrictions(jurisdictions=("CA-QC",)), {"jurisdiction": " "}, "jurisdiction"),
        (Restrictions(agents=("agent-1", "agent-2")), {}, None),
        (Restrictions(agents=("agent-1",)), {"agent_id": "Agent-1"}, "agent_id"),
        (Restrictions(("legal",), ("CA",), ("agent-2",)), {}, "agent_id"),
    ],
)
def test_what_is_outside(restrictions: Restrictions, asked: dict[str, Any], outside: str | None) -> None:
    request = a_request(**asked)
    assert restrictions.admit(request) is (outside is None)
    if outside is not None:
        with pytest.raises(OutsideRestrictions) as refused:
            restrictions.check(request)
        assert refused.value.field == outside


@pytest.mark.parametrize(
    ("restrictions", "agent", "covered"),
    [
        (Restrictions(), None, True),
        (Restrictions(agents=("a", "b")), "a", True),
        (Restrictions(agents=("a", "b")), "c", False),
        (Restrictions(agents=("a", "b")), None, False),
        (Restrictions(agents=("a",), domains=("legal",)), "a", False),
        (Restrictions(agents=("a",), jurisdictions=("CA",)), "a", False),
        (Restrictions(domains=("legal",)), "a", False),
    ],
)
def test_of_whom_everything_is_inside(restrictions: Restrictions, agent: str | None, covered: bool) -> None:
    assert restrictions.cover_agent(agent) is covered


@pytest.fixture
async def finance(desk: Desk) -> ApprovalRequest:
    """A request about money, which somebody holds, and who stands above them."""
    people = (a_wanted(1, domains=["finance"]), a_wanted(2, domains=["finance"], tier=2))
    await desk.staff(*people, domains=(a_domain("finance"),))
    return await desk.ask(domain="finance", external_id="order-7", unique_external_id=True, fingerprint="f")


Verb = Callable[[Approvals, ApprovalRequest], Awaitable[object]]

VERBS: dict[str, Verb] = {
    "decide": lambda a, r: a.decide(commands.Decide(PROJECT, r.id, SAM, Verdict.APPROVED, Door.API)),
    "escalate": lambda a, r: a.escalate(commands.Escalate(PROJECT, r.id, SAM, Door.API, "Too much.")),
    "cancel": lambda a, r: a.cancel(commands.Cancel(PROJECT, r.number, "key")),
    "start": lambda a, r: a.start(commands.Start(PROJECT, r.id, SAM)),
    "ask": lambda a, r: a.ask(commands.Ask(PROJECT, r.id, SAM, "Which?", Door.API)),
    "answer": lambda a, r: a.answer(commands.Answer(PROJECT, r.id, 1, "This.", "key")),
    "rate": lambda a, r: a.rate(commands.Rate(PROJECT, r.id, 5, None, "key")),
    "amend": lambda a, r: a.amend(commands.Amend(PROJECT, r.id, "key")),
    "explain": lambda a, r: a.explain(PROJECT, r.id, NOW),
}


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
async def test_no_verb_finds_what_is_outside(desk: Desk, finance: ApprovalRequest, verb: Verb) -> None:
    async def attempt() -> None:
        with pytest.raises(RequestNotFound):
            await verb(desk.approvals.within(ONLY_LEGAL), finance)

    await desk.unmoved(finance, attempt)


@pytest.mark.parametrize("verb", ["decide", "escalate", "cancel", "start", "ask", "rate", "amend", "explain"])
async def test_what_is_inside_is_found(desk: Desk, finance: ApprovalRequest, verb: str) -> None:
    await VERBS[verb](desk.approvals.within(Restrictions(domains=("finance",))), finance)


async def test_what_is_outside_is_not_asked_for(desk: Desk, finance: ApprovalRequest) -> None:
    caller = a_caller(quota=1, max_open=1)
    approvals = desk.approvals.within(ONLY_LEGAL)
    with pytest.raises(OutsideRestrictions):
        await approvals.submit(a_submit(caller=caller, domain="finance"))
    # It has cost nothing: the one request that the key has left is still to be had.
    assert (
        await approvals.submit(a_submit(caller=replace(caller, key_id=KeyId("other"))))
    ).request.number == 2


async def test_an_external_id_tells_nothing_of_what_is_outside(desk: Desk, finance: ApprovalRequest) -> None:
    again = a_submit(domain="finance", external_id="order-7", unique_external_id=True, fingerprint="f")
    assert (await desk.approvals.submit(again)).existing
    with pytest.raises(ExternalIdTaken) as taken:
        await desk.approvals.within(ONLY_LEGAL).submit(replace(again, domain="legal"))
    assert taken.value.request_id is None


async def test_what_goes_up_a_tier_stays_inside(desk: Desk, finance: ApprovalRequest) -> None:
    mine = desk.approvals.within(Restrictions(domains=("finance",)))
    await VERBS["escalate"](mine, finance)
    assert (await mine.cancel(commands.Cancel(PROJECT, finance.id, "key"))).min_tier == 2


# How a key is made


def wanted(**changes: Any) -> Issue:
    """A key of an agent as somebody wants it."""
    return replace(Issue(PROJECT, "bot", frozenset({Scope.REQUESTS})), **changes)


def test_restrictions_are_kept_as_requests_are_compared_with_them() -> None:
    written = Restrictions(("Données personnelles", "legal", "LEGAL"), (" Québec", "Québec"), ("a", "b", "a"))
    key = issue(wanted(restrictions=written), NOW).key
    assert key.restrictions == Restrictions(("donnees-personnelles", "legal"), ("Québec",), ("a", "b"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"restrictions": Restrictions(domains=("!!",))}, "domain"),
        ({"restrictions": Restrictions(jurisdictions=("*",))}, "jurisdiction"),
        ({"restrictions": Restrictions(jurisdictions=("",))}, "jurisdiction"),
        ({"restrictions": Restrictions(agents=("",))}, "agent"),
        ({"restrictions": Restrictions(agents=("a\n",))}, "agent"),
        ({"restrictions": ONLY_LEGAL, "scopes": frozenset({Scope.ADMIN})}, "scope"),
        ({"restrictions": ONLY_LEGAL, "scopes": frozenset({Scope.REQUESTS, Scope.ADMIN})}, "scope"),
    ],
)
def test_restrictions_that_mean_nothing_are_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidField) as refused:
        issue(wanted(**changes), NOW)
    assert refused.value.field == field


def test_the_successor_of_a_key_is_restricted_alike() -> None:
    old = Key(KeyId("old"), PROJECT, "bot", frozenset({Scope.REQUESTS}), NOW, restrictions=ONLY_LEGAL)
    assert rotated(old, KeyId("new"), NOW).restrictions == ONLY_LEGAL
