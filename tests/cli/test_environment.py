"""What every command shares: settings, the secret, the database, and how failures are told."""

import json
import os
import stat
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cli import environment
from settings import Settings, SettingsError
from tests.cli.conftest import TEAM, Run

NO_SECRET = "DESK_SECRET is not set: give it at least 16 characters, as `openssl rand -hex 32` makes them"


def test_wrong_settings_are_told_line_by_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_PROT", "1")
    monkeypatch.setenv("DESK_RATE_LIMIT", "fast")
    assert run("requests", "list", code=2).err.splitlines() == [
        "error: DESK_PROT is no setting of the desk; did you mean DESK_PORT?",
        "error: DESK_RATE_LIMIT=fast cannot be read: write a rate such as 1000/min, 20/s or 5000/h, or off",
    ]


def test_without_a_desk_there_is_nothing_to_list(run: Run) -> None:
    why = "there is no desk at .desk/desk.db; DESK_DATABASE_URL says where it is"
    assert run("requests", "list", code=1).why == why
    assert not Path(".desk").exists()


def test_a_project_must_exist(run: Run) -> None:
    run("keys", "create", "--name", "bot", "--scope", "requests", "--project", "acme")
    assert run("requests", "list", code=1).why == "there is no project default; there are: acme"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("sqlite:///notes.txt", "the database cannot be used: file is not a database"),
        ("sqlite:///folder", "the database cannot be used: unable to open database file"),
        ("postgresql://u:hunter2@127.0.0.1:1/desk", "the database cannot be used: [Errno 111] "),
        ("sqlite:///notes.txt/desk.db", "DESK_DATABASE_URL: notes.txt cannot be made: File exists"),
    ],
)
def test_an_unusable_database_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, url: str, why: str
) -> None:
    Path("notes.txt").write_text("no database, whatever anybody says\n" * 100)
    Path("folder").mkdir()
    monkeypatch.setenv("DESK_DATABASE_URL", url)
    failed = run("keys", "create", "--name", "bot", "--scope", "requests", code=2 if "made" in why else 1)
    assert failed.why.startswith(why)
    assert "hunter2" not in failed.err


# The secret


