"""Who receives a request: eligibility, every tie-breaker, and the explanation."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.delegation import HOPS
from approvals.model import Roster, Sentinel, SentinelId
from approvals.routing import choose, covered, explain, ineligible
from tests.builders import NOW, a_request, a_roster, a_sentinel, hours


def chosen(request_changes: dict[str, Any], *sentinels: Sentinel) -> str | None:
    """The name of who receives a request that differs so from the usual one."""
    found = choose(a_request(**request_changes), a_roster(*sentinels), NOW)
    return found.sentinel.name if found else None


UNFIT = [
    ("inactive", {"active": False}),
    ("domain", {"domains": {"finance"}}),
    ("domain", {"domains": set()}),
    ("jurisdiction", {"jurisdictions": ("FR",)}),
    ("jurisdiction", {"jurisdictions": ()}),
    ("requester", {"email": "asker@example.com"}),
    ("requester", {"email": "Asker@Example.com"}),
    ("requester", {"name": "ASKER@example.com"}),
    ("key_owner", {"slack_user": "U0OWNER"}),
    ("escalated_it", {"id": SentinelId(9)}),
    ("tier_too_low", {"tier": 1}),
    ("away", {"away_until": NOW + hours(1)}),
    ("full", {"capacity": 3, "load": 3}),
    ("full", {"capacity": 3, "load": 4}),
]
FIT = {"tier": 2, "capacity": 3, "load": 2}
ASKED = a_request(
    jurisdiction="CA-QC",
    requested_by="asker@example.com",
    key_owner="u0owner",
    escalated_by=frozenset({SentinelId(9)}),
    min_tier=2,
)


@pytest.mark.parametrize(("reason", "changes"), UNFIT)
def test_who_receives_nothing_and_why(reason: str, changes: dict[str, Any]) -> None:
    person = replace(a_sentinel(**FIT), **changes)
    assert ineligible(ASKED, person, NOW) == reason
    assert choose(ASKED, a_roster(person), NOW) is None


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"domains": {"*"}},
        {"jurisdictions": ("CA",)},
        {"jurisdictions": ("FR", "Québec")},
        {"tier": 7},
        {"away_until": NOW},
        {"away_until": NOW - hours(1)},
        {"capacity": None, "load": 1_000},
        {"email": None, "slack_user": None},
    ],
)
def test_who_is_eligible(changes: dict[str, Any]) -> None:
    assert ineligible(ASKED, a_sentinel(**{**FIT, **changes}), NOW) is None


# The first of each pair wins by the rule that names the pair, and everything after it in the
# order of the rules speaks for the second.
BETTER = [
    ("whom the client asked for", {"id": SentinelId(7), "tier": 3}, {"tier": 1}),
    (
        "the lowest tier",
        {"tier": 1, "jurisdictions": ("*",)},
        {"tier": 2, "jurisdictions": ("CA-QC",)},
    ),
    (
        "the same place before the country",
        {"jurisdictions": ("Québec",), "domains": {"*"}},
        {"jurisdictions": ("CA",)},
    ),
    (
        "the country before everywhere",
        {"jurisdictions": ("CA",), "domains": {"*"}},
        {"jurisdictions": ("*",)},
    ),
    (
        "a named domain before any",
        {"domains": {"legal"}, "capacity": 10, "load": 9},
        {"domains": {"*"}, "capacity": 10, "load": 0},
    ),
    (
        "the lightest load against capacity",
        {"capacity": 10, "load": 4, "last_assigned_at": NOW},
        {"capacity": 4, "load": 2, "last_assigned_at": None},
    ),
    (
        "the lighter of two without capacity",
        {"load": 1, "last_assigned_at": NOW},
        {"load": 2, "last_assigned_at": None},
    ),
    (
        "no capacity weighs next to nothing",
        {"load": 5},
        {"capacity": 1_000, "load": 1},
    ),
    ("never assigned before assigned", {"name": "Z"}, {"name": "A", "last_assigned_at": NOW}),
    (
        "the longest unassigned",
        {"name": "Z", "last_assigned_at": NOW - hours(2)},
        {"name": "A", "last_assigned_at": NOW - hours(1)},
    ),
    ("the name", {"name": "A", "id": SentinelId(2)}, {"name": "B", "id": SentinelId(1)}),
    ("the number", {"name": "A", "id": SentinelId(1)}, {"name": "A", "id": SentinelId(2)}),
]


@pytest.mark.parametrize(("rule", "first", "second"), BETTER, ids=[rule for rule, _, _ in BETTER])
@pytest.mark.parametrize("turned", [False, True])
def test_tie_breakers(rule: str, first: dict[str, Any], second: dict[str, Any], turned: bool) -> None:
    better = replace(a_sentinel(1), **first)
    worse = replace(a_sentinel(2), **second)
    people = (worse, better) if turned else (better, worse)
    request = a_request(preferred=(SentinelId(7),))
    found = choose(request, a_roster(*people), NOW)
    assert found is not None
    assert found.sentinel == better


def test_the_bloc_comes_between_the_country_and_everywhere() -> None:
    bloc = a_sentinel(1, jurisdictions=("EU",))
    country = a_sentinel(2, jurisdictions=("FR",))
    anywhere = a_sentinel(3, jurisdictions=("*",))
    assert chosen({"jurisdiction": "Paris"}, anywhere, bloc, country) == country.name
    assert chosen({"jurisdiction": "Paris"}, anywhere, bloc) == bloc.name
    assert chosen({"jurisdiction": "Paris"}, anywhere) == anywhere.name


def test_without_a_jurisdiction_everybody_of_the_domain_is_equally_near() -> None:
    here, everywhere = a_sentinel(2, jurisdictions=("FR",)), a_sentinel(1)
    assert chosen({"jurisdiction": None}, here, everywhere) == everywhere.name


@pytest.mark.parametrize(
    "changes",
    [
        {"active": False},
        {"domains": {"finance"}},
        {"jurisdictions": ("FR",)},
        {"away_until": NOW + hours(1)},
        {"capacity": 0},
        {"tier": 1},
        {"email": "asker@example.com"},
    ],
)
def test_whom_the_client_asked_for_gets_nothing_past_authority(changes: dict[str, Any]) -> None:
    favourite = a_sentinel(1, **{"tier": 2, **changes})
    other = a_sentinel(2, tier=2)
    asked = {"preferred": (SentinelId(1),), "min_tier": 2, "requested_by": "asker@example.com"}
    assert chosen(asked, favourite, other) == other.name


def test_nobody_below_the_tier_that_an_escalation_asked_for() -> None:
    tiers = [a_sentinel(n, tier=n) for n in (1, 2, 3)]
    assert [chosen({"min_tier": n}, *tiers) for n in (1, 2, 3, 4)] == [
        "Sentinel 1",
        "Sentinel 2",
        "Sentinel 3",
        None,
    ]


def test_the_explanation_names_everybody_best_first() -> None:
    people = [
        a_sentinel(1, away_until=NOW + hours(1)),
        a_sentinel(2, jurisdictions=("CA",)),
        a_sentinel(3, jurisdictions=("CA-QC",)),
        a_sentinel(4, active=False),
        a_sentinel(5, capacity=1, load=1),
        a_sentinel(6, jurisdictions=("FR",)),
    ]
    told = explain(a_request(), a_roster(*people), NOW)
    assert [(c.sentinel.id, c.reason, c.chosen) for c in told] == [
        (3, None, True),
        (2, None, False),
        (1, "away", False),
        (4, "inactive", False),
        (5, "full", False),
        (6, "jurisdiction", False),
    ]
    assert [c.qualified for c in told] == [True, True, True, False, True, False]


def test_nobody_is_explained_where_nobody_is() -> None:
    empty = Roster(a_request().project)
    assert explain(a_request(), empty, NOW) == []
    assert choose(a_request(), empty, NOW) is None


def test_a_request_is_covered_by_whoever_is_away_full_or_too_low() -> None:
    absent = a_sentinel(1, away_until=NOW + hours(1), capacity=0)
    assert covered(a_request(min_tier=9), a_roster(absent))
    assert not covered(a_request(), a_roster(a_sentinel(1, active=False)))


people = st.builds(
    a_sentinel,
    st.integers(1, 8),
    active=st.booleans(),
    tier=st.integers(1, 3),
    load=st.integers(0, 3),
    capacity=st.none() | st.integers(0, 3),
    domains=st.sampled_from([{"legal"}, {"*"}, {"finance"}, {"legal", "*"}]),
    jurisdictions=st.sampled_from([("*",), ("CA",), ("CA-QC",), ("FR", "EU"), ()]),
    away_until=st.none() | st.sampled_from([NOW - hours(1), NOW, NOW + hours(1)]),
    last_assigned_at=st.none() | st.just(NOW - timedelta(days=1)),
    delegate=st.none() | st.integers(1, 8).map(SentinelId),
)


@given(st.lists(people, max_size=6), st.integers(1, 3), st.permutations(range(6)))
def test_routing_is_deterministic_and_agrees_with_its_explanation(
    sentinels: list[Sentinel], min_tier: int, order: list[int]
) -> None:
    unique = list({s.id: s for s in sentinels}.values())
    shuffled = [unique[i] for i in order if i < len(unique)]
    request = a_request(min_tier=min_tier)
    found = choose(request, Roster(request.project, sentinels={s.id: s for s in unique}), NOW)
    again = choose(request, Roster(request.project, sentinels={s.id: s for s in shuffled}), NOW)
    told = explain(request, Roster(request.project, sentinels={s.id: s for s in shuffled}), NOW)
    assert found == again
    assert [c.sentinel for c in told if c.chosen] == ([found.sentinel] if found else [])
    assert len(told) == len(unique)
    if found is not None:
        assert (told[0].sentinel, told[0].in_place_of) == (found.sentinel, found.in_place_of)
        assert ineligible(request, found.sentinel, NOW) is None
        assert all(ineligible(request, absent, NOW) == "away" for absent in found.in_place_of)
        assert len(found.in_place_of) <= HOPS
