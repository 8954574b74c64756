"""The app's tokens: which exist, what kind they are and what they may do."""

from __future__ import annotations

from dataclasses import dataclass, replace

from workspace.model import Installation
from workspace.refusal import Refused

BOT = "bot"
APP_LEVEL = "app"
USER = "user"


@dataclass(frozen=True)
class Grant:
    """What a token stands for; an app-level token has no installation."""

    kind: str
    token: str
    scopes: tuple[str, ...]
    installation: Installation | None = None
    user: str = ""


class Installations:
    """Bot tokens by team and the app-level token."""

    def __init__(self) -> None:
        self.by_team: dict[str, Installation] = {}
        self.app_token = ""
        self.app_scopes: tuple[str, ...] = ("connections:write",)
        self.app_token_revoked = False
        self.user_tokens: dict[str, str] = {}

    def of_team(self, team_id: str) -> Installation:
        """The team's installation; KeyError where the app is not installed."""
        return self.by_team[team_id]

    def with_token_of(self, team_id: str) -> list[str]:
        """The teams that share the team's token: itself, and with it the others of its organisation."""
        token = self.by_team[team_id].bot_token
        return [team for team, one in self.by_team.items() if one.bot_token == token]

    def put(self, installation: Installation) -> None:
        self.by_team[installation.team] = installation

    def change(self, team_id: str, **changes: object) -> Installation:
        """Replace facts of an installation."""
        self.by_team[team_id] = replace(self.by_team[team_id], **changes)  # type: ignore[arg-type]
        return self.by_team[team_id]

    def grant(self, token: str | None, now: float) -> Grant:
        """What `token` stands for at `now`, or the refusal that Slack gives."""
        if not token:
            raise Refused("not_authed")
        if token == self.app_token:
            return self._app_grant(token)
        if token in self.user_tokens:
            return Grant(USER, token, ("openid",), user=self.user_tokens[token])
        for installation in self.by_team.values():
            if token == installation.bot_token:
                return _bot_grant(installation, now)
            if token in installation.old_tokens:
                raise Refused("token_expired")
        raise Refused("invalid_auth")

    def _app_grant(self, token: str) -> Grant:
        if self.app_token_revoked:
            raise Refused("token_revoked")
        return Grant(APP_LEVEL, token, self.app_scopes)


def _bot_grant(installation: Installation, now: float) -> Grant:
    if installation.expires_at and now >= installation.expires_at:
        raise Refused("token_expired")
    if installation.uninstalled:
        raise Refused("account_inactive")
    if installation.revoked:
        raise Refused("token_revoked")
    return Grant(BOT, installation.bot_token, installation.scopes, installation)
