"""`apply` and `explain`: a team's file becomes a roster, and the roster explains itself."""

from pathlib import Path

import pytest

from tests.cli.conftest import TEAM, Run, submitted


def test_a_file_is_applied_once(run: Run) -> None:
    Path("desk.yml").write_text(TEAM)
    first = run("apply", "desk.yml")
    assert "+ Sentinel Marie Dupont" in first.out.splitlines()
    assert first.out.splitlines()[-1] == "4 changes made to project default"
    assert run("apply").out == "project default is as the file says; nothing to change\n"


def test_a_dry_run_changes_nothing(run: Run) -> None:
    Path("desk.yml").write_text(TEAM)
    shown = run("apply", "--dry-run", "--json").value
    assert shown["applied"] is False
    assert shown["changes"][0] == {"sign": "+", "what": "domain legal", "detail": ""}
    assert len(shown["changes"]) == 4
    assert run("apply", "--dry-run").out.splitlines()[-1] == "4 changes would be made to project default"


def test_a_change_is_told_by_its_fields(run: Run, team: None) -> None:
    Path("desk.yml").write_text(TEAM.replace("may_decide", "no").replace("capacity: 20", "capacity: 5"))
    shown = run("apply", "--json").value
    assert shown == {
        "project": "default",
        "applied": True,
        "changes": [
            {"sign": "~", "what": "domain legal", "detail": "backups"},
            {"sign": "~", "what": "Sentinel Marie Dupont", "detail": "capacity"},
        ],
        "notes": [],
    }


def test_who_leaves_the_file_hands_over(run: Run, team: None) -> None:
    request = submitted()
    Path("desk.yml").write_text("\n".join(line for line in TEAM.splitlines() if "Marie" not in line))
    run("apply")
    assert run("requests", "show", request.id, "--json").value["assigned_to"]["name"] == "Claire Fontaine"


def test_mistakes_are_listed_and_nothing_changes(run: Run, team: None) -> None:
    Path("desk.yml").write_text(TEAM.replace("backups", "bakups").replace("tier: 2", "tier: two"))
    failed = run("apply", "desk.yml", code=1)
    assert failed.err.splitlines() == [
        "desk.yml:2:11: domains.legal.bakups: is no field here; did you mean `backups`?",
        "desk.yml:6:89: sentinels[2].tier: `two` is not a whole number from 1 to 99",
        "error: desk.yml has 2 mistakes; nothing was changed",
    ]
    assert failed.out == ""
    Path("desk.yml").write_text(TEAM)
    assert run("apply", "--json").value["changes"] == []


def test_mistakes_are_json_where_that_is_asked_for(run: Run) -> None:
    Path("desk.yml").write_text("project: My Team\n")
    assert run("apply", "--json", code=1).value == {
        "mistakes": [
            {
                "file": "desk.yml",
                "line": 1,
                "column": 10,
                "field": "project",
                "text": "`My Team` is no name of a project; write my-team",
            }
        ]
    }


def test_notes_are_told_beside_the_result(run: Run) -> None:
    Path("desk.yml").write_text("domains: {legal: {risk: high}}\n")
    ran = run("apply", "desk.yml")
    assert ran.err == "note: desk.yml:1:18: domains.legal: has no Sentinel: its requests will wait\n"
    assert run("apply", "--json").value["notes"][0]["field"] == "domains.legal"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "desk.yml cannot be read: No such file or directory"),
        (b"\xff\xfe", "desk.yml is not UTF-8 text"),
    ],
)
def test_an_unreadable_file_is_one_line(run: Run, content: bytes | None, why: str) -> None:
    if content is not None:
        Path("desk.yml").write_bytes(content)
    assert run("apply", code=1).why == why


