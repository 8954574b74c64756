"""The nouns of a workspace; all frozen, replaced when they change."""

from __future__ import annotations

from dataclasses import dataclass

BOT_SCOPES = (
    "chat:write",
    "im:write",
    "users:read",
    "users:read.email",
    "commands",
    "usergroups:read",
    "channels:read",
    "groups:read",
    "im:read",
    "dnd:read",
)

BOT_EVENTS = ("app_home_opened", "app_uninstalled", "tokens_revoked", "user_change")


@dataclass(frozen=True)
class Team:
    """One workspace; `enterprise_id` is set when it belongs to a Grid organisation."""

    id: str
    name: str
    domain: str
    enterprise_id: str | None = None
    enterprise_name: str | None = None
    installed: bool = True
    paid: bool = True
    locale: str = "en-US"


@dataclass(frozen=True)
class User:
    """A person, or a bot where `is_bot`. Empty `id` and `team` are filled in by the workspace.

    `is_stranger` marks somebody seen through Slack Connect only; `snooze_until` and
    `status_expiration` are Unix seconds, 0 for none.
    """

    name: str
    email: str
    id: str = ""
    team: str = ""
    locale: str = "en-US"
    tz: str = "America/New_York"
    title: str = ""
    deleted: bool = False
    is_bot: bool = False
    is_admin: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    snooze_until: int = 0
    status_text: str = ""
    status_expiration: int = 0

    @property
    def handle(self) -> str:
        """The user name of old: what stands before the @ of the address."""
        return self.email.split("@")[0].lower()


@dataclass(frozen=True)
class Channel:
    """A conversation; `kind` is "channel", "group" (private) or "im". An im has `user`."""

    name: str
    id: str = ""
    team: str = ""
    kind: str = "channel"
    members: tuple[str, ...] = ()
    bot_is_member: bool = True
    is_archived: bool = False
    is_ext_shared: bool = False
    user: str = ""
    topic: str = ""
    created: int = 0


@dataclass(frozen=True)
class Usergroup:
    """A named group of users, `@legal` for instance."""

    id: str
    handle: str
    name: str
    team: str
    users: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shortcut:
    """An entry of the shortcuts menu; `type` is "global" or "message"."""

    callback_id: str
    name: str
    type: str = "global"


@dataclass(frozen=True)
class App:
    """The one app of this workspace as its manifest describes it."""

    id: str = "A0DESK0001"
    name: str = "Sentinel Desk"
    description: str = "Human approval for AI agents"
    client_id: str = "100000000001.200000000002"
    client_secret: str | None = None
    verification_token: str | None = None
    commands: tuple[str, ...] = ("/approvals",)
    shortcuts: tuple[Shortcut, ...] = ()
    events: tuple[str, ...] = BOT_EVENTS
    home_tab: bool = True
    redirect_urls: tuple[str, ...] = ()
    token_rotation: bool = False


@dataclass(frozen=True)
class Installation:
    """The app in one team: its bot user, its token and what that token may do.

    `expires_at` (Unix seconds) and `refresh_token` are set where tokens rotate. `whole`: it came with
    an installation for the whole organisation, so that each of its teams has one with the same token.
    """

    team: str
    bot_token: str
    bot_user: str
    bot_id: str
    scopes: tuple[str, ...]
    revoked: bool = False
    uninstalled: bool = False
    old_tokens: tuple[str, ...] = ()
    refresh_token: str = ""
    expires_at: float = 0.0
    whole: bool = False
