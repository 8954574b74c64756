"""The Slack app's manifest, for both transports, from one template.

`sentinel-desk manifest` prints it; `manifest.yml` (Socket Mode) and `manifest.http.yml` are committed
copies. Who creates a Slack app "from a manifest" pastes one of them.
"""

from typing import Any, Literal
from urllib.parse import urlsplit

import yaml

from bot import action_ids

Transport = Literal["socket", "http"]

# What stands in the committed HTTP variant where a team writes its own address.
EXAMPLE_URL = "https://desk.example.com"

# One address for events, buttons, modals and the command.
EVENTS_PATH = "/slack/events"

# Where somebody begins to install the app in their workspace, and where Slack sends them back to.
INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"

SCOPES = ("chat:write", "commands", "im:write", "users:read", "users:read.email")

# Granted or not, the desk works: posting into channels that it was not invited to, telling a private
# channel's name, and respecting somebody's "do not disturb".
OPTIONAL_SCOPES = ("channels:read", "chat:write.public", "dnd:read", "groups:read")

EVENTS = ("app_home_opened", "app_uninstalled", "tokens_revoked", "user_change")

LONG_DESCRIPTION = (
    "Sentinel Desk brings the requests of AI agents to the person who is qualified to decide them, by field"
    " of expertise and jurisdiction. The person approves, rejects or escalates where they work anyway, with"
    " their reasoning on the record, and the agent gets the answer by API or callback.\n\n"
    "The app reads no channel, no direct message and no file. It writes cards to the people whom your team"
    " names, and to the channels that your team chooses."
)


def manifest(transport: Transport, url: str | None = None, *, installable: bool = False) -> dict[str, Any]:
    """The manifest as Slack's schema (major version 2) wants it.

    `url` is the desk's public base, `https://desk.example.com`; needed for `http` and for an app that is
    `installable` in many workspaces, whose tokens rotate; else meaningless for `socket`.
    Raises ValueError, with a sentence for the person who asked, when these do not fit.
    """
    address = None
    back = public(url, REDIRECT_PATH) if installable else None
    if transport == "http":
        address = public(url, EVENTS_PATH)
    elif url is not None and not installable:
        raise ValueError("Socket Mode needs no address: leave --url away, or choose --transport http")
    return {
        "_metadata": {"major_version": 2},
        "display_information": {
            "name": "Sentinel Desk",
            "description": "Human approval for AI agents: the right person decides, here.",
            "long_description": LONG_DESCRIPTION,
            "background_color": "#1d3557",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "Sentinel Desk", "always_online": True},
            "slash_commands": [
                {
                    "command": action_ids.COMMAND,
                    **_at("url", address),
                    "description": "What waits for your decision",
                    "should_escape": False,
                }
            ],
        },
        "oauth_config": {
            **({"redirect_urls": [back]} if back else {}),
            "scopes": {"bot": list(SCOPES), "bot_optional": list(OPTIONAL_SCOPES)},
        },
        "settings": {
            "event_subscriptions": {**_at("request_url", address), "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **_at("request_url", address)},
            "org_deploy_enabled": installable,
            "socket_mode_enabled": transport == "socket",
            "token_rotation_enabled": installable,
        },
    }


def as_yaml(transport: Transport, url: str | None = None, *, installable: bool = False) -> str:
    """The manifest as the text that Slack's form takes, with one comment on top that says where it goes."""
    head = "# Sentinel Desk as a Slack app, {}: paste this where Slack asks for an app manifest.\n"
    how = "over Socket Mode" if transport == "socket" else "over HTTP"
    body = yaml.safe_dump(
        manifest(transport, url, installable=installable), sort_keys=False, allow_unicode=True, width=100
    )
    return head.format(how) + body


def public(base: str | None, path: str) -> str:
    """Where Slack finds something, under the desk's public base; ValueError unless that is https."""
    parts = urlsplit(base or "")
    if not base or parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(
            f"this needs the desk's public address, like --url {EXAMPLE_URL}; got {base or 'none'}. "
            "Slack takes https addresses only; behind a firewall choose --transport socket"
        )
    return base.rstrip("/") + path


def _at(key: str, address: str | None) -> dict[str, str]:
    return {key: address} if address else {}
