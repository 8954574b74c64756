"""`serve`, `quickstart`, `doctor` and `demo`: a desk in a process of its own."""

import json
import signal
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from bot.manifest import OPTIONAL_SCOPES, SCOPES
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
        ({"DESK_SLACK": "http", "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_CLIENT_ID": "1.2"}, ["SLACK_BOT_TOKEN"]),
        (
            {"DESK_SLACK": "socket", "SLACK_CLIENT_ID": "1.2"},
            ["SLACK_APP_TOKEN", "SLACK_CLIENT_SECRET", "DESK_PUBLIC_URL"],
        ),
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


def test_it_drains_and_a_second_signal_ends_it_at_once(run: Run, team: None) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as hole,
        server("serve", DESK_CALLBACK_ALLOW="127.0.0.0/8", DESK_LOG_LEVEL="info") as process,
    ):
        url = line(process).split()[-1]
        key = run("keys", "create", "--name", "bot", "--scope", "requests", "--json").value["key"]
        callback = f"http://127.0.0.1:{hole.getsockname()[1]}/"
        made = asked(f"{url}/api/v1/requests", key, {"title": "T", "payload": {}, "callback_url": callback})
        run("requests", "cancel", made["id"])
        # Somebody who takes the call and never answers: while it lasts the desk is not done.
        taken, _ = hole.accept()
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        assert any('"stopping"' in text for text in process.stderr)
        assert process.poll() is None
        assert stopped(process, signal.SIGTERM) == -signal.SIGTERM
        taken.close()
    # What was cut is not lost: whoever serves next sends it.
    (left,) = run("deliveries", "list", "--state", "queued", "--json").value["deliveries"]
    assert (left["url"], left["attempt"]) == (callback, 1)


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


def test_a_command_goes_by_what_the_server_allows_where_it_is_told_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch, team: None
) -> None:
    words = ("endpoints", "create", "--url", "http://127.0.0.1:9/hook", "--dialect", "hitl")
    run(*words, code=2)
    with server("serve", DESK_CALLBACK_ALLOW="127.0.0.0/8,::1/128") as process:
        line(process)
        assert stat.S_IMODE(Path(".desk/desk.db.served").stat().st_mode) == 0o600
        run(*words)
        monkeypatch.setenv("DESK_CALLBACK_ALLOW", "10.0.0.0/8")
        run(*words, code=2)


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
        found = run("doctor", "--json").value["findings"]
        assert found[0]["text"] == f"DESK_SLACK=off, {url}"
    assert {one["what"] for one in found if one["state"] == "ok"} == {
        "environment",
        "database",
        "clock",
        "team",
        "deliveries",
        "desk.yml",
        "server",
    }


def test_doctor_names_what_is_wrong(run: Run, monkeypatch: pytest.MonkeyPatch, team: None) -> None:
    run("sentinels", "deactivate", "2")
    Path("desk.yml").write_text("domain: {}")
    failed = run("doctor", code=1)
    assert failed.why == "3 of 7 checks found something wrong"
    wrong = [text for text in failed.out.splitlines() if text.startswith("wrong")]
    assert [text.split()[1] for text in wrong] == ["environment", "team", "desk.yml"]
    assert "nobody active decides in finance" in wrong[1]
    monkeypatch.setenv("DESK_PORT", "eighty")
    assert run("doctor", "--json", code=1).value["findings"][0]["what"] == "environment"


def test_doctor_says_who_else_can_read_the_database(run: Run, team: None) -> None:
    def database() -> str:
        found = run("doctor", "--json", code=1).value["findings"]
        return next(one["text"] for one in found if one["what"] == "database")

    file, folder = Path(".desk/desk.db"), Path(".desk")
    file.chmod(0o644)
    assert database() == str(file)
    folder.chmod(0o755)
    assert database() == f"{file} can be read by others; `chmod go= {file}*` closes it"
    file.chmod(0o600)
    assert database() == str(file)


def test_doctor_looks_at_receivers_without_sending(
    run: Run, monkeypatch: pytest.MonkeyPatch, team: None
) -> None:
    monkeypatch.setenv("DESK_CALLBACK_ALLOW", "127.0.0.0/8")
    with socket.create_server(("127.0.0.1", 0)) as there, socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        for listener in (there, nobody):
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/secret-path"
            run("endpoints", "create", "--url", url, "--dialect", "hitl")
        found = run("doctor", "--json", code=1).value["findings"]
        with there.accept()[0] as taken:
            assert taken.recv(1) == b""
    (wrong,) = [one["text"] for one in found if one["what"] == "receivers"]
    assert "cannot be connected to" in wrong
    assert "secret-path" not in wrong


@pytest.mark.parametrize("there", [True, False])
def test_doctor_looks_at_the_monitor_without_a_ping(
    run: Run, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    monkeypatch.setenv("DESK_SLACK", "off")
    with socket.socket() as monitor:
        monitor.bind(("127.0.0.1", 0))
        if there:
            monitor.listen()
        monkeypatch.setenv("DESK_DEADMAN_URL", f"http://127.0.0.1:{monitor.getsockname()[1]}/canary")
        ran = run("doctor", "--json", code=0 if there else 1)
        if there:
            with monitor.accept()[0] as taken:
                assert taken.recv(1) == b""
    (found,) = [one for one in ran.value["findings"] if one["what"] == "deadman"]
    assert found["state"] == ("ok" if there else "wrong")
    assert "canary" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("scopes", "said"),
    [
        ("chat:write,commands", "wrong scopes: the bot lacks im:write, users:read, users:read.email;"),
        (",".join(SCOPES), "note scopes: the bot does without channels:read,"),
        (",".join(SCOPES + OPTIONAL_SCOPES), "ok scopes: the bot has all"),
        (None, "wrong slack: SLACK_BOT_TOKEN is refused (invalid_auth)"),
    ],
)
def test_doctor_asks_slack(
    run: Run, monkeypatch: pytest.MonkeyPatch, team: None, scopes: str | None, said: str
) -> None:
    with slack(scopes) as url:
        monkeypatch.setenv("DESK_SLACK", "http")
        monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-a-canary-token")
        monkeypatch.setenv("SLACK_SIGNING_SECRET", "abc")
        monkeypatch.setenv("SLACK_API_URL", url)
        ran = run("doctor", "--json", code=1 if said.startswith("wrong") else 0)
    found = [f"{one['state']} {one['what']}: {one['text']}" for one in ran.value["findings"]]
    assert any(text.startswith(said) for text in found), found
    assert "canary" not in ran.out + ran.err


def test_doctor_says_when_slack_cannot_be_reached(
    run: Run, monkeypatch: pytest.MonkeyPatch, team: None
) -> None:
    for name, value in {
        "DESK_SLACK": "socket",
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    assert "does not answer" in run("doctor", code=1).out


@contextmanager
def slack(scopes: str | None) -> Iterator[str]:
    """A Slack that knows one token with these scopes, or none."""

    class Api(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = {"ok": scopes is not None, "user": "desk", "team": "Acme", "team_id": "T1"}
            self.send_response(200)
            if scopes is not None:
                self.send_header("X-OAuth-Scopes", scopes)
            self.end_headers()
            self.wfile.write(
                json.dumps(said if scopes is not None else said | {"error": "invalid_auth"}).encode()
            )

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as api:
        Thread(target=api.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{api.server_address[1]}/api/"
        api.shutdown()


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