def test_without_a_secret_nothing_is_opened(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESK_SECRET")
    assert run("keys", "create", "--name", "bot", "--scope", "requests", code=2).why == NO_SECRET


def test_the_local_workspace_brings_its_own_secret(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESK_SECRET")
    monkeypatch.setenv("DESK_SLACK", "local")
    run("keys", "create", "--name", "bot", "--scope", "requests")
    file = Path(".desk/desk.db.secret")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    before = file.read_text()
    assert len(before.strip()) == 64
    # Found again: by the same environment, and by a command that knows the database alone.
    run("keys", "list")
    monkeypatch.delenv("DESK_SLACK")
    run("keys", "list")
    assert file.read_text() == before


def test_a_given_secret_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    file = Path("desk.db.secret")
    file.write_text("s" * 64)
    file.chmod(0o600)
    found = environment.complete(Settings(slack="local", database_url="sqlite:///desk.db"))
    assert found.secret is not None
    assert found.secret.get_secret_value() == os.environ["DESK_SECRET"]


@pytest.mark.parametrize(
    ("mode", "text", "why"),
    [
        (0o644, "s" * 64, "can be read by others"),
        (0o600, "short", "holds no secret of 16 characters"),
    ],
)
def test_an_unfit_secret_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, mode: int, text: str, why: str
) -> None:
    monkeypatch.delenv("DESK_SECRET")
    file = Path("desk.db.secret")
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(SettingsError, match=why):
        environment.complete(Settings(slack="local", database_url="sqlite:///desk.db"))


def test_a_database_elsewhere_needs_a_given_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESK_SECRET")
    with pytest.raises(SettingsError, match="DESK_SECRET is not set"):
        environment.complete(Settings(slack="local", database_url="postgresql://h/d"))


# What the server tells the commands beside it


@pytest.mark.parametrize("told", ["{", "[]", '{"port": "eighty"}', '{"slack": "local"}'])
def test_what_a_server_left_behind_is_passed_over_where_it_does_not_fit(
    run: Run, monkeypatch: pytest.MonkeyPatch, team: None, told: str
) -> None:
    Path(".desk/desk.db.served").write_text(told)
    monkeypatch.setenv("DESK_HOST", "0.0.0.0")
    assert run("sentinels", "list", "--json").value["sentinels"]


def test_a_secret_is_made_for_the_environment_alone(
    run: Run, monkeypatch: pytest.MonkeyPatch, team: None
) -> None:
    Path(".desk/desk.db.served").write_text('{"slack": "local"}')
    monkeypatch.delenv("DESK_SECRET")
    assert run("keys", "list", code=2).why == NO_SECRET
    assert not Path(".desk/desk.db.secret").exists()


# Usage


def test_every_command_explains_itself_and_takes_json(run: Run) -> None:
    words = listed(run("--help").out)
    groups = [word for word in words if "COMMAND [ARGS]" in run(word, "--help").out]
    commands = [(word,) for word in words if word not in groups]
    commands += [(group, word) for group in groups for word in listed(run(group, "--help").out)]
    assert len(commands) > 25, "the help page was not understood"
    for command in commands:
        shown = run(*command, "--help").out
        assert "--json" in shown, command


def listed(help_page: str) -> list[str]:
    """The commands that a help page lists."""
    lines = help_page.partition("Commands:\n")[2].splitlines()
    return [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("requets",), "No such command 'requets'"),
        (("requests", "show"), "Missing argument 'REQUEST_ID'"),
        (("requests", "list", "--limt", "3"), "No such option: --limt"),
        (("requests", "list", "--limit", "many"), "Invalid value for '--limit'"),
    ],
)
def test_a_mistyped_command_is_misuse_in_one_line(run: Run, words: tuple[str, ...], why: str) -> None:
    failed = run(*words, code=2)
    assert (failed.out, len(failed.err.splitlines())) == ("", 1)
    assert failed.why.startswith(why)


def test_whoever_says_nothing_is_helped(run: Run) -> None:
    assert "Usage: sentinel-desk requests" in run("requests", code=2).err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("requests", "list"), {"error": "there is no desk at .desk/desk.db", "code": 1}),
        (("requets",), {"error": "No such command 'requets'", "code": 2}),
    ],
)
def test_a_failure_is_json_where_json_was_asked_for(
    run: Run, words: tuple[str, ...], told: dict[str, object]
) -> None:
    failed = run(*words, "--json", code=int(str(told["code"])))
    said = json.loads(failed.err)
    assert said["code"] == told["code"]
    assert said["error"].startswith(told["error"])


# The Slack app's manifest


def test_the_manifest_is_printed(run: Run) -> None:
    assert run("manifest").out.startswith("# Sentinel Desk as a Slack app, over Socket Mode")
    http = run("manifest", "--transport", "http", "--url", "https://desk.example.com", "--json").value
    assert http["settings"]["interactivity"]["request_url"] == "https://desk.example.com/slack/events"


def test_a_manifest_for_http_needs_an_address(run: Run) -> None:
    assert run("manifest", "--transport", "http", code=2).why.startswith(
        "this needs the desk's public address"
    )


# PostgreSQL


@pytest.mark.postgres
def test_commands_work_on_postgresql(run: Run, monkeypatch: pytest.MonkeyPatch, postgres_url: str) -> None:
    monkeypatch.setenv("DESK_DATABASE_URL", postgres_url)
    Path("desk.yml").write_text(TEAM)
    assert len(run("apply", "--json").value["changes"]) == 4
    assert len(run("sentinels", "list", "--json").value["sentinels"]) == 2
    assert run("verify").out.startswith("default: 0 events, each as it was written\n")


@pytest.mark.postgres
def test_a_missing_postgresql_database_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    monkeypatch.setenv("DESK_DATABASE_URL", urlsplit(postgres_url)._replace(path="/nowhere").geturl())
    failed = run("keys", "list", code=1)
    assert failed.why == 'the database cannot be used: database "nowhere" does not exist'
