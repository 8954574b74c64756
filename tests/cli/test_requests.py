"""`requests`, `deliveries` and `verify`: what happened, and what may be done about it."""

import sqlite3
import threading
from pathlib import Path

import pytest

from approvals.commands import Cancel, Decide
from approvals.model import Dialect, Door, ProjectId, SentinelId, Verdict
from tests.cli.conftest import Run, on_desk, submitted

DEFAULT = ProjectId("default")


def test_requests_are_listed_and_filtered(run: Run, team: None) -> None:
    first, second = submitted(), submitted(domain="medical", agent_id="other")
    listed = run("requests", "list", "--json").value["requests"]
    assert [one["id"] for one in listed] == [second.id, first.id]
    assert [one["state"] for one in listed] == ["pending", "assigned"]
    for words, found in [
        (("--state", "pending"), [second.id]),
        (("--state", "open"), [second.id, first.id]),
        (("--state", "approved"), []),
        (("--agent", "other"), [second.id]),
        (("--limit", "1"), [second.id]),
    ]:
        assert [one["id"] for one in run("requests", "list", *words, "--json").value["requests"]] == found
    assert "Marie Dupont" in run("requests", "list").out
    assert run("requests", "list", "--state", "expired").out == "no requests\n"


def test_an_unknown_state_is_refused(run: Run, team: None) -> None:
    assert run("requests", "list", "--state", "done", code=2).why.startswith(
        "--state done: write open, pending"
    )


def test_a_request_is_shown_with_its_history(run: Run, team: None) -> None:
    request = submitted()
    shown = run("requests", "show", request.id, "--json").value
    assert (shown["id"], shown["number"]) == (request.id, 1)
    assert [event["kind"] for event in shown["events"]] == ["submitted", "assigned"]
    text = run("requests", "show", "1").out
    assert "with      Marie Dupont" in text
    assert "assigned    by desk" in text


def test_what_was_asked_and_said_is_shown(run: Run, team: None) -> None:
    first = submitted(summary="Sign it?", dialect=Dialect.HUMANCHECK)
    second = submitted(dialect=Dialect.HITL)
    marie = SentinelId(1)
    for one, modified in ((first, "Sign clause 4 alone."), (second, {"text": "Clause 4"})):
        words = Decide(
            DEFAULT, one.id, marie, Verdict.MODIFIED, Door.API, reasoning="Only that.", modified=modified
        )
        on_desk(lambda desk, words=words: desk.approvals.decide(words))
    text = run("requests", "show", "1").out
    assert "summary   Sign it?" in text
    assert "reasoning Only that." in text
    assert "modified  Sign clause 4 alone." in text
    assert 'modified  {"text":"Clause 4"}' in run("requests", "show", "2").out
    submitted()
    assert "reasoning" not in run("requests", "show", "3").out


def test_what_agents_write_does_not_steer_a_terminal(run: Run, team: None) -> None:
    submitted(title="\x1b[2J[red]hi\u202e", agent_name="\x07bell")
    shown = run("requests", "show", "1").out + run("requests", "list").out
    assert not set(shown) & {"\x1b", "\x07", "\u202e"}
    assert "[red]hi⟦U+202E⟧" in shown


def test_a_request_is_cancelled_once(run: Run, team: None) -> None:
    request = submitted()
    assert run("requests", "cancel", "1", "--json").value["outcome"] == "cancelled"
    assert (
        "has already been decided, has expired or was cancelled"
        in run("requests", "cancel", request.id, code=1).why
    )


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("99", "No request of that id exists here."),
        ("req_00000000000000000000000000000000", "No request of that id exists here."),
        ("soon", "soon is no id of a request; write a UUID, req_…, rev_… or a number"),
    ],
)
@pytest.mark.parametrize("verb", ["show", "watch", "cancel"])
def test_an_unknown_request_is_said_so(run: Run, team: None, verb: str, name: str, why: str) -> None:
    assert run("requests", verb, name, code=2 if name == "soon" else 1).why == why


def test_watch_tells_what_has_happened_and_ends(run: Run, team: None) -> None:
    request = submitted()
    on_desk(lambda desk: desk.approvals.cancel(Cancel(DEFAULT, request.id, "agent")))
    kinds = [line.split()[2] for line in run("requests", "watch", "1").out.splitlines()]
    assert kinds == ["submitted", "assigned", "cancelled"]
    assert run("requests", "watch", "1", "--json").value["outcome"] == "cancelled"


