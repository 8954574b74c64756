"""Who may decide: role by relation by state of the request, and what never grants anything."""

from dataclasses import replace
from typing import Any

import pytest

from approvals.authority import decider, disqualified, may_decide, names, refusal
from approvals.errors import NotAuthorised, UnknownSentinel
from approvals.model import Roster, Sentinel, SentinelId
from tests.builders import NOW, a_domain, a_roster, a_sentinel, assigned, hours

HOLDER, BACKUP, LOW = SentinelId(1), SentinelId(2), SentinelId(3)


def a_team(*, backups: bool, **changes: Any) -> Roster:
    """The holder, a backup of the same tier and one of a lower tier; `changes` befall the first two."""
    people = [
        a_sentinel(1, tier=2, **changes),
        a_sentinel(2, tier=2, **changes),
        a_sentinel(3, tier=1),
    ]
    return a_roster(*people, domains=[a_domain(backups=backups)])


@pytest.mark.parametrize("backups", [False, True])
@pytest.mark.parametrize("min_tier", [1, 2, 3])
def test_the_assigned_person_and_backups_where_the_domain_lets_them(backups: bool, min_tier: int) -> None:
    request = assigned(1, min_tier=min_tier)
    team = a_team(backups=backups)
    others = None if backups else "not_assigned"
    assert refusal(request, team.sentinels[HOLDER], team) is None
    assert refusal(request, team.sentinels[BACKUP], team) == ("tier" if min_tier > 2 else others)
    assert refusal(request, team.sentinels[LOW], team) == ("tier" if min_tier > 1 else others)


RELATIONS = [
    ("inactive", {"active": False}, {}),
    ("domain", {"domains": {"finance"}}, {}),
    ("jurisdiction", {"jurisdictions": ("FR",)}, {}),
    ("requester", {}, {"requested_by": "{email}"}),
    ("requester", {}, {"requested_by": " {name} "}),
    ("requester", {"slack_user": "U0MARIE"}, {"requested_by": "u0marie"}),
    ("key_owner", {}, {"key_owner": "{email}"}),
    ("key_owner", {}, {"key_owner": "{name}"}),
    ("escalated_it", {}, {"escalated_by": frozenset({HOLDER, BACKUP})}),
]


@pytest.mark.parametrize(("reason", "person", "request_is"), RELATIONS)
@pytest.mark.parametrize("backups", [False, True])
@pytest.mark.parametrize("who", [HOLDER, BACKUP])
def test_whom_nothing_lets_decide(
    reason: str, person: dict[str, Any], request_is: dict[str, Any], backups: bool, who: SentinelId
) -> None:
    team = a_team(backups=backups, **person)
    sentinel = team.sentinels[who]
    named = {k: _filled(v, sentinel) for k, v in request_is.items()}
    request = assigned(1, **named)
    assert disqualified(request, sentinel) == reason
    with pytest.raises(NotAuthorised) as refused:
        decider(request, who, team)
    assert refused.value.reason == reason
    assert sentinel not in may_decide(request, team)


@pytest.mark.parametrize(("empty", "reason"), [("domains", "domain"), ("jurisdictions", "jurisdiction")])
def test_an_empty_list_is_nothing_and_never_everything(empty: str, reason: str) -> None:
    team = a_team(backups=True, **{empty: ()})
    assert refusal(assigned(1), team.sentinels[HOLDER], team) == reason
    assert refusal(assigned(1), team.sentinels[BACKUP], team) == reason


def test_load_and_absence_never_count() -> None:
    team = a_team(backups=True, away_until=NOW + hours(8), capacity=1, load=5)
    assert [s.id for s in may_decide(assigned(2), team)] == [BACKUP, LOW, HOLDER]


def test_the_assigned_person_stands_first_among_those_who_may() -> None:
    team = a_team(backups=True)
    assert [s.id for s in may_decide(assigned(1), team)] == [HOLDER, LOW, BACKUP]
    assert [s.id for s in may_decide(assigned(1), a_team(backups=False))] == [HOLDER]


def test_the_backups_of_one_domain_are_none_of_another() -> None:
    team = replace(a_team(backups=True), domains={"finance": a_domain("finance", backups=True)})
    assert refusal(assigned(1), team.sentinels[BACKUP], team) == "not_assigned"


def test_a_number_that_nobody_has() -> None:
    with pytest.raises(UnknownSentinel):
        decider(assigned(1), SentinelId(99), a_team(backups=True))


MARIE = a_sentinel(1, name="Marie Éluard", email="Marie@Example.com", slack_user="U012ABC")


@pytest.mark.parametrize(
    "text",
    [
        "marie@example.com",
        " MARIE@EXAMPLE.COM ",
        "Marie Éluard",
        "marie  eluard",
        "Marie E\u0301luard",
        "U012ABC",
        "u012abc",
        "<@U012ABC>",
        "T012ABCDEF/U012ABC",
        "@U012ABC",
        "<@U012ABC|marie>",
        "Marie Éluard <marie@example.com>",
        "mailto:marie@example.com",
        "Éluard, Marie <marie@example.com>",
    ],
)
def test_words_that_mean_a_person(text: str) -> None:
    assert names(text, MARIE)


@pytest.mark.parametrize(
    "text", [None, "", " ", "marie", "marie@example.org", "U012", "xmarie@example.com", "@"]
)
def test_words_that_mean_somebody_else(text: str | None) -> None:
    assert not names(text, MARIE)


def test_nothing_means_a_person_without_address() -> None:
    nobody = a_sentinel(1, name="", email=None, slack_user=None)
    assert not any(names(text, nobody) for text in ("", " ", "None", "@", "<>"))


def _filled(value: object, sentinel: Sentinel) -> object:
    return value.format(email=sentinel.email, name=sentinel.name) if isinstance(value, str) else value
