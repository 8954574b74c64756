"""`sentinels`: who there is, and their coming and going."""

import pytest

from tests.cli.conftest import Run, submitted


def holder(run: Run, request_id: str) -> str | None:
    """Who has a request now."""
    one = run("requests", "show", request_id, "--json").value["assigned_to"]
    return one["name"] if one else None


def test_sentinels_are_listed_by_number(run: Run, team: None) -> None:
    shown = run("sentinels", "list", "--project", "default", "--json").value["sentinels"]
    assert shown[0] == {
        "number": 1,
        "name": "Marie Dupont",
        "email": "marie@example.com",
        "domains": ["legal"],
        "jurisdictions": ["CA-QC", "FR"],
        "tier": 1,
        "active": True,
        "away_until": None,
        "load": 0,
        "capacity": 20,
    }
    assert "Claire Fontaine" in run("sentinels", "list").out


@pytest.mark.parametrize("who", ["marie@example.com", "MARIE@example.com", "1", "marie dupont"])
def test_who_goes_away_hands_over_and_comes_back(run: Run, team: None, who: str) -> None:
    request = submitted()
    shown = run("sentinels", "away", who, "--until", "7d", "--json").value
    assert shown["away_until"] is not None
    assert holder(run, request.id) == "Claire Fontaine"
    assert run("sentinels", "back", who, "--json").value["away_until"] is None


def test_an_absence_may_end_at_a_time(run: Run, team: None) -> None:
    shown = run("sentinels", "away", "1", "--until", "2126-12-24T09:00:00-05:00", "--json").value
    assert shown["away_until"] == "2126-12-24T14:00:00.000Z"
    assert run("sentinels", "back", "1").out == "Marie Dupont: active, 0 open\n"


def test_a_delegate_takes_over(run: Run, team: None) -> None:
    request = submitted()
    run("sentinels", "away", "1", "--until", "1h", "--delegate", "claire@example.com")
    assert holder(run, request.id) == "Claire Fontaine"


def test_who_is_deactivated_hands_over(run: Run, team: None) -> None:
    request = submitted()
    assert run("sentinels", "deactivate", "1").out == "Marie Dupont: inactive, 0 open\n"
    run("sentinels", "deactivate", "2")
    assert holder(run, request.id) is None
    run("sentinels", "activate", "1")
    assert holder(run, request.id) == "Marie Dupont"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("1 --until soon", "--until soon: write 2026-12-24T09:00:00Z, with its zone, or 48h or 7d"),
        (
            "1 --until 2026-12-24",
            "--until 2026-12-24: write 2026-12-24T09:00:00Z, with its zone, or 48h or 7d",
        ),
        ("1 --until 2020-01-01T00:00:00Z", "--until 2020-01-01T00:00:00Z is not in the future"),
        ("1 --until 1h --delegate marie@example.com", "the delegate must be somebody else"),
        (
            "mary@example.com --until 1h",
            "mary@example.com is no Sentinel of project default; did you mean marie@example.com?",
        ),
        ("9 --until 1h", "9 is no Sentinel of project default"),
    ],
)
def test_a_wrong_absence_is_refused(run: Run, team: None, words: str, why: str) -> None:
    unknown = "is no Sentinel" in why
    assert run("sentinels", "away", *words.split(), code=1 if unknown else 2).why == why


def test_an_unknown_project_is_said_so(run: Run, team: None) -> None:
    assert (
        run("sentinels", "list", "-p", "acme", code=1).why == "there is no project acme; there are: default"
    )