def test_watch_waits_for_the_end(run: Run, team: None) -> None:
    request = submitted()
    decide = Decide(DEFAULT, request.id, SentinelId(1), Verdict.APPROVED, Door.API)
    elsewhere = threading.Timer(0.1, lambda: on_desk(lambda desk: desk.approvals.decide(decide)))
    elsewhere.start()
    assert run("requests", "watch", request.id, "--json").value["verdict"] == "approved"
    elsewhere.join()


# Deliveries


def test_deliveries_are_listed_and_sent_again(run: Run, team: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SLACK", "off")
    submitted(callback_url="https://example.com/callback")
    run("requests", "cancel", "1")
    (one,) = run("deliveries", "list", "--json").value["deliveries"]
    assert (one["url"], one["state"], one["attempt"]) == ("https://example.com/callback", "queued", 0)
    assert "body" not in one
    assert run("deliveries", "list", "--state", "dead").out == "no deliveries\n"
    assert run("deliveries", "replay", one["id"], "--json").value == {"replayed": 1}
    assert run("deliveries", "replay", "--url", one["url"]).out == "1 sent again\n"
    assert run("deliveries", "replay", "--dead").out == "0 sent again\n"
    about = ("--request", one["request_id"], "--since", "1h", "--until", "2099-01-01T00:00:00Z")
    assert [d["id"] for d in run("deliveries", "list", *about, "--json").value["deliveries"]] == [one["id"]]
    assert run("deliveries", "list", "--endpoint", "none").out == "no deliveries\n"
    assert run("deliveries", "replay", *about).out == "1 sent again\n"
    assert run("deliveries", "replay", "--until", "1h").out == "0 sent again\n"
    assert "with its zone, or 2h" in run("deliveries", "replay", "--since", "noon", code=2).why


def test_an_unknown_delivery_is_said_so(run: Run, team: None) -> None:
    assert (
        run("deliveries", "replay", "nope", code=1).why
        == "0 of 1 sent again; project default has no others of these"
    )
    assert (
        run("deliveries", "replay", code=2).why
        == "say either ids, or which: --dead, --url, --endpoint, --request, --since, --until"
    )
    assert (
        run("deliveries", "list", "--state", "lost", code=2).why
        == "--state lost: write queued, delivered, dead"
    )


# The audit chain


def test_an_unbroken_chain_is_verified(run: Run, team: None) -> None:
    submitted()
    assert run("verify").out == (
        "default: 2 events, each as it was written\n12 invariants hold: no row contradicts another\n"
    )
    assert run("verify", "--project", "default", "--json").value == {
        "intact": True,
        "projects": [{"project": "default", "intact": True, "events": 2}],
        "violations": [],
    }


def test_a_changed_event_is_found(run: Run, team: None) -> None:
    submitted()
    submitted()
    with sqlite3.connect(Path(".desk/desk.db")) as database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute("UPDATE events SET record = replace(record, 'Marie', 'Mario') WHERE n = 4")
    database.close()
    failed = run("verify", "--json", code=1)
    assert failed.value == {
        "intact": False,
        "projects": [{"project": "default", "intact": False, "broken_at": 4}],
        "violations": [],
    }
    assert failed.why == "the audit chain of project default is broken at event 4"
    assert "default: broken at event 4" in run("verify", code=1).out


def test_rows_that_contradict_each_other_are_named(run: Run, team: None) -> None:
    submitted()
    with sqlite3.connect(Path(".desk/desk.db")) as database:
        database.execute("UPDATE sentinels SET load = 7 WHERE number = 1")
    database.close()
    failed = run("verify", "--json", code=1)
    assert not failed.value["intact"]
    assert failed.value["violations"] == [
        {"truth": "loads_true", "project": "default", "subject": "1", "invariant": "I-23"}
    ]
    assert failed.why.startswith("I-23 does not hold in project default: a Sentinel's load is")


def test_an_unknown_project_cannot_be_verified(run: Run, team: None) -> None:
    assert run("verify", "-p", "acme", code=1).why == "there is no project acme; there are: default"