def test_a_webhook_goes_only_where_callbacks_may(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("desk.yml").write_text("webhooks: [{url: 'http://127.0.0.1:9/hook', dialect: hitl}]\n")
    assert "webhooks[1].url: `http://127.0.0.1:9/hook` must not lead to 127.0.0.1" in run("apply", code=1).err
    monkeypatch.setenv("DESK_CALLBACK_ALLOW", "127.0.0.0/8")
    assert run("apply", "--json").value["changes"][0]["what"] == "webhook http://127.0.0.1:9/hook"


def test_the_configured_file_is_the_default(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("team.yml").write_text(TEAM)
    monkeypatch.setenv("DESK_CONFIG", "team.yml")
    assert len(run("apply", "--json").value["changes"]) == 4


def test_a_terminal_is_not_steered_by_a_file(run: Run) -> None:
    Path("desk.yml").write_text('"\\e[2J": {}\n')
    assert "\x1b" not in run("apply", code=1).err


def test_another_project_than_those_that_are_there_is_noted(run: Run, team: None) -> None:
    Path("other.yml").write_text("project: defualt\nsentinels: []\n")
    assert "note: project defualt is new; there are: default" in run("apply", "other.yml").err
    assert "is new" not in run("apply", "desk.yml").err


# explain


def test_a_hypothetical_request_is_explained(run: Run, team: None) -> None:
    shown = run("explain", "--domain", "Légal", "--jurisdiction", "Québec", "--json").value
    assert shown["domain"] == "legal"
    assert [(s["name"], s["chosen"], s["reason"]) for s in shown["sentinels"]] == [
        ("Marie Dupont", True, None),
        ("Claire Fontaine", False, None),
    ]
    text = run("explain", "--domain", "legal", "--jurisdiction", "Japan").out
    assert text.splitlines()[0] == "legal, Japan: goes to Claire Fontaine"
    assert "Marie Dupont     1     does not cover this jurisdiction" in text


def test_the_requester_is_excluded(run: Run, team: None) -> None:
    words = ("--domain", "legal", "--requested-by", "marie@example.com")
    assert "is who it was made for" in run("explain", *words).out


def test_a_request_is_explained(run: Run, team: None) -> None:
    request = submitted()
    for name in (request.id, "1", "req_" + request.id.replace("-", "")):
        assert run("explain", name, "--json").value["request_id"] == request.id


def test_whoever_has_a_request_is_named_and_not_whoever_would_receive_it_now(run: Run, team: None) -> None:
    request = submitted()
    run("sentinels", "away", "marie@example.com", "--until", "2030-01-01T00:00:00Z")
    run("sentinels", "back", "marie@example.com")
    first, second, *table = run("explain", request.id).out.splitlines()
    assert first.startswith("legal, Québec: with Claire Fontaine since 20")
    assert second == "were it routed now: goes to Marie Dupont"
    marks = {row[1:].strip().split("  ")[0]: row[0] for row in table[1:]}
    assert marks == {"Marie Dupont": "→", "Claire Fontaine": "●"}
    told = run("explain", request.id, "--json").value
    assert told["assigned_to"]["name"] == "Claire Fontaine"
    assert {one["name"]: (one["chosen"], one["holds"]) for one in told["sentinels"]} == {
        "Marie Dupont": (True, False),
        "Claire Fontaine": (False, True),
    }


def test_what_has_ended_is_with_nobody(run: Run, team: None) -> None:
    request = submitted()
    run("requests", "cancel", request.id)
    shown = run("explain", request.id).out
    assert shown.splitlines()[0] == "legal, Québec: has ended"
    assert not {"→", "●"} & set(shown)
    told = run("explain", request.id, "--json").value
    assert told["assigned_to"] is None
    assert not any(one["chosen"] or one["holds"] for one in told["sentinels"])


def test_nobody_is_said_so(run: Run, team: None) -> None:
    assert "waits: nobody can receive it now" in run("explain", "--domain", "medical").out


@pytest.mark.parametrize("words", [(), ("1", "--domain", "legal")])
def test_explain_wants_one_or_the_other(run: Run, team: None, words: tuple[str, ...]) -> None:
    assert run("explain", *words, code=2).why == "say either a request's id, or --domain and --jurisdiction"


def test_an_impossible_domain_is_refused(run: Run, team: None) -> None:
    assert run("explain", "--domain", "!", code=2).why == "! cannot name a domain"


def test_what_looks_mistyped_is_said(run: Run, team: None) -> None:
    notes = run("explain", "--domain", "leagl", "--jurisdiction", "Quebc").err.splitlines()
    assert notes == [
        "note: leagl is no domain of this team; did you mean legal?",
        "note: Quebc is no place that is known; did you mean Quebec?",
    ]
    assert run("explain", "--domain", "legal", "--jurisdiction", "Québec").err == ""
