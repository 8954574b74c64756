"""What a Web API method is, and the call that it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workspace.installations import BOT, Grant
from workspace.model import Installation
from workspace.refusal import Refused
from workspace.space import Workspace
from workspace.wire import Json, decode


@dataclass
class Call:
    """One call in progress: its arguments as sent (form values are text) and its token's grant."""

    ws: Workspace
    args: dict[str, Any]
    grant: Grant
    basic: tuple[str, str] | None = None

    @property
    def installation(self) -> Installation:
        """The bot's installation; methods that take a bot token may rely on it."""
        granted = self.grant.installation
        if granted is None:
            raise Refused("not_allowed_token_type")
        if not granted.whole:
            return granted
        return self.ws.installations.of_team(self._meant(granted))

    def _meant(self, granted: Installation) -> str:
        """The workspace in which an organisation's token is to act: as the call says, or as it shows."""
        directory, args = self.ws.directory, self.args
        organisation = directory.teams[granted.team].enterprise_id
        named = self.text("team_id")
        channel = directory.channels.get(str(args.get("channel")))
        users = [args.get(name) for name in ("user", "users", "user_id")]
        user = next((directory.users[str(u)] for u in users if str(u) in directory.users), None)
        shown = next((thing.team for thing in (channel, user) if thing is not None), None)
        found = shown or named or self.ws.triggers.team_of(args.get("trigger_id"))
        if found is None:
            raise Refused("missing_argument", ["[ERROR] missing required field: team_id"])
        team = directory.teams.get(found)
        if team is None or team.enterprise_id != organisation:
            raise Refused("team_access_not_granted")
        return found

    @property
    def team(self) -> str:
        return self.installation.team

    @property
    def now(self) -> float:
        return self.ws.clock.now()

    def text(self, name: str) -> str | None:
        """An argument as text, None when absent."""
        value = self.args.get(name)
        if isinstance(value, dict | list):
            raise Refused("invalid_array_arg")
        return None if value is None else str(value)

    def need(self, name: str, error: str = "invalid_arguments") -> str:
        """A required argument; Refused `error` when it is absent or empty."""
        value = self.text(name)
        if not value:
            detail = [f"[ERROR] missing required field: {name}"] if error == "invalid_arguments" else []
            raise Refused(error, detail)
        return value

    def need_scope(self, scope: str) -> None:
        """Refused `missing_scope` unless the token has `scope`."""
        if scope not in self.grant.scopes:
            provided = ",".join(self.grant.scopes)
            raise Refused("missing_scope", facts={"needed": scope, "provided": provided})

    def flag(self, name: str, default: bool = False) -> bool:
        """An argument as yes or no: true, "true", 1, "1"."""
        value = self.args.get(name)
        return default if value is None else str(value).lower() in ("true", "1")

    def json(self, name: str, error: str) -> Any:
        """A structured argument, given as JSON or as JSON in text; Refused `error` when malformed."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return decode(value)
        except ValueError as broken:
            raise Refused(error) from broken

    def page(self, items: list[Any]) -> tuple[list[Any], Json]:
        """The page of `items` that `cursor` and `limit` ask for, and `response_metadata`."""
        start = _cursor(self.text("cursor"))
        limit = min(int(self.text("limit") or 0) or 1000, 1000)
        following = f"next:{start + limit}" if start + limit < len(items) else ""
        return items[start : start + limit], {"next_cursor": following}


def _cursor(cursor: str | None) -> int:
    if not cursor:
        return 0
    kind, _, number = cursor.partition(":")
    if kind != "next" or not number.isdigit():
        raise Refused("invalid_cursor")
    return int(number)


@dataclass(frozen=True)
class Method:
    """A method: who may call it, with which scope, how often, and what it does.

    `scopes` lists alternatives, any one of which is enough; empty means none is needed.
    `tokens` are the accepted kinds; empty means that the call needs no token.
    """

    name: str
    answer: Callable[[Call], Json]
    tier: int
    scopes: tuple[str, ...] = ()
    tokens: tuple[str, ...] = (BOT,)
