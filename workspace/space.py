"""The workspace itself: one object that holds everything and is handed around."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from workspace.clock import Clock
from workspace.codes import Consent
from workspace.directory import Directory
from workspace.faults import Faults
from workspace.feed import Feed
from workspace.ids import Ids
from workspace.installations import Installations
from workspace.model import App, Channel, Installation, Team, User
from workspace.pacing import Pacing
from workspace.record import Record
from workspace.seed import Seed
from workspace.snapshot import load
from workspace.sockets import Sockets
from workspace.timeline import Timeline
from workspace.triggers import ResponseUrls, Triggers
from workspace.views import Views

TOKEN_SECONDS = 43_200  # a rotating token's life: twelve hours
TRANSPORTS = ("auto", "http", "socket")


class Workspace:
    """A local Slack with one app in it.

    `base_url` is where `build(ws)` can be reached, without a trailing slash; `request_url` is
    where HTTP deliveries go, None for Socket Mode only. With `transport="auto"` a connected
    socket is preferred, "http" and "socket" insist. `state_path` keeps a snapshot of the lasting
    state across restarts. `clock` gives seconds since the epoch.
    """

    def __init__(
        self,
        seed: Seed | None = None,
        *,
        base_url: str,
        request_url: str | None = None,
        state_path: Path | None = None,
        clock: Callable[[], float] = time.time,
        transport: str = "auto",
    ) -> None:
        if transport not in TRANSPORTS:
            raise ValueError(f"transport is one of {', '.join(TRANSPORTS)}")
        self.seed = seed or Seed.default()
        self.base_url = base_url.rstrip("/")
        self.request_url = request_url
        self.state_path = state_path
        self.transport = transport
        self.clock = Clock(clock)
        self.feed = Feed()
        self._tasks: set[asyncio.Task[None]] = set()
        self.sockets = Sockets()
        self.record = Record()
        self.faults = Faults()
        self._begin()
        if state_path is not None:
            load(self, state_path)

    def _begin(self) -> None:
        seed = self.seed
        self.ids = Ids(seed.random_seed)
        self.directory = Directory(self.ids)
        self.installations = Installations()
        self.timeline = Timeline()
        self.views = Views(self.ids)
        self.triggers = Triggers(self.ids)
        self.response_urls = ResponseUrls(self.ids)
        self.pacing = Pacing()
        self.consents: dict[str, Consent] = {}
        self.app: App = replace(
            seed.app,
            client_secret=seed.app.client_secret or self.ids.hexadecimal(32),
            verification_token=seed.app.verification_token or self.ids.secret(),
        )
        self.signing_secret = seed.signing_secret or self.ids.hexadecimal(32)
        self.installations.app_token = seed.app_token or self._new_app_token()
        self._people(seed)

    def _people(self, seed: Seed) -> None:
        self.directory.teams = {team.id: team for team in seed.teams}
        for index, team in enumerate(seed.teams):
            if team.installed:
                self.install(team, token=seed.bot_token if index == 0 else None)
        for user in seed.users:
            self.directory.add_user(user)
        for channel in seed.channels:
            self.directory.add_channel(channel, int(self.clock.now()))
        self.directory.usergroups = {group.id: group for group in seed.usergroups}

    def install(
        self, team: Team, *, token: str | None = None, scopes: tuple[str, ...] | None = None
    ) -> Installation:
        """Put the app into a team, with a new bot user the first time; a good token is kept."""
        before = self.installations.by_team.get(team.id)
        kept = before is not None and not (before.revoked or before.uninstalled)
        fresh = Installation(
            team=team.id,
            bot_token=token or (before.bot_token if before and kept else self._new_token()),
            bot_user=before.bot_user if before else self._new_bot(team),
            bot_id=before.bot_id if before else self.ids.upper("B"),
            scopes=scopes or self.seed.bot_scopes,
        )
        self.installations.put(fresh)
        return self.renew(fresh) if self.app.token_rotation and not token else fresh

    def install_whole(self, team: Team, *, scopes: tuple[str, ...]) -> Installation:
        """Put the app into every team of the team's organisation, under one token."""
        token = self._new_token()
        for each in self._organisation(team):
            self.install(each, token=token, scopes=scopes)
            self.installations.change(each.id, whole=True)
        installation = self.installations.of_team(team.id)
        return self.renew(installation) if self.app.token_rotation else installation

    def _organisation(self, team: Team) -> list[Team]:
        teams = self.directory.teams.values()
        return [each for each in teams if each.enterprise_id and each.enterprise_id == team.enterprise_id]

    def renew(self, installation: Installation) -> Installation:
        """A new token and refresh token for an installation whose tokens rotate; the old ones end."""
        team = self.directory.teams[installation.team]
        fresh = {
            "bot_token": self._new_token("xoxe.xoxb-1-"),
            "refresh_token": self.ids.secret("xoxe-1-", 40),
            "expires_at": self.clock.now() + TOKEN_SECONDS,
            "old_tokens": (*installation.old_tokens, installation.bot_token),
        }
        for each in self._organisation(team) if installation.whole else [team]:
            self.installations.change(each.id, **fresh)
        return self.installations.of_team(team.id)

    @property
    def bot_token(self) -> str:
        """The `xoxb-` token of the first team's installation."""
        return self.installations.of_team(self.directory.home.id).bot_token

    @property
    def app_token(self) -> str:
        """The `xapp-` token for Socket Mode."""
        return self.installations.app_token

    @property
    def api_url(self) -> str:
        """The Web API's base, with the trailing slash that slack_sdk expects."""
        return self.base_url + "/api/"

    def ensure_user(self, *, email: str, name: str, locale: str | None = None, tz: str | None = None) -> str:
        """The id of the first team's person with this address, added where missing.

        `locale` ("fr-CA") and `tz` ("America/Toronto") are en-US and America/New_York for a new
        person unless given, and stay as they are for a known one.
        """
        team, wanted = self.directory.home.id, email.casefold()
        facts = {"name": name} | {k: v for k, v in (("locale", locale), ("tz", tz)) if v is not None}
        found = next((u for u in self.directory.team_users(team) if u.email.casefold() == wanted), None)
        if found is None:
            found = self.directory.add_user(User(name=name, email=email, team=team))
            self._join_open_channels(found)
        self.directory.change_user(found.id, **facts)
        self.feed.add("directory", team=team)
        return found.id

    def ensure_channel(self, name: str) -> str:
        """The id of the first team's channel of this name, added where missing; the bot is a member."""
        team = self.directory.home.id
        found = self.directory.named(team, name)
        if found is None:
            members = tuple(u.id for u in self.directory.team_users(team) if _full_member(u))
            found = self.directory.add_channel(
                Channel(name=name.removeprefix("#"), team=team, members=members), int(self.clock.now())
            )
        elif not found.bot_is_member:
            found = replace(found, bot_is_member=True)
            self.directory.channels[found.id] = found
        self.feed.add("directory", team=team)
        return found.id

    def reset(self) -> None:
        """Back to the seed: tokens given in the seed stay, everything else is new."""
        self.faults.clear()
        self.record.clear()
        self._begin()
        self.feed.add("reset")

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something in the background until it ends or the workspace stops."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop_tasks(self) -> None:
        """Cancel what still runs in the background."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def out(self) -> bool:
        """Whether a full outage is on."""
        return self.clock.now() < self.faults.out_until

    def _join_open_channels(self, user: User) -> None:
        for channel in list(self.directory.team_channels(user.team)):
            if channel.kind == "channel" and channel.bot_is_member and not channel.is_archived:
                self.directory.join(channel.id, user.id)

    def _new_bot(self, team: Team) -> str:
        app = self.seed.app
        handle = app.name.lower().replace(" ", "-")
        return self.directory.add_user(
            User(name=app.name, email=f"{handle}@bots.invalid", team=team.id, is_bot=True, tz="UTC")
        ).id

    def _new_token(self, prefix: str = "xoxb-") -> str:
        return self.ids.secret(f"{prefix}{self.ids.hexadecimal(11)}-")

    def _new_app_token(self) -> str:
        return f"xapp-1-{self.seed.app.id}-{self.ids.secret(length=13)}-{self.ids.hexadecimal(64)}"


def _full_member(user: User) -> bool:
    return not (user.deleted or user.is_bot or user.is_restricted or user.is_ultra_restricted)
