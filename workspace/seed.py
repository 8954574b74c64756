"""What a workspace starts with: teams, people, channels and one app."""

from __future__ import annotations

from dataclasses import dataclass, field

from workspace.cast import CONNECTED, GRID, HOME, strict_channels, strict_groups, strict_users
from workspace.model import BOT_SCOPES, App, Channel, Team, User, Usergroup


@dataclass(frozen=True)
class Seed:
    """The first state of a workspace; secrets left out are drawn at random.

    `bot_token` and `signing_secret` belong to the first team's installation and to the app.
    `random_seed` makes every generated id repeatable; without it ids are unguessable.
    """

    teams: tuple[Team, ...] = (HOME,)
    users: tuple[User, ...] = ()
    channels: tuple[Channel, ...] = ()
    usergroups: tuple[Usergroup, ...] = ()
    app: App = field(default_factory=App)
    signing_secret: str | None = None
    bot_token: str | None = None
    app_token: str | None = None
    bot_scopes: tuple[str, ...] = BOT_SCOPES
    random_seed: int | None = None

    @classmethod
    def default(
        cls,
        *,
        signing_secret: str | None = None,
        bot_token: str | None = None,
        app_token: str | None = None,
    ) -> Seed:
        """The team "Acme" with a #general channel and one person who may decide nothing."""
        visitor = User(name="Noor Haddad", email="noor.haddad@acme.example", id="U0NOOR0001")
        general = Channel(name="general", id="C0GENERAL1", bot_is_member=False, members=("U0NOOR0001",))
        return cls(
            users=(visitor,),
            channels=(general,),
            signing_secret=signing_secret,
            bot_token=bot_token,
            app_token=app_token,
        )

    @classmethod
    def strict(cls, *, random_seed: int = 7, signing_secret: str | None = None) -> Seed:
        """The whole cast for tests: two installed teams, one of them in a Grid, and a stranger's."""
        return cls(
            teams=(HOME, GRID, CONNECTED),
            users=strict_users(),
            channels=strict_channels(),
            usergroups=strict_groups(),
            signing_secret=signing_secret,
            random_seed=random_seed,
        )
