"""Trigger ids (3 seconds, one use) and response URLs (5 uses, 30 minutes)."""

from __future__ import annotations

from dataclasses import dataclass

from workspace.ids import Ids
from workspace.refusal import Refused

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 30 * 60.0
RESPONSE_USES = 5


@dataclass
class Trigger:
    """What a trigger id stands for: one person's gesture; `view` when it came from a modal."""

    id: str
    user: str
    team: str
    born: float
    view: str = ""
    used: bool = False


class Triggers:
    """Issues trigger ids and exchanges each once."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._issued: dict[str, Trigger] = {}

    def issue(self, user: str, team: str, now: float, view: str = "") -> str:
        """A new trigger id `digits.digits.hex` for a gesture made at `now`."""
        trigger_id = f"{int(now * 1000)}.{self._digits()}.{self._ids.hexadecimal(32)}"
        self._issued[trigger_id] = Trigger(trigger_id, user, team, now, view)
        return trigger_id

    def exchange(self, trigger_id: object, team: str, now: float) -> Trigger:
        """Use a trigger up; Refused when unknown, of another team, late or already used."""
        trigger = self._issued.get(trigger_id) if isinstance(trigger_id, str) else None
        if trigger is None or trigger.team != team:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if now - trigger.born > TRIGGER_SECONDS:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger

    def team_of(self, trigger_id: object) -> str | None:
        """Where a gesture was made; None for an unknown one."""
        trigger = self._issued.get(trigger_id) if isinstance(trigger_id, str) else None
        return None if trigger is None else trigger.team

    def _digits(self) -> str:
        return str(int(self._ids.hexadecimal(8), 16))


@dataclass
class ResponseUrl:
    """Where an answer to one gesture may be posted; `ts` is the message it began at."""

    token: str
    user: str
    team: str
    channel: str
    born: float
    ts: str = ""
    thread_ts: str = ""
    uses: int = 0


class ResponseUrls:
    """Issues response URLs and counts their uses."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._issued: dict[str, ResponseUrl] = {}

    def issue(self, user: str, team: str, channel: str, now: float, ts: str = "", thread_ts: str = "") -> str:
        """The token of a new response URL."""
        token = f"{team}/{self._digits()}/{self._ids.secret()}"
        self._issued[token] = ResponseUrl(token, user, team, channel, now, ts, thread_ts)
        return token

    def look_up(self, token: str, now: float) -> ResponseUrl:
        """The place an answer goes; Refused `used_url` after five uses, `expired_url` after 30 minutes."""
        place = self._issued.get(token)
        if place is None:
            raise Refused("invalid_url")
        if now - place.born > RESPONSE_SECONDS:
            raise Refused("expired_url")
        if place.uses >= RESPONSE_USES:
            raise Refused("used_url")
        return place

    def _digits(self) -> str:
        return str(int(self._ids.hexadecimal(9), 16))
