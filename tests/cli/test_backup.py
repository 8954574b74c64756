"""`backup` and `restore`: what they print, and what they refuse."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from approvals.commands import Decide
from approvals.model import ApprovalRequest, Door, Verdict
from store.lock import only_server
from tests.builders import PROJECT
from tests.cli.conftest import TEAM, Run, on_desk, submitted

HOME = Path(".desk/desk.db")


def chain(query: str, file: Path = HOME) -> list[tuple[Any, ...]]:
    """Read a database past the desk."""
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def approval(request: ApprovalRequest) -> Decide:
    """Who holds it approves."""
    assert request.assigned_to is not None
    return Decide(PROJECT, request.id, request.assigned_to, Verdict.APPROVED, Door.API)


def requests(run: Run) -> list[str]:
    return [one["id"] for one in run("requests", "list", "--json").value["requests"]]


def test_what_was_backed_up_is_back(run: Run, team: None) -> None:
    first = submitted()
    assert run("backup", "copy.db", "--json").value["file"] == "copy.db"
    second = submitted()
    assert requests(run) == [second.id, first.id]
    restored = run("restore", "copy.db", "--keep-open", "--json").value
    assert (restored["voided"], restored["open"], restored["queued"]) == (0, 1, 1)
    assert Path(restored["kept"]).exists()
    assert requests(run) == [first.id]
    assert run("verify", "--json").value["intact"]


def test_what_may_have_been_decided_since_is_void(run: Run, team: None) -> None:
    decided, pending = submitted(), submitted()
    run("backup", "copy.db")
    on_desk(lambda desk: desk.approvals.decide(approval(decided)))
    assert "2 requests are void, 0 are open" in run("restore", "copy.db").out
    for one in (decided, pending):
        shown = run("requests", "show", one.id, "--json").value
        assert (shown["outcome"], shown["verdict"]) == ("cancelled", None)
        assert "restored from a backup" in shown["reasoning"]
        assert shown["events"][-1]["data"] == {"void": True}
    assert run("verify", "--json").value["intact"]


def test_the_chain_goes_on_from_the_backup_and_cites_the_end_that_was_lost(run: Run, team: None) -> None:
    submitted()
    run("backup", "copy.db")
    submitted()
    (lost,) = chain("SELECT n, hash FROM events ORDER BY n DESC LIMIT 1")
    (kept,) = chain("SELECT n, hash FROM events ORDER BY n DESC LIMIT 1", Path("copy.db"))
    run("restore", "copy.db")
    (noted,) = chain("SELECT record FROM events WHERE request_id = ''")
    assert json.loads(noted[0])["kind"] == "restored"
    assert json.loads(noted[0])["data"] == {
        "from": {"n": kept[0], "hash": kept[1]},
        "lost": {"n": lost[0], "hash": lost[1]},
    }


def test_it_is_put_where_nothing_was(run: Run, team: None) -> None:
    run("backup", "copy.db")
    HOME.rename("gone.db")
    assert "0 are open" in run("restore", "copy.db").out
    assert run("sentinels", "list", "--json").value["sentinels"]


@pytest.mark.parametrize("rest", [b"", b"not a database" * 400])
def test_it_is_put_where_a_wreck_was(run: Run, team: None, rest: bytes) -> None:
    submitted()
    run("backup", "copy.db")
    for end in ("-wal", "-shm"):
        Path(f"{HOME}{end}").unlink(missing_ok=True)
    HOME.write_bytes(rest)
    assert run("restore", "copy.db", "--json").value["voided"] == 1


def test_a_database_put_back_by_other_means_is_settled_too(run: Run, team: None) -> None:
    submitted()
    assert run("restored", "--json").value["voided"] == 1
    assert run("restored", "--json").value["voided"] == 0
    assert len(chain("SELECT n FROM events WHERE request_id = ''")) == 2


def test_another_secret_opens_nothing(run: Run, team: None, monkeypatch: pytest.MonkeyPatch) -> None:
    run("keys", "create", "--name", "agent", "--scope", "requests")
    run("backup", "copy.db")
    before = HOME.read_bytes()
    monkeypatch.setenv("DESK_SECRET", "another secret for tests")
    assert "DESK_SECRET" in run("restore", "copy.db", code=1).why
    assert HOME.read_bytes() == before


def test_a_served_database_is_left_alone(run: Run, team: None) -> None:
    run("backup", "copy.db")
    with only_server(HOME):
        assert "is served by process" in run("restore", "copy.db", code=1).why


def test_what_is_open_at_a_served_desk_is_never_made_void(run: Run, team: None) -> None:
    submitted()
    with only_server(HOME):
        assert "is served by process" in run("restored", code=1).why
    assert run("restored").out.startswith("1 request is void, 0 are open, ")


@pytest.mark.postgres
def test_a_postgresql_desk_is_settled_only_by_somebody_who_says_that_it_is_not_served(
    run: Run, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    monkeypatch.setenv("DESK_DATABASE_URL", postgres_url)
    Path("desk.yml").write_text(TEAM)
    run("apply", "desk.yml")
    submitted()
    assert "--yes" in run("restored", code=2).why
    assert run("restored", "--yes", "--json").value["voided"] == 1


def test_a_place_that_cannot_be_written_to_is_named_as_it_was(run: Run, team: None) -> None:
    assert (
        run("backup", "nowhere/b.db", code=1).why
        == "nowhere/b.db cannot be written: No such file or directory"
    )


def test_a_backup_never_overwrites(run: Run, team: None) -> None:
    Path("copy.db").write_text("precious")
    assert "exists" in run("backup", "copy.db", code=1).why


def test_postgresql_has_tools_of_its_own(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_DATABASE_URL", "postgresql://u:p@nowhere/desk")
    for command in ("backup", "restore"):
        assert "pg_dump" in run(command, "copy.db", code=2).why
