"""Operating the workspace: people and channels, faults, the clock, tokens, events, sockets."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from workspace.control.body import body_of, json_answer
from workspace.control.shown import user_shown
from workspace.courier import Courier
from workspace.events import Events
from workspace.model import Team
from workspace.profiles import user_object
from workspace.refusal import NotPossible
from workspace.space import Workspace

CHANGEABLE = (
    "name",
    "email",
    "locale",
    "tz",
    "title",
    "deleted",
    "is_admin",
    "is_restricted",
    "snooze_until",
    "status_text",
    "status_expiration",
)


class Operating:
    """The routes by which a test or the page's operator changes the world."""

    def __init__(self, ws: Workspace, courier: Courier, events: Events) -> None:
        self._ws, self._courier, self._events = ws, courier, events

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Mount the routes."""
        router.add_post("/control/users", self.add_user)
        router.add_patch("/control/users/{user}", self.change_user)
        router.add_post("/control/channels", self.add_channel)
        router.add_patch("/control/channels/{channel}", self.change_channel)
        router.add_post("/control/faults", self.set_fault)
        router.add_delete("/control/faults", self.clear_faults)
        router.add_post("/control/outage", self.outage)
        router.add_post("/control/clock", self.clock)
        router.add_post("/control/reset", self.reset)
        router.add_post("/control/sockets", self.sockets)
        router.add_post("/control/events", self.event)
        router.add_post("/control/tokens", self.tokens)

    async def add_user(self, request: web.Request) -> web.Response:
        """Add a person: `{email, name, locale?, tz?}`; answers the person, the old one if known."""
        asked = await body_of(request)
        facts = {key: str(asked[key]) for key in ("email", "name", "locale", "tz") if key in asked}
        if "email" not in facts or "name" not in facts:
            raise NotPossible("incomplete", "email and name are needed")
        user_id = self._ws.ensure_user(**facts)
        return json_answer(user_shown(self._ws, self._ws.directory.users[user_id]))

    async def change_user(self, request: web.Request) -> web.Response:
        """Change facts of a person; the app hears `user_change`."""
        asked = await body_of(request)
        user = self._ws.directory.person(request.match_info["user"])
        unknown = set(asked) - set(CHANGEABLE)
        if user is None or unknown:
            raise NotPossible("cannot_change", ", ".join(unknown) or request.match_info["user"])
        changed = self._ws.directory.change_user(user.id, **asked)
        now = self._ws.clock.now()
        team = self._ws.directory.teams[user.team]
        shown = user_object(changed, team, now, with_locale=True, with_email=True, seen_from=user.team)
        self._events.tell(team, {"type": "user_change", "user": shown})
        self._ws.feed.add("directory", team=user.team)
        return json_answer(user_shown(self._ws, changed))

    async def add_channel(self, request: web.Request) -> web.Response:
        """Add a channel `{name}` with the bot and every full member in it."""
        asked = await body_of(request)
        channel_id = self._ws.ensure_channel(str(asked.get("name")))
        return json_answer({"id": channel_id})

    async def change_channel(self, request: web.Request) -> web.Response:
        """Change `is_archived`, `bot_is_member`, `topic`, `kind` or `members` of a channel."""
        asked = await body_of(request)
        channel = self._ws.directory.channels.get(request.match_info["channel"])
        known = {"is_archived", "bot_is_member", "topic", "kind", "members"}
        if channel is None or set(asked) - known:
            raise NotPossible("cannot_change", request.match_info["channel"])
        if "members" in asked:
            asked["members"] = tuple(asked["members"])
        self._ws.directory.channels[channel.id] = replace(channel, **asked)
        self._ws.feed.add("directory", team=channel.team)
        return json_answer({"id": channel.id})

    async def set_fault(self, request: web.Request) -> web.Response:
        """Set a fault: `{kind, name?, channel?, times?, seconds?, status?, error?}`."""
        asked = await body_of(request)
        known = {"kind", "name", "channel", "times", "seconds", "status", "error"}
        if unknown := set(asked) - known:
            raise NotPossible("no_such_fault", ", ".join(unknown))
        fault = self._ws.faults.set(str(asked.pop("kind", "")), **asked)
        return json_answer(vars(fault))

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Remove the fault `?id=`, or all of them and any outage."""
        fault_id = request.query.get("id")
        self._ws.faults.clear(int(fault_id) if fault_id else None)
        return json_answer({"faults": self._ws.faults.shown()})

    async def outage(self, request: web.Request) -> web.Response:
        """Everything is down for `{minutes}` of the workspace's time: calls, deliveries, sockets."""
        asked = await body_of(request)
        self._ws.faults.out_until = self._ws.clock.now() + float(asked.get("minutes", 1)) * 60
        self._ws.sockets.drop()
        return json_answer({"out_until": self._ws.faults.out_until})

    async def clock(self, request: web.Request) -> web.Response:
        """`{freeze: true}`, `{thaw: true}` and `{advance: seconds}`; answers `{now, frozen}`."""
        asked, clock = await body_of(request), self._ws.clock
        if asked.get("freeze"):
            clock.freeze()
        if asked.get("thaw"):
            clock.thaw()
        if "advance" in asked:
            clock.advance(float(asked["advance"]))
        self._ws.feed.add("clock")
        return json_answer({"now": clock.now(), "frozen": clock.frozen})

    async def reset(self, request: web.Request) -> web.Response:
        """Back to the seed."""
        await body_of(request)
        self._ws.reset()
        return json_answer({"seq": self._ws.feed.seq})

    async def sockets(self, request: web.Request) -> web.Response:
        """`{do}`: "drop" cuts all connections; "warning", "refresh_requested", "link_disabled" are said."""
        asked = await body_of(request)
        what = asked.get("do")
        if what == "drop":
            self._ws.sockets.drop()
        elif what in ("warning", "refresh_requested", "link_disabled"):
            await self._ws.sockets.disconnect(what)
        else:
            raise NotPossible("no_such_thing", str(what))
        return json_answer({"sockets": len(self._ws.sockets.connections)})

    async def event(self, request: web.Request) -> web.Response:
        """Send an event `{team?, event: {...}}`; a `url_verification` answers whether the app passed."""
        asked = await body_of(request)
        event = asked.get("event")
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            raise NotPossible("no_such_event", "an event has a type")
        if event["type"] == "url_verification":
            challenge = self._ws.ids.secret()
            ack = await self._events.verify_url(challenge)
            answered = ack.payload.get("challenge") if isinstance(ack.payload, dict) else None
            return json_answer({"passed": answered == challenge, "fault": ack.fault})
        return json_answer({"event_id": self._events.tell(self._team(asked.get("team")), event)})

    async def tokens(self, request: web.Request) -> web.Response:
        """`{team?, do, scopes?}`: do "revoke" or "uninstall" (the app is told), "restore" or "scopes"."""
        asked = await body_of(request)
        team, what = self._team(asked.get("team")), asked.get("do")
        installations = self._ws.installations
        if what == "revoke":
            bot = installations.of_team(team.id).bot_user
            self._events.tell(team, {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [bot]}})
            installations.change(team.id, revoked=True)
        elif what == "uninstall":
            self._events.tell(team, {"type": "app_uninstalled"})
            for each in installations.with_token_of(team.id):
                installations.change(each, uninstalled=True)
        elif what == "restore":
            installations.change(team.id, revoked=False, uninstalled=False)
        elif what == "scopes":
            installations.change(team.id, scopes=tuple(asked.get("scopes") or ()))
        else:
            raise NotPossible("no_such_thing", str(what))
        return json_answer({"scopes": installations.of_team(team.id).scopes})

    def _team(self, team_id: str | None) -> Team:
        directory = self._ws.directory
        team = directory.teams.get(team_id) if team_id else directory.home
        if team is None or team.id not in self._ws.installations.by_team:
            raise NotPossible("no_such_team", str(team_id))
        return team
