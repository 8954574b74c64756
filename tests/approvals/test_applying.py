"""What applying a `desk.yml` would change, told field by field."""

from dataclasses import replace
from typing import Any

import pytest

from approvals.applying import FILE, Change, WantedEndpoint, difference
from approvals.model import Dialect, Endpoint, Risk, Roster
from tests.builders import PROJECT, a_domain, a_roster, a_sentinel, a_wanted, hours, wanting

HOOK = WantedEndpoint("https://example.com/hook", Dialect.HITL, ("review.completed",))
KEPT = Endpoint("webhook_1", HOOK.url, HOOK.dialect, HOOK.events)


def told(roster: Roster, **wanted: Any) -> list[str]:
    """The changes as lines."""
    people = wanted.pop("people", (a_wanted(1),))
    return [str(change) for change in difference(roster, wanting(*people, **wanted))]


def test_nothing_where_nothing_differs() -> None:
    assert told(a_roster()) == []


def test_everything_where_nothing_is_applied() -> None:
    assert told(Roster(PROJECT), endpoints=(HOOK,), operations_channel="#ops") == [
        "~ operations channel: None -> #ops",
        "+ domain legal",
        "+ Sentinel Sentinel 1",
        "+ webhook https://example.com/hook",
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Marie"),
        ("domains", {"legal", "finance"}),
        ("jurisdictions", ("FR",)),
        ("tier", 2),
        ("capacity", 3),
        ("languages", ("fr",)),
        ("slack", "U0MARIE"),
    ],
)
def test_a_sentinel_who_changes(field: str, value: Any) -> None:
    wanted = a_wanted(1, **{field: value})
    assert told(a_roster(), people=(wanted,)) == [f"~ Sentinel {wanted.name}: {field}"]


def test_a_slack_account_that_was_found_is_no_difference() -> None:
    found = a_sentinel(1, slack_user="U0MARIE", slack_team="T0TEAM")
    assert told(a_roster(found)) == []
    assert told(a_roster(found), people=(a_wanted(1, slack="U0MARIE"),)) == []


def test_an_account_with_its_workspace_is_taken_as_it_is_written() -> None:
    elsewhere = a_wanted(1, slack="U0MARIE", slack_team="T0OTHER")
    found = a_sentinel(1, slack_user="U0MARIE", slack_team="T0TEAM")
    assert told(a_roster(found), people=(elsewhere,)) == ["~ Sentinel Sentinel 1: slack"]
    assert elsewhere.account(found) == ("T0OTHER", "U0MARIE")
    # Another account was never looked up, and is in no workspace yet.
    assert a_wanted(1, slack="U0ANNA").account(found) == (None, "U0ANNA")
    assert a_wanted(1).account(found) == ("T0TEAM", "U0MARIE")


def test_a_project_that_moves_to_another_workspace() -> None:
    assert told(a_roster(), workspace="T0ACME0001") == ["~ workspace: None -> T0ACME0001"]


def test_what_was_done_by_hand_is_no_difference() -> None:
    by_hand = a_sentinel(1, active=False, load=3, away_until=None, delegate=None)
    assert told(a_roster(by_hand)) == []


def test_somebody_who_goes_and_somebody_who_comes_back() -> None:
    assert told(a_roster(), people=()) == ["- Sentinel Sentinel 1"]
    assert told(a_roster(a_sentinel(1, listed=False, active=False))) == ["+ Sentinel Sentinel 1"]
    assert told(a_roster(a_sentinel(1, listed=False)), people=()) == []


def test_people_are_known_by_e_mail_then_slack_then_name() -> None:
    by_slack = a_sentinel(2, email=None, slack_user="U0TWO")
    by_name = a_sentinel(3, email=None)
    people = (
        a_wanted(1, email="S1@EXAMPLE.com"),
        a_wanted(2, email=None, slack="u0two"),
        a_wanted(3, email=None),
    )
    changes = difference(a_roster(a_sentinel(1), by_slack, by_name), wanting(*people))
    assert {c.sign for c in changes} <= {"~"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("channel", "#legal"),
        ("risk", Risk.HIGH),
        ("risk_by_type", {"decision": Risk.HIGH}),
        ("backups", True),
        ("expires_after", hours(1)),
        ("escalate_after", hours(1)),
    ],
)
def test_a_domain_that_changes(field: str, value: Any) -> None:
    assert told(a_roster(), domains=[a_domain(**{field: value})]) == [f"~ domain legal: {field}"]


def test_a_domain_that_comes_or_goes() -> None:
    assert told(a_roster(), domains=[a_domain("finance")]) == ["+ domain finance"]
    assert told(a_roster(domains=[a_domain("finance")])) == ["- domain finance"]


def test_intake() -> None:
    assert told(a_roster(), intake={"hitl": {"domain": "general"}}) == ["~ intake"]


def test_endpoints_of_the_file_come_go_and_change_and_others_stay() -> None:
    with_hook = replace(a_roster(), endpoints=(KEPT,))
    assert told(with_hook, endpoints=(HOOK,)) == []
    assert told(with_hook) == ["- webhook https://example.com/hook"]
    assert told(a_roster(), endpoints=(HOOK,)) == ["+ webhook https://example.com/hook"]
    more = replace(HOOK, events=("review.completed", "review.expired"))
    assert told(with_hook, endpoints=(more,)) == [
        "~ webhook https://example.com/hook: review.completed, review.expired"
    ]
    elsewhere = replace(a_roster(), endpoints=(replace(KEPT, source="hitl"),))
    assert told(elsewhere) == []
    assert KEPT.source == FILE


def test_a_change_reads_as_one_line() -> None:
    assert str(Change("+", "domain legal")) == "+ domain legal"
    assert str(Change("~", "domain legal", "risk")) == "~ domain legal: risk"
