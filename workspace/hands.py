"""A person in front of the screen: what they can reach, and the way from their gesture to the app."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from workspace.courier import Ack, Courier
from workspace.events import Events
from workspace.letters import Parcel
from workspace.model import User
from workspace.refusal import NotPossible, Refused
from workspace.space import Workspace
from workspace.timeline import Message
from workspace.views import View
from workspace.wire import Json

INVALID_ACK = "invalid_ack"


@dataclass
class Gesture:
    """What came of a gesture: the warning that the person sees, if any, and errors by block_id.

    `local` errors are Slack's own and nothing was delivered; `confirm` is the dialog that the
    element asks for, `cancelled` that the person pressed "deny" in it.
    """

    warning: str = ""
    confirm: Json | None = None
    cancelled: bool = False
    delivered: bool = False
    errors: dict[str, str] = field(default_factory=dict)
    local: bool = False
    options: Json | None = None


@dataclass
class Hands:
    """One person's reach."""

    ws: Workspace
    courier: Courier
    events: Events
    user: User

    def message(self, channel_id: str, ts: str) -> Message:
        """A message on this person's screen; NotPossible otherwise."""
        readable = {channel.id for channel in self.ws.directory.readable(self.user)}
        message = self.ws.timeline.find(channel_id, ts) if channel_id in readable else None
        if message is None or message.reader not in (None, self.user.id):
            raise NotPossible("no_such_message", f"{ts} is not on this person's screen")
        return message

    def modal(self, view_id: str | None = None) -> View:
        """The modal on top; NotPossible when there is none or it is another one."""
        top = self.ws.views.top(self.user.id)
        if top is None:
            raise NotPossible("no_modal", "no modal is open")
        if view_id not in (None, top.id):
            raise NotPossible("not_on_top", f"the modal on top is {top.id}")
        return top

    def home(self) -> View:
        """This person's App Home; NotPossible before the app published one."""
        home = self.ws.views.homes.get((self.user.team, self.user.id))
        if home is None:
            raise NotPossible("no_home", "the app has published nothing here")
        return home

    def ids(self) -> set[str]:
        """The users and conversations that this person can choose in a menu."""
        directory = self.ws.directory
        people = {user.id for user in directory.team_users(self.user.team) if not user.deleted}
        return people | {channel.id for channel in directory.readable(self.user)}

    def need_app(self) -> None:
        """NotPossible where the app is not installed in this person's own workspace."""
        if self.user.team not in self.ws.installations.by_team:
            raise NotPossible("no_app", "the app is not installed in this person's workspace")

    def trigger(self, team: str, view: str = "") -> str:
        """A trigger id for a gesture made just now; `team` is where the app is installed."""
        return self.ws.triggers.issue(self.user.id, team, self.ws.clock.now(), view)

    def response_url(self, team: str, channel: str, ts: str = "", thread_ts: str = "") -> str:
        """An address to which the app may answer this person's gesture."""
        now = self.ws.clock.now()
        token = self.ws.response_urls.issue(self.user.id, team, channel, now, ts, thread_ts)
        return f"{self.ws.base_url}/response/{token}"

    async def deliver(self, gesture: Gesture, parcel: Parcel) -> Ack:
        """Send a gesture to the app and note on it what the person sees of that."""
        ack = await self.courier.deliver(parcel)
        gesture.delivered = True
        gesture.warning = gesture.warning or ack.fault
        if ack.fault:
            self.ws.feed.add("warning", user=self.user.id, channel=parcel.channel, text=ack.fault)
        return ack

    def interactive(self, name: str, payload: Json, channel: str = "") -> Parcel:
        """A parcel with an interactivity payload of this person."""
        return Parcel("interactive", name, payload, self.user.team, channel, self.user.id)

    def refuse_ack(self, gesture: Gesture, name: str, ack: Any, refused: Refused) -> None:
        """The app acknowledged with something invalid: record it, and warn the person."""
        call = self.ws.record.begin(self.ws.clock.now(), "ack", name, user=self.user.id)
        call.sent = ack
        self.ws.record.refuse(call, refused.error, messages=refused.messages)
        self.ws.feed.add("call")
        gesture.warning = INVALID_ACK
