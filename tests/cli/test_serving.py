"""`serve`, `quickstart`, `doctor` and `demo`: a desk in a process of its own."""

import json
import signal
import socket
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import TEAM, Run, submitted
from tests.cli.processes import ROOT, asked, curled, line, server, stopped, welcomed

# serve


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_says_its_address_and_stops_when_told(number: signal.Signals) -> None:
    with server("serve") as process:
        said = line(process)
        assert said.startswith("Sentinel Desk answers on http://127.0.0.1:")
        assert asked(said.split()[-1] + "/healthz") == {"status": "ok"}
        assert stopped(process, number) == 0


def test_serve_says_its_address_in_json() -> None:
    with server("serve", "--json") as process:
        assert asked(json.loads(line(process))["url"] + "/readyz") == {"status": "ready"}


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({}, ["DESK_SLACK"]),
        ({"DESK_SLACK": "socket"}, ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"]),
        ({"DESK_SLACK": "http", "SLACK_BOT_TOKEN": "xoxb-1"}, ["SLACK_SIGNING_SECRET"]),
        ({"DESK_SLACK": "off", "DESK_SECRET": ""}, ["DESK_SECRET"]),
        ({"DESK_SLACK": "socket", "DESK_SECRET": ""}, ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "DESK_SECRET"]),
        ({"DESK_SLACK": "local", "DESK_HOST": "0.0.0.0"}, ["DESK_SLACK=local"]),
        ({"DESK_SLACK": "off", "DESK_SECRET": "too short"}, ["DESK_SECRET"]),
    ],
)
def test_serve_needs_to_be_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], named: list[str]
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    reasons = [text.removeprefix("error: ") for text in run("serve", code=2).err.splitlines()]
    assert [reason.split()[0] for reason in reasons] == named


def test_a_found_secret_does_not_serve_a_real_slack(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESK_SECRET")
    Path("desk.db.secret").write_text("s" * 64)
    monkeypatch.setenv("DESK_DATABASE_URL", "sqlite:///desk.db")
    monkeypatch.setenv("DESK_SLACK", "off")
    assert "DESK_SECRET is not set" in run("serve", code=2).why


def test_a_busy_port_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("DESK_PORT", str(taken.getsockname()[1]))
        monkeypatch.setenv("DESK_SLACK", "off")
        why = run("serve", code=1).why
        assert why == f"port {taken.getsockname()[1]} is in use; DESK_PORT chooses another"


def test_one_server_per_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with server("serve") as process:
        line(process)
        monkeypatch.setenv("DESK_PORT", "0")
        monkeypatch.setenv("DESK_SLACK", "off")
        assert f"is served by process {process.pid} already" in run("serve", code=1).why


@pytest.mark.parametrize(
    ("content", "settings", "warning"),
    [
        (TEAM, {}, "warning: desk.yml differs from what is applied; `sentinel-desk apply` applies it"),
        ("domain: {}", {}, "warning: desk.yml has mistakes; `sentinel-desk apply --dry-run` shows them"),
        (None, {"DESK_CONFIG": "team.yml"}, "warning: team.yml is not there; DESK_CONFIG says where it is"),
        (None, {}, None),
    ],
)
def test_serve_applies_nothing_but_warns(
    content: str | None, settings: dict[str, str], warning: str | None
) -> None:
    if content is not None:
        Path("desk.yml").write_text(content)
    with server("serve", **settings) as process:
        line(process)
        stopped(process)
        assert process.stderr is not None
        said = [text for text in process.stderr.read().splitlines() if text.startswith("warning: ")]
    assert said == ([warning] if warning else [])


def test_commands_count_at_once_beside_a_server(run: Run) -> None:
    with server("serve") as process:
        url = line(process).split()[-1]
        Path("desk.yml").write_text(TEAM)
        run("apply")
        key = run("keys", "create", "--name", "bot", "--scope", "requests", "--json").value["key"]
        assert asked(f"{url}/desk/v1/sentinels", key)["sentinels"][0]["name"] == "Marie Dupont"


@pytest.mark.parametrize(("slack", "queued"), [("off", []), ("local", ["slack"])])
def test_a_command_that_is_not_told_of_slack_goes_by_the_server(
    run: Run, team: None, slack: str, queued: list[str]
) -> None:
    with server("serve", DESK_SLACK=slack) as process:
        line(process)
        stopped(process)
    submitted()
    found = run("deliveries", "list", "--json").value["deliveries"]
    assert sorted({one["carrier"] for one in found}) == queued


# quickstart


def test_quickstart_is_ready_for_its_own_curl_line_and_finds_itself_again() -> None:
    Path("desk.yml").write_text((ROOT / "desk.yml").read_text())
    with server("quickstart", "--data", ".desk", DESK_SLACK="", DESK_SECRET="") as process:
        first = welcomed(process)
        assert curled(first["first"])["assigned_to"] == "Marie Dupont"
        assert curled(first["second"])["requests"][0]["status"] == "assigned"
        assert first["Slack"] == f"{first['url']}/workspace/?user=marie@example.com"
        assert "is applied; after a change:" in first["team"]
        assert stopped(process, signal.SIGINT) == 0
    assert {stat.S_IMODE(Path(p).stat().st_mode) for p in (".desk/demo-key", ".desk/desk.db.secret")} == {
        0o600
    }
    Path("desk.yml").write_text(TEAM)
    with server("quickstart", "--data", ".desk", DESK_SLACK="", DESK_SECRET="") as process:
        again = welcomed(process)
        assert again["demo key"] == first["demo key"]
        assert "differs from what is applied" in again["team"]
        found = asked(f"{again['url']}/ai-request?agent_id=my-agent", again["demo key"])
        assert len(found["requests"]) == 1


# doctor


def test_doctor_finds_nothing_on_a_fresh_machine(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SLACK", "off")
    found = run("doctor", "--json").value
    assert found["ok"] is True
    states = {one["what"]: one["state"] for one in found["findings"]}
    assert states == {"environment": "ok", "database": "note", "server": "note"}
    assert not Path(".desk").exists()


def test_doctor_looks_at_a_running_desk(run: Run, monkeypatch: pytest.MonkeyPatch, team: None) -> None:
    with server("serve") as process:
        url = line(process).split()[-1]
        monkeypatch.setenv("DESK_SLACK", "off")
        monkeypatch.setenv("DESK_PORT", url.rpartition(":")[2])
        found = run("doctor", "--json").value["findings"]
    assert {one["what"] for one in found if one["state"] == "ok"} == {
        "environment",
        "database",
        "team",
        "deliveries",
        "desk.yml",
        "server",
    }


def test_doctor_names_what_is_wrong(run: Run, monkeypatch: pytest.MonkeyPatch, team: None) -> None:
    run("sentinels", "deactivate", "2")
    Path("desk.yml").write_text("domain: {}")
    failed = run("doctor", code=1)
    assert failed.why == "3 of 6 checks found something wrong"
    wrong = [text for text in failed.out.splitlines() if text.startswith("wrong")]
    assert [text.split()[1] for text in wrong] == ["environment", "team", "desk.yml"]
    assert "nobody active decides in finance" in wrong[1]
    monkeypatch.setenv("DESK_PORT", "eighty")
    assert run("doctor", "--json", code=1).value["findings"][0]["what"] == "environment"


# demo


def test_the_demo_plays_to_its_end() -> None:
    with server("demo") as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    told = [text for text in out.splitlines() if " s  " in text]
    assert [text.split()[2] for text in told if "GET says" in text] == ["contract", "refund", "payment"]
    assert "decided: approved" in out
    assert "signature good" in out
    assert not Path(".desk").exists()
