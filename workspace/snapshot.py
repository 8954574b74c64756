"""The lasting state as one JSON file: written soon after a change, atomically, for its owner only."""

from __future__ import annotations

import asyncio
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workspace.model import Channel, Installation, Team, User, Usergroup
from workspace.timeline import Message
from workspace.views import View
from workspace.wire import Json, decode, encode

if TYPE_CHECKING:
    from workspace.space import Workspace

VERSION = 1
PAUSE = 0.25  # seconds that changes are gathered before they are written
SHARE = 20  # writing may take one part in this many of the time
FLEETING = ("call", "warning", "clock", "saved")


def frozen(ws: Workspace) -> Json:
    """What outlives a restart: everything but ephemerals, triggers, response URLs, calls and faults."""
    return {
        "version": VERSION,
        "signing_secret": ws.signing_secret,
        "client_secret": ws.app.client_secret,
        "verification_token": ws.app.verification_token,
        "app_token": ws.installations.app_token,
        "last_ts": ws.ids.last_ts,
        "teams": [asdict(team) for team in ws.directory.teams.values()],
        "users": [asdict(user) for user in ws.directory.users.values()],
        "channels": [asdict(channel) for channel in ws.directory.channels.values()],
        "usergroups": [asdict(group) for group in ws.directory.usergroups.values()],
        "installations": [asdict(item) for item in ws.installations.by_team.values()],
        "messages": [vars(message) for message in ws.timeline.all() if message.reader is None],
        "homes": [vars(home) for home in ws.views.homes.values()],
        "modals": [[vars(ws.views.open[v]) for v in stack] for stack in ws.views.stacks.values()],
    }


def thaw(ws: Workspace, state: Json) -> None:
    """Put a frozen state back; secrets that the seed gives win over remembered ones."""
    seed = ws.seed
    ws.signing_secret = seed.signing_secret or state["signing_secret"]
    ws.app = replace(
        ws.app,
        client_secret=seed.app.client_secret or state["client_secret"],
        verification_token=seed.app.verification_token or state["verification_token"],
    )
    ws.installations.app_token = seed.app_token or state["app_token"]
    ws.ids.last_ts = state["last_ts"]
    _thaw_directory(ws, state)
    for item in state["installations"]:
        ws.installations.put(_made(Installation, item))
    if seed.bot_token:
        ws.installations.change(ws.directory.home.id, bot_token=seed.bot_token)
    for message in state["messages"]:
        ws.timeline.add(Message(**message), count=False)
    for home in state["homes"]:
        ws.views.publish(View(**home))
    for stack in state["modals"]:
        ws.views.restore([View(**view) for view in stack])


def _thaw_directory(ws: Workspace, state: Json) -> None:
    directory = ws.directory
    directory.teams = {item["id"]: _made(Team, item) for item in state["teams"]}
    directory.users = {item["id"]: _made(User, item) for item in state["users"]}
    directory.channels = {item["id"]: _made(Channel, item) for item in state["channels"]}
    directory.usergroups = {item["id"]: _made(Usergroup, item) for item in state["usergroups"]}


def _made(kind: Any, item: Json) -> Any:
    """An instance of a frozen dataclass from JSON, where tuples came back as lists."""
    return kind(**{key: tuple(v) if isinstance(v, list) else v for key, v in item.items()})


def load(ws: Workspace, path: Path) -> bool:
    """Put the snapshot at `path` back, if there is one of this version."""
    if not path.exists():
        return False
    state = decode(path.read_bytes())
    if state.get("version") != VERSION:
        return False
    thaw(ws, state)
    return True


def save(raw: bytes, path: Path) -> None:
    """Replace the file at `path` by `raw` in one step, mode 0600."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(raw)
    fresh.replace(path)


class Snapshots:
    """Writes a workspace's snapshot while its server runs."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws

    def start(self) -> None:
        """Begin to write after each change; nothing without a `state_path`."""
        if self._ws.state_path is not None:
            self._ws.spawn(self._keep(self._ws.state_path))

    def stop(self) -> None:
        """Write once more, at the end."""
        if self._ws.state_path is not None:
            save(encode(frozen(self._ws)), self._ws.state_path)

    async def _keep(self, path: Path) -> None:
        loop, seen, pause = asyncio.get_running_loop(), 0, PAUSE
        while True:
            changes = await self._ws.feed.wait(seen, 3600)
            seen = self._ws.feed.seq
            if any(change.kind not in FLEETING for change in changes):
                await asyncio.sleep(pause)
                seen, started = self._ws.feed.seq, loop.time()
                await asyncio.to_thread(save, encode(frozen(self._ws)), path)
                pause = max(PAUSE, (loop.time() - started) * SHARE)
                self._ws.feed.add("saved")
