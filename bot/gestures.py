"""What Slack tells of a person's gesture: a click, a submitted view, a command. Parsed, and not believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from approvals import ids
from approvals.cards import Card
from approvals.errors import RequestNotFound
from approvals.model import RequestId
from bot.entries import Values
from bot.entries import values as entered_values
from bot.identity import Who
from bot.metadata import Routing, routing
from bot.payloads import count, thing, things, word

DM_PREFIX = "D"


@dataclass(frozen=True, slots=True)
class Gesture:
    """One gesture.

    `value` is a button's, `channel` and `ts` say on which message it stood, `view_id` in which view;
    `routed` is what that view remembers and `values` what was entered in it.
    """

    kind: str
    who: Who
    action_id: str | None = None
    value: str | None = None
    channel: str | None = None
    ts: str | None = None
    trigger_id: str | None = None
    response_url: str | None = None
    view_id: str | None = None
    view_type: str | None = None
    callback_id: str | None = None
    private_metadata: str = ""
    routed: Routing | None = None
    values: Values = field(default_factory=dict)

    @property
    def request_id(self) -> RequestId:
        """The request that it is about; raises RequestNotFound where that is no request's id."""
        named = self.routed.request_id if self.routed else (self.value or "")
        found = ids.parse(named)
        if not isinstance(found, str):
            raise RequestNotFound(named[:40])
        return found

    @property
    def shown(self) -> Routing:
        """What the view that was used shows; raises RequestNotFound where it is none of ours."""
        if self.routed is None:
            raise RequestNotFound("")
        return self.routed

    @property
    def page(self) -> int:
        """The page that was asked for, counted from 0; the first where that is no number."""
        return count(self.value) or 0

    @property
    def in_modal(self) -> bool:
        """Whether it was made in a modal, over which another can be laid."""
        return self.view_type == "modal"

    def on(self, card: Card) -> bool:
        """Whether it was made on this card of the request."""
        return (card.channel, card.ts) == (self.channel, self.ts)

    @property
    def in_dm(self) -> bool:
        """Whether it was made in somebody's direct messages with us."""
        return (self.channel or "").startswith(DM_PREFIX)


def gesture(body: Mapping[str, Any]) -> Gesture:
    """Read a `block_actions` or `view_submission` payload, or a slash command, whatever its shape."""
    container, view = thing(body.get("container")), thing(body.get("view"))
    action = next(iter(things(body.get("actions"))), None)
    remembered = word(view.get("private_metadata")) or ""
    return Gesture(
        kind=word(body.get("type")) or "command",
        who=who(body),
        action_id=word(action.get("action_id")) if action else None,
        value=_chosen(action) if action else word(body.get("text")),
        channel=_channel(body) or word(container.get("channel_id")),
        ts=word(thing(body.get("message")).get("ts")) or word(container.get("message_ts")),
        trigger_id=word(body.get("trigger_id")),
        response_url=word(body.get("response_url")),
        view_id=word(view.get("id")),
        view_type=word(view.get("type")),
        callback_id=word(view.get("callback_id")),
        private_metadata=remembered,
        routed=routing(remembered),
        values=entered_values(thing(view.get("state")).get("values")),
    )


def who(body: Mapping[str, Any]) -> Who:
    """Who made it, by what Slack itself put there."""
    team, user, enterprise = thing(body.get("team")), body.get("user"), thing(body.get("enterprise"))
    own = word(thing(user).get("team_id"))
    key = word(enterprise.get("id")) or word(team.get("enterprise_id")) or word(team.get("id"))
    named = word(thing(user).get("id")) or word(user) or word(body.get("user_id"))
    return Who(
        key or word(body.get("enterprise_id")) or word(body.get("team_id")) or own or "", named or "", own
    )


def _channel(body: Mapping[str, Any]) -> str | None:
    channel = body.get("channel")
    return word(thing(channel).get("id")) or word(channel) or word(body.get("channel_id"))


def _chosen(action: Mapping[str, Any]) -> str | None:
    """A button's value, or the option chosen in a menu."""
    return word(action.get("value")) or word(thing(action.get("selected_option")).get("value"))
