"""The environment: what is read, what is refused and how it is said."""

import os
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

import settings
from approvals.keys import Rate
from settings import Settings, SettingsError


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith(("DESK_", "SLACK_"))]:
        monkeypatch.delenv(name)


def mistakes(monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[str]:
    """What is wrong with an environment that has these variables."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        settings.load()
    return list(caught.value.mistakes)


def test_nothing_set_gives_the_defaults() -> None:
    found = settings.load()
    assert (found.host, found.port, found.url) == ("127.0.0.1", 8080, "http://127.0.0.1:8080")
    assert found.database_url == "sqlite+aiosqlite:///.desk/desk.db"
    assert found.database_file == Path(".desk/desk.db")
    assert (found.slack, found.secret, found.slack_bot_token) == (None, None, None)
    assert (found.callback_allow, found.rate_limit) == ((), Rate(1000, 60))
    assert (found.max_body, found.blocking_s, found.insecure_open) == (262144, 300, False)


def test_each_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "DESK_SLACK": "socket",
        "DESK_SECRET": "sixteen letters.",
        "DESK_HOST": "0.0.0.0",
        "DESK_PORT": "9000",
        "DESK_PUBLIC_URL": "https://desk.example.com/",
        "DESK_DATABASE_URL": "postgresql://u:p@db/desk",
        "DESK_CONFIG": "team.yml",
        "DESK_CALLBACK_ALLOW": "127.0.0.0/8, ::1/128",
        "DESK_TRUSTED_PROXIES": "10.0.0.5, ::ffff:10.1.0.0/112,fd00::5",
        "DESK_RATE_LIMIT": "20/s",
        "DESK_PROJECT_RATE_LIMIT": "300/s",
        "DESK_MAX_OPEN": "off",
        "DESK_MAX_BODY": "1MiB",
        "DESK_BLOCKING_S": "5",
        "DESK_MAX_CONNECTIONS": "100",
        "DESK_MAX_CONNECTIONS_PER_ADDRESS": "50",
        "DESK_KEEP_DELIVERIES": "7d",
        "DESK_KEEP_IDEMPOTENCY": "off",
        "DESK_DEADMAN_URL": "https://monitor.example.com/ping/canary",
        "DESK_INSECURE_OPEN": "0",
        "DESK_LOG_LEVEL": "debug",
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_ID": "A0123ABCDEF",
        "SLACK_CLIENT_ID": "",
        "SLACK_CLIENT_SECRET": "",
        "SLACK_AUTHORIZATION_URL": "http://127.0.0.1:1/oauth/v2/authorize",
        "SLACK_APP_TOKEN": "xapp-1",
        "SLACK_SIGNING_SECRET": "abc",
        "SLACK_API_URL": "http://127.0.0.1:1/api",
    }
    assert set(values) == {each.variable for each in settings.described()}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    found = settings.load()
    assert (found.slack, found.host, found.port) == ("socket", "0.0.0.0", 9000)
    assert found.url == "https://desk.example.com"
    assert found.database_url == "postgresql+asyncpg://u:p@db/desk"
    assert found.database_file is None
    assert found.config == Path("team.yml")
    assert found.callback_allow == (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    proxies = ("10.0.0.5/32", "10.1.0.0/16", "fd00::5/128")
    assert found.trusted_proxies == tuple(map(ip_network, proxies))
    assert (found.keep_deliveries, found.keep_idempotency) == (timedelta(days=7), None)
    assert (found.project_rate_limit, found.max_open) == (Rate(300, 1), None)
    assert (found.rate_limit, found.max_body, found.blocking_s) == (Rate(20, 1), 1024 * 1024, 5)
    assert found.slack_api_url == "http://127.0.0.1:1/api/"
    assert found.slack_authorization_url == "http://127.0.0.1:1/oauth/v2/authorize"
    assert found.secret is not None
    assert found.secret.get_secret_value() == "sixteen letters."


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("DESK_PORT", "eighty", ["DESK_PORT=eighty", "0 to 65535"]),
        ("DESK_PORT", "65536", ["DESK_PORT=65536", "0 to 65535"]),
        ("DESK_SLACK", "sockets", ["socket, http, local or off", "did you mean socket?"]),
        ("DESK_RATE_LIMIT", "1000", ["1000/min", "off"]),
        ("DESK_RATE_LIMIT", "0/min", ["1000/min"]),
        ("DESK_RATE_LIMIT", "50/month", ["1000/min"]),
        ("DESK_PROJECT_RATE_LIMIT", "many", ["1000/min", "off"]),
        ("DESK_MAX_OPEN", "0", ["DESK_MAX_OPEN=0", "500, or off"]),
        ("DESK_MAX_OPEN", "none", ["500, or off"]),
        ("DESK_KEEP_DELIVERIES", "23h", ["at least a day"]),
        ("DESK_KEEP_IDEMPOTENCY", "a while", ["30d, or off"]),
        ("DESK_CALLBACK_ALLOW", "10.0.0.1/8", ["10.1.0.0/16"]),
        ("DESK_CALLBACK_ALLOW", "localhost", ["127.0.0.0/8"]),
        ("DESK_TRUSTED_PROXIES", "0.0.0.0/0", ["10.0.0.5"]),
        ("DESK_TRUSTED_PROXIES", "proxy.internal", ["10.0.0.5"]),
        ("DESK_MAX_BODY", "12", ["1KiB to 16MiB"]),
        ("DESK_BLOCKING_S", "0", ["1 to 3600"]),
        ("DESK_INSECURE_OPEN", "maybe", ["1 or 0"]),
        ("DESK_DEADMAN_URL", "monitor.example.com/ping", ["cannot be taken", "https://monitor.example.com"]),
        ("DESK_LOG_LEVEL", "loud", ["debug, info, warning or error"]),
        ("DESK_PUBLIC_URL", "desk.example.com", ["https://desk.example.com"]),
        ("DESK_DATABASE_URL", "mysql://h/d", ["sqlite:///desk.db", "postgresql://"]),
        ("DESK_SECRET", "fifteen chars..", ["at least 16 characters"]),
        ("SLACK_BOT_TOKEN", "xapp-1", ["xoxb-"]),
        ("SLACK_APP_TOKEN", "xoxb-1", ["xapp-"]),
        ("SLACK_APP_ID", "xapp-1", ["SLACK_APP_ID=xapp-1", "A0123ABCDEF"]),
        ("SLACK_API_URL", "slack.com", ["SLACK_API_URL=slack.com"]),
    ],
)
def test_an_unreadable_value_is_named_with_the_right_form(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: list[str]
) -> None:
    (said,) = mistakes(monkeypatch, **{variable: value})
    assert said.startswith(variable)
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DESK_SECRET", "tooshortsecret"),
        ("DESK_DATABASE_URL", "mysql://root:hunter22@h/d"),
        ("DESK_DEADMAN_URL", "ftp://monitor.example.com/hunter22"),
        ("SLACK_BOT_TOKEN", "hunter22"),
    ],
)
def test_a_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    (said,) = mistakes(monkeypatch, **{variable: value})
    assert value not in said
    assert "hunter22" not in said


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("DESK_PROT", "DESK_PROT is no setting of the desk; did you mean DESK_PORT?"),
        ("DESK_DATABASE", "DESK_DATABASE is no setting of the desk; did you mean DESK_DATABASE_URL?"),
        ("DESK_XYZZY_QUUX", "DESK_XYZZY_QUUX is no setting of the desk"),
    ],
)
def test_an_unknown_variable_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str, said: str) -> None:
    assert mistakes(monkeypatch, **{variable: "1"}) == [said]


def test_all_mistakes_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said = mistakes(monkeypatch, DESK_PROT="1", DESK_PORT="x", DESK_SLACK="y")
    assert [line.split("=")[0].split()[0] for line in said] == ["DESK_PROT", "DESK_SLACK", "DESK_PORT"]


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SECRET", "")
    monkeypatch.setenv("DESK_CALLBACK_ALLOW", "")
    found = settings.load()
    assert (found.secret, found.callback_allow) == (None, ())


def test_off_lifts_the_default_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_RATE_LIMIT", "off")
    assert settings.load().rate_limit is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "desk.example.com", "127.0.0.1.example"])
@pytest.mark.parametrize("variable", ["DESK_SLACK=local", "DESK_INSECURE_OPEN=1"])
def test_what_opens_a_door_needs_a_loopback_host(
    monkeypatch: pytest.MonkeyPatch, variable: str, host: str
) -> None:
    name, _, value = variable.partition("=")
    (said,) = mistakes(monkeypatch, **{name: value, "DESK_HOST": host})
    assert name in said
    assert "loopback DESK_HOST" in said


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_the_local_workspace_runs_on_loopback(host: str) -> None:
    assert Settings(slack="local", host=host).loopback


def test_an_ipv6_host_stands_in_brackets() -> None:
    assert Settings(host="::1", port=1).url == "http://[::1]:1"


@pytest.mark.parametrize(
    ("slack", "missing"),
    [
        (None, ["DESK_SLACK"]),
        ("socket", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"]),
        ("http", ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"]),
        ("local", []),
        ("off", []),
    ],
)
def test_what_serve_lacks_is_named(slack: str | None, missing: list[str]) -> None:
    found = settings.lacking(Settings(slack=slack))  # type: ignore[arg-type]
    assert [line.split()[0] for line in found] == missing


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (
            {"slack": "http", "slack_client_id": "1.2"},
            ["SLACK_SIGNING_SECRET", "SLACK_CLIENT_SECRET", "DESK_PUBLIC_URL"],
        ),
        ({"slack": "socket", "slack_client_secret": "abc"}, ["SLACK_APP_TOKEN", "SLACK_CLIENT_ID"]),
        ({"slack": "off", "slack_client_id": "1.2"}, []),
    ],
)
def test_what_installing_in_many_workspaces_lacks_is_named(given: dict[str, Any], missing: list[str]) -> None:
    public = {} if "DESK_PUBLIC_URL" in missing else {"public_url": "https://desk.example.com"}
    found = settings.lacking(Settings(**given, **public))
    assert [line.split()[0] for line in found] == missing


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_CLIENT_ID": "1.2"},
            "SLACK_BOT_TOKEN and SLACK_CLIENT_ID cannot both be set",
        ),
        ({"SLACK_CLIENT_ID": "1.2", "DESK_PUBLIC_URL": "http://desk.example.com"}, "DESK_PUBLIC_URL must be"),
        ({"SLACK_AUTHORIZATION_URL": "http://slack.example/"}, "SLACK_AUTHORIZATION_URL must be https"),
        ({"SLACK_API_URL": "http://slack.example/"}, "SLACK_API_URL must be https"),
    ],
)
def test_one_token_or_many_and_never_in_the_clear(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], said: str
) -> None:
    for name, value in {"DESK_SLACK": "http", **given}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=said) as refused:
        settings.load()
    assert "xoxb-1" not in str(refused.value)


def test_secrets_do_not_show() -> None:
    shown = repr(
        Settings(
            secret="s3cr3t-s3cr3t-s3cr3t",  # type: ignore[arg-type]
            slack_bot_token="xoxb-s3cr3t",  # type: ignore[arg-type]
            slack_client_secret="s3cr3t",  # type: ignore[arg-type]
            database_url="postgresql://u:s3cr3t@h/d",
        )
    )
    assert "s3cr3t" not in shown


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:////var/lib/desk.db", Path("/var/lib/desk.db")),
        ("sqlite+aiosqlite:///desk.db?x=1", Path("desk.db")),
        ("sqlite:///:memory:", None),
        ("postgres://h/d", None),
    ],
)
def test_the_database_file_is_known(url: str, file: Path | None) -> None:
    assert Settings(database_url=url).database_file == file


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().port = 1  # type: ignore[misc]
