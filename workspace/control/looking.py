"""Looking: what a person sees, what changes, and the record of calls."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiohttp import web

from workspace.control.body import json_answer
from workspace.control.shown import (
    channel_shown,
    concerns,
    message_shown,
    person,
    place,
    user_shown,
    view_shown,
)
from workspace.feed import Change
from workspace.model import User
from workspace.space import Workspace
from workspace.wire import Json, encode

LONGEST_POLL = 60.0
HEARTBEAT = 15.0


class Looking:
    """The routes that change nothing."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._closing = asyncio.Event()

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Mount the routes."""
        router.add_get("/control/state", self.state)
        router.add_get("/control/channels", self.channels)
        router.add_get("/control/messages", self.messages)
        router.add_get("/control/modal", self.modal)
        router.add_get("/control/home", self.home)
        router.add_get("/control/changes", self.changes)
        router.add_get("/control/stream", self.stream, allow_head=False)
        router.add_get("/control/calls", self.calls)

    def shut(self) -> None:
        """End every stream and poll."""
        self._closing.set()

    async def state(self, request: web.Request) -> web.Response:
        """The app, the teams, the people, the clock and the way to the app."""
        ws = self._ws
        return json_answer(
            {
                "seq": ws.feed.seq,
                "now": ws.clock.now(),
                "frozen": ws.clock.frozen,
                "app": {"id": ws.app.id, "name": ws.app.name, "commands": ws.app.commands},
                "shortcuts": [vars(shortcut) for shortcut in ws.app.shortcuts],
                "transport": ws.transport,
                "request_url": ws.request_url,
                "sockets": len(ws.sockets.connections),
                "out_until": ws.faults.out_until,
                "faults": ws.faults.shown(),
                "calls": {"total": ws.record.total, "refused": ws.record.refused},
                "teams": [vars(team) for team in ws.directory.teams.values()],
                "bots": [item.bot_user for item in ws.installations.by_team.values()],
                "users": [user_shown(ws, user) for user in ws.directory.users.values()],
                "usergroups": [vars(group) for group in ws.directory.usergroups.values()],
            }
        )

    async def channels(self, request: web.Request) -> web.Response:
        """The conversations on a person's screen, direct messages first."""
        user = self._person(request)
        found = sorted(self._ws.directory.readable(user), key=lambda c: (c.kind != "im", c.name))
        return json_answer({"channels": [channel_shown(self._ws, c, user) for c in found]})

    async def messages(self, request: web.Request) -> web.Response:
        """Messages that a person sees, in one conversation or in all, oldest first."""
        user, where = self._person(request), request.query.get("channel")
        ws = self._ws
        channels = [place(ws, user, where)] if where else ws.directory.readable(user)
        found = [m for channel in channels for m in ws.timeline.visible(channel.id, user.id)]
        thread = request.query.get("thread_ts")
        if thread:
            found = [m for m in found if thread in (m.ts, m.thread_ts)]
        found.sort(key=lambda message: message.ts)
        return json_answer({"seq": ws.feed.seq, "messages": [message_shown(ws, m, user.id) for m in found]})

    async def modal(self, request: web.Request) -> web.Response:
        """The modal on top, or null."""
        view = self._ws.views.top(self._person(request).id)
        return json_answer({"seq": self._ws.feed.seq, "view": view_shown(self._ws, view)})

    async def home(self, request: web.Request) -> web.Response:
        """A person's App Home as last published, or null; opens nothing."""
        user = self._person(request)
        view = self._ws.views.homes.get((user.team, user.id))
        return json_answer({"seq": self._ws.feed.seq, "view": view_shown(self._ws, view)})

    async def changes(self, request: web.Request) -> web.Response:
        """Changes on a person's screen after `since`; waits up to `timeout` seconds for one."""
        user = self._person(request)
        since = int(request.query.get("since", "0"))
        timeout = min(float(request.query.get("timeout", "0")), LONGEST_POLL)
        loop = asyncio.get_running_loop()
        due = loop.time() + timeout
        seen = since
        while True:
            found = self._visible(user, self._ws.feed.since(seen))
            seen = self._ws.feed.seq
            left = due - loop.time()
            if found or left <= 0 or self._closing.is_set():
                return json_answer({"seq": seen, "changes": [change.shown() for change in found]})
            await self._news(seen, left)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Changes on a person's screen as server-sent events, calls included."""
        user = self._person(request)
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        seen = int(request.query.get("since", self._ws.feed.seq))
        with suppress(ConnectionError):
            while not self._closing.is_set():
                changes = [c for c in self._ws.feed.since(seen) if concerns(self._ws, user, c)]
                seen = self._ws.feed.seq
                shown: list[Json] = [change.shown() for change in changes]
                line = b"data: " + encode(shown) if shown else b": still here"
                await response.write(line + b"\n\n")
                await self._news(seen, HEARTBEAT)
        return response

    async def calls(self, request: web.Request) -> web.Response:
        """The record: `since` id, and equal `name`, `way`, `team`, `channel`, `user`, `error`, `ok`."""
        query = dict(request.query)
        since = int(query.pop("since", "0"))
        wanted: Json = {
            key: query[key] for key in ("name", "way", "team", "channel", "user", "error") if key in query
        }
        if "ok" in query:
            wanted["ok"] = query["ok"] in ("1", "true")
        record = self._ws.record
        found = [call.shown() for call in record.calls(since, **wanted)]
        return json_answer({"total": record.total, "refused": record.refused, "calls": found})

    def _person(self, request: web.Request) -> User:
        return person(self._ws, request.query.get("user"))

    def _visible(self, user: User, changes: list[Change]) -> list[Change]:
        return [c for c in changes if c.kind != "call" and concerns(self._ws, user, c)]

    async def _news(self, seq: int, seconds: float) -> None:
        """Return on the next change, at the end of `seconds`, or when the server stops."""
        waits = [
            asyncio.ensure_future(self._ws.feed.wait(seq, seconds)),
            asyncio.ensure_future(self._closing.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
