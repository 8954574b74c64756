"""`backup` and `restore`: what they print, and what they refuse."""

from pathlib import Path

import pytest

from store.lock import only_server
from tests.cli.conftest import Run, submitted

HOME = Path(".desk/desk.db")


def requests(run: Run) -> list[str]:
    return [one["id"] for one in run("requests", "list", "--json").value["requests"]]


def test_what_was_backed_up_is_back(run: Run, team: None) -> None:
    first = submitted()
    assert run("backup", "copy.db", "--json").value["file"] == "copy.db"
    second = submitted()
    assert requests(run) == [second.id, first.id]
    restored = run("restore", "copy.db", "--json").value
    assert (restored["open"], restored["queued"]) == (1, 1)
    assert Path(restored["kept"]).exists()
    assert requests(run) == [first.id]
    assert run("verify", "--json").value["intact"]


def test_it_is_put_where_nothing_was(run: Run, team: None) -> None:
    run("backup", "copy.db")
    HOME.rename("gone.db")
    assert "0 open requests" in run("restore", "copy.db").out
    assert run("sentinels", "list", "--json").value["sentinels"]


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


def test_a_backup_never_overwrites(run: Run, team: None) -> None:
    Path("copy.db").write_text("precious")
    assert "exists" in run("backup", "copy.db", code=1).why


def test_postgresql_has_tools_of_its_own(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_DATABASE_URL", "postgresql://u:p@nowhere/desk")
    for command in ("backup", "restore"):
        assert "pg_dump" in run(command, "copy.db", code=2).why
