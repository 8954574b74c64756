"""The Slack app in a workspace, or in a whole organisation: its tokens and where it works."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

ROTATED_BEFORE = timedelta(hours=2)
"""How long before its end a token that rotates is changed for a new one."""

ORGANISATION = "E"
"""How Slack's ids of organisations begin; those of workspaces begin with T."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where something happens in Slack: a workspace, and the organisation (Enterprise Grid) around it.

    `team` is None where the whole organisation is meant.
    """

    team: str | None
    enterprise: str | None = None

    @property
    def key(self) -> str:
        """What people are pinned to: one and the same account all over an organisation."""
        return self.enterprise or self.team or ""

    def covers(self, named: Workspace) -> bool:
        """Whether what a team named is this, is in it, or is the organisation that this is in."""
        if self.team is not None and named.team is not None:
            return self.team == named.team
        return self.enterprise is not None and self.enterprise == named.enterprise


def workspace(text: str) -> Workspace:
    """A workspace as desk.yml names it: `T012…`, `E012…`, or `E012…/T012…` for one in an organisation."""
    first, _, second = text.partition("/")
    if first.startswith(ORGANISATION):
        return Workspace(second or None, first)
    return Workspace(first)


@dataclass(frozen=True, slots=True)
class Installation:
    """The app as it is installed in one place.

    `team` is None where it is installed for the whole organisation. `expires_at` and
    `refresh_token` are set where the token rotates; a refresh token works once. `gone_at` says
    since when the app is not there any more; the tokens are empty then. `turn` rises with
    every token, so that nobody keeps an older one over a newer. `app` is the app's id, where Slack told it.
    """

    team: str | None
    enterprise: str | None
    name: str
    token: str = field(repr=False)
    scopes: tuple[str, ...]
    installed_by: str
    installed_at: datetime
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    gone_at: datetime | None = None
    turn: int = 0
    app: str | None = None

    @property
    def key(self) -> str:
        """What it is kept under: the workspace, or the organisation where that is what it is in."""
        return self.team or self.enterprise or ""

    @property
    def workspace(self) -> Workspace:
        """Where it is."""
        return Workspace(self.team, self.enterprise)

    def ends(self, now: datetime, within: timedelta = timedelta()) -> bool:
        """Whether its token is over at `now`, or will be `within` that time."""
        return self.expires_at is not None and self.expires_at <= now + within
