"""Naming a Sentinel in a body: by number, e-mail or name."""

from __future__ import annotations

from collections.abc import Callable

from api.problems import fault
from approvals.errors import NotSpeakingFor
from approvals.keys import Key
from approvals.model import Roster, Sentinel, SentinelId


def named(roster: Roster, who: str | int, name: str) -> Sentinel:
    """The Sentinel that `who` names; `name` is the field that does. Raises Refused (400)."""
    found = matching(roster, who)
    if len(found) != 1:
        issue = "names several Sentinels" if found else "names no Sentinel of this project"
        raise fault(name, issue, "send the number or e-mail that GET /desk/v1/sentinels shows")
    return found[0]


def spoken_for(roster: Roster, key: Key, who: str | int, name: str) -> Sentinel:
    """As `named`, for a key that acts in that Sentinel's name. Raises NotSpeakingFor besides."""
    sentinel = named(roster, who, name)
    if not key.may_speak_for(sentinel):
        raise NotSpeakingFor(who)
    return sentinel


def matching(roster: Roster, who: str | int) -> list[Sentinel]:
    """Everybody whom a number, an e-mail or a name can mean: one, nobody, or several of one name."""
    if isinstance(who, int) or who.strip().isdecimal():
        sentinel = roster.sentinel(SentinelId(int(who)))
        return [] if sentinel is None else [sentinel]
    meant = who.strip().casefold()
    by_email = _who(roster, lambda s: (s.email or "").casefold() == meant)
    return by_email or _who(roster, lambda s: s.name.casefold() == meant)


def _who(roster: Roster, test: Callable[[Sentinel], bool]) -> list[Sentinel]:
    """Who passes the test; where several do, those who are active."""
    found = [s for s in roster.sentinels.values() if test(s)]
    return found if len(found) < 2 else [s for s in found if s.active]
