"""What Slack tells of a person's gesture: a click, a submitted view, a command. Parsed, and not believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from approvals import ids
from approvals.cards import Card
from approvals.errors import RequestNotFound
from approvals.model import RequestId
from bot.forms import Values
from bot.identity import Who
from bot.metadata import Routing, routing

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
    """Read a `block_actions` or `view_submission` payload, or a slash command."""
    container = body.get("container") or {}
    action = (body.get("actions") or [{}])[0]
    view = body.get("view") or {}
    return Gesture(
        kind=str(body.get("type") or "command"),
        who=who(body),
        action_id=action.get("action_id"),
        value=_chosen(action) if action else body.get("text"),
        channel=_channel(body) or container.get("channel_id"),
        ts=(body.get("message") or {}).get("ts") or container.get("message_ts"),
        trigger_id=body.get("trigger_id"),
        response_url=body.get("response_url"),
        view_id=view.get("id"),
        view_type=view.get("type"),
        callback_id=view.get("callback_id"),
        private_metadata=view.get("private_metadata") or "",
        routed=routing(view.get("private_metadata") or ""),
        values=(view.get("state") or {}).get("values") or {},
    )


def who(body: Mapping[str, Any]) -> Who:
    """Who made it, by what Slack itself put there."""
    team, user, enterprise = body.get("team") or {}, body.get("user") or {}, body.get("enterprise") or {}
    own = user.get("team_id") if isinstance(user, Mapping) else None
    key = enterprise.get("id") or team.get("enterprise_id") or team.get("id")
    named = user.get("id") if isinstance(user, Mapping) else user
    return Who(
        str(key or body.get("enterprise_id") or body.get("team_id") or own or ""),
        str(named or body.get("user_id") or ""),
        own,
    )


def _channel(body: Mapping[str, Any]) -> str | None:
    channel = body.get("channel")
    found = channel.get("id") if isinstance(channel, Mapping) else channel
    return found or body.get("channel_id")


def _chosen(action: Mapping[str, Any]) -> str | None:
    """A button's value, or the option chosen in a menu."""
    option = action.get("selected_option") or {}
    return action.get("value") or option.get("value")
