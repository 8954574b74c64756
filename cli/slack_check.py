"""Whether Slack takes the desk's tokens, and whether they may do what the desk does with them."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

from pydantic import SecretStr

from bot.manifest import OPTIONAL_SCOPES, SCOPES
from cli.findings import NOTE, OK, PATIENCE_S, WRONG, Finding
from settings import Settings

_REINSTALL = "add them under OAuth & Permissions (`sentinel-desk manifest` lists them) and reinstall the app"


def look(found: Settings) -> Iterator[Finding]:
    """Ask Slack, where the desk is set up to speak to it."""
    if found.slack not in {"socket", "http"} or found.slack_bot_token is None:
        return
    try:
        said, scopes = _called(found, "auth.test", found.slack_bot_token)
        yield from _bot(said, scopes)
        if found.slack == "socket" and found.slack_app_token is not None:
            opened, _ = _called(found, "apps.connections.open", found.slack_app_token)
            yield _app(opened)
    except (OSError, ValueError):
        text = f"{found.slack_api_url} does not answer; is the way out open, and SLACK_API_URL right?"
        yield Finding("slack", WRONG, text)


def _bot(said: dict[str, Any], scopes: str | None) -> Iterator[Finding]:
    if not said.get("ok"):
        yield Finding(
            "slack", WRONG, f"SLACK_BOT_TOKEN is refused ({_error(said)}); install the app and copy it"
        )
        return
    yield Finding("slack", OK, f"{said.get('user')} in {said.get('team')} ({said.get('team_id')})")
    if scopes is None:
        yield Finding("scopes", NOTE, "Slack did not say which scopes the bot has")
        return
    granted = {scope.strip() for scope in scopes.split(",")}
    lacking, optional = (
        [scope for scope in wanted if scope not in granted] for wanted in (SCOPES, OPTIONAL_SCOPES)
    )
    if lacking:
        yield Finding("scopes", WRONG, f"the bot lacks {', '.join(lacking)}; {_REINSTALL}")
    elif optional:
        yield Finding(
            "scopes", NOTE, f"the bot does without {', '.join(optional)}; docs/slack.md says what for"
        )
    else:
        yield Finding("scopes", OK, "the bot has all that the desk can use")


def _app(said: dict[str, Any]) -> Finding:
    if said.get("ok"):
        return Finding("socket", OK, "Slack opens a socket for SLACK_APP_TOKEN")
    fix = "make an app-level token with connections:write under Basic Information"
    return Finding("socket", WRONG, f"SLACK_APP_TOKEN is refused ({_error(said)}); {fix}")


def _error(said: dict[str, Any]) -> str:
    return str(said.get("error", "no reason given"))[:60]


def _called(found: Settings, method: str, token: SecretStr) -> tuple[dict[str, Any], str | None]:
    """Slack's answer, and the scopes that it names. Raises OSError or ValueError."""
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
    request = urllib.request.Request(f"{found.slack_api_url}{method}", b"", headers)
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        said = json.load(answer)
        if not isinstance(said, dict):
            raise ValueError(method)
        return said, answer.headers.get("X-OAuth-Scopes")
