"""What `serve` refuses to start with, each in one line that names the variable and never its value."""

import pytest

from tests.cli.conftest import Run

SOCKET = {"DESK_SLACK": "socket", "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
HTTP = {"DESK_SLACK": "http", "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "abc"}
OFF = {"DESK_SLACK": "off"}


def secret(text: str) -> dict[str, str]:
    return OFF | {"DESK_SECRET": text}


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        # No way to reach Slack, or half of one.
        ({}, ["DESK_SLACK is not set"]),
        (SOCKET | {"SLACK_BOT_TOKEN": ""}, ["SLACK_BOT_TOKEN is not set"]),
        (SOCKET | {"SLACK_APP_TOKEN": ""}, ["SLACK_APP_TOKEN is not set"]),
        (SOCKET | {"SLACK_APP_TOKEN": "xoxb-2"}, ["SLACK_APP_TOKEN cannot be taken"]),
        (HTTP | {"SLACK_SIGNING_SECRET": ""}, ["SLACK_SIGNING_SECRET is not set"]),
        (HTTP | {"SLACK_API_URL": "http://slack.example/api/"}, ["SLACK_API_URL must be https"]),
        # No secret, or one that anybody can guess.
        (secret(""), ["DESK_SECRET is not set"]),
        (secret("short"), ["DESK_SECRET cannot be taken"]),
        (secret("a" * 40), ["DESK_SECRET cannot be taken"]),
        (secret("change-me-change-me"), ["DESK_SECRET cannot be taken"]),
        (secret("your-secret-goes-here"), ["DESK_SECRET cannot be taken"]),
        (secret("$(openssl rand -hex 32)"), ["DESK_SECRET cannot be taken"]),
        (secret("Password123456789"), ["DESK_SECRET cannot be taken"]),
        # Doors without a key, where others could come through.
        ({"DESK_SLACK": "local", "DESK_HOST": "0.0.0.0"}, ["DESK_SLACK=local needs a loopback"]),
        ({"DESK_SLACK": "local", "DESK_HOST": "desk.example"}, ["DESK_SLACK=local needs a loopback"]),
        (OFF | {"DESK_INSECURE_OPEN": "1", "DESK_HOST": "::"}, ["DESK_INSECURE_OPEN needs a loopback"]),
        (OFF | {"DESK_INSECURE_OPEN": "1", "DESK_HOST": "10.0.0.1"}, ["DESK_INSECURE_OPEN needs"]),
        # Callbacks to everywhere, in the clear.
        (OFF | {"DESK_CALLBACK_ALLOW": "0.0.0.0/0"}, ["DESK_CALLBACK_ALLOW"]),
        (OFF | {"DESK_CALLBACK_ALLOW": "127.0.0.0/8,::/0"}, ["DESK_CALLBACK_ALLOW"]),
        # What was meant to be set and is not.
        (OFF | {"DESK_SECERT": "x"}, ["DESK_SECERT is no setting of the desk; did you mean DESK_SECRET?"]),
        (OFF | {"DESK_DATABASE_URL": "mysql://root:hunter22@h/d"}, ["DESK_DATABASE_URL"]),
        # Everything that is wrong, at once.
        (
            SOCKET | {"SLACK_APP_TOKEN": "", "DESK_SECRET": ""},
            ["SLACK_APP_TOKEN is not set", "DESK_SECRET is not set"],
        ),
    ],
)
def test_a_desk_that_anybody_could_enter_does_not_start(
    run: Run, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], named: list[str]
) -> None:
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    reasons = [line.removeprefix("error: ") for line in run("serve", code=2).err.splitlines()]
    assert [reason[: len(start)] for reason, start in zip(reasons, named, strict=True)] == named
    assert not any(text in reason for reason in reasons for text in ("hunter22", "Password1", "your-secret"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_a_slack_of_ones_own_may_be_reached_in_the_clear(
    monkeypatch: pytest.MonkeyPatch, host: str, run: Run
) -> None:
    monkeypatch.setenv("SLACK_API_URL", f"http://{f'[{host}]' if ':' in host else host}:9/api/")
    run("keys", "list", code=1)
