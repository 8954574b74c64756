"""`/desk/v1/sentinels`: who there is, and their coming and going."""

from __future__ import annotations

from aiohttp import web

from api import wires
from api.answers import answer
from api.body import json_object, json_object_if_any
from api.desk import translate, wire
from api.instants import instant
from api.ops import ADMIN, READ, Call, Op
from api.people import matching, named
from api.problems import Problem, Refused, fault
from approvals.commands import SetActive, SetAway
from approvals.model import Roster, Sentinel, SentinelId

_LONGEST = 320


async def listing(call: Call) -> web.Response:
    """Every Sentinel of the project by number."""
    roster = await _roster(call)
    everybody = sorted(roster.sentinels.values(), key=lambda one: one.id)
    return answer({"sentinels": [translate.sentinel(one) for one in everybody]})


async def away(call: Call) -> web.Response:
    """Absent until a moment; open cases go to the delegate or on."""
    asked = wires.read(wire.Away, (await json_object(call)).value)
    until = instant("until", asked.until)
    if until <= call.desk.clock():
        raise fault("until", "must be in the future", "send a later date-time")
    roster = await _roster(call)
    sentinel = _meant(call, roster)
    delegate = None if asked.delegate is None else _delegate(roster, asked.delegate, sentinel)
    command = SetAway(call.key.project, sentinel.id, until, delegate, call.key.name)
    return _shown(await call.desk.clockwork.set_away(command), wires.unknown(asked))


async def back(call: Call) -> web.Response:
    """Here again; what waits may go to them at once."""
    asked = wires.read(wire.Nothing, (await json_object_if_any(call)).value)
    meant = _meant(call, await _roster(call))
    command = SetAway(call.key.project, meant.id, None, actor=call.key.name)
    sentinel = await call.desk.clockwork.set_away(command)
    await call.desk.clockwork.dispatch(call.key.project)
    return _shown(sentinel, wires.unknown(asked))


async def activate(call: Call) -> web.Response:
    """Qualified again; what waits may go to them at once."""
    return await _set_active(call, True)


async def deactivate(call: Call) -> web.Response:
    """No longer to decide anything; open cases go on."""
    return await _set_active(call, False)


async def _set_active(call: Call, active: bool) -> web.Response:
    asked = wires.read(wire.Nothing, (await json_object_if_any(call)).value)
    meant = _meant(call, await _roster(call))
    command = SetActive(call.key.project, meant.id, active, call.key.name)
    sentinel = await call.desk.clockwork.set_active(command)
    if active:
        await call.desk.clockwork.dispatch(call.key.project)
    return _shown(sentinel, wires.unknown(asked))


def _delegate(roster: Roster, who: str | int, leaving: Sentinel) -> SentinelId:
    delegate = named(roster, who, "delegate")
    if delegate.id == leaving.id:
        raise fault("delegate", "must be somebody else")
    return delegate.id


def _meant(call: Call, roster: Roster) -> Sentinel:
    """Whom the address names, by number or e-mail."""
    found = matching(roster, call.request.match_info["who"][:_LONGEST])
    if len(found) != 1:
        raise Refused(Problem(404, "sentinel_not_found", "No Sentinel of that number or e-mail exists here."))
    return found[0]


def _shown(sentinel: Sentinel, warnings: list[str]) -> web.Response:
    shown = translate.sentinel(sentinel)
    return answer({**shown, "warnings": warnings} if warnings else shown)


async def _roster(call: Call) -> Roster:
    return await call.desk.requests.roster(call.key.project)


OPS = (
    Op("GET", "/desk/v1/sentinels", listing, READ, "Every Sentinel, with load and capacity"),
    Op("POST", "/desk/v1/sentinels/{who}/away", away, ADMIN, "Absent until", wire.Away),
    Op("POST", "/desk/v1/sentinels/{who}/back", back, ADMIN, "Here again", wire.Nothing),
    Op("POST", "/desk/v1/sentinels/{who}/activate", activate, ADMIN, "Activate", wire.Nothing),
    Op("POST", "/desk/v1/sentinels/{who}/deactivate", deactivate, ADMIN, "Deactivate", wire.Nothing),
)
