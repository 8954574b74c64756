"""`/desk/v1/sentinels`: who there is, and their coming and going."""

from __future__ import annotations

from collections.abc import Mapping

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
from approvals.delegation import common_domain
from approvals.model import Json, Roster, Sentinel

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
    heir = None if delegate is None else delegate.id
    left = await call.desk.clockwork.set_away(
        SetAway(call.key.project, sentinel.id, until, heir, call.key.name)
    )
    warnings = [*wires.unknown(asked), *_idle(sentinel, delegate)]
    return _shown(left, warnings, {"delegate": delegate and translate.person(delegate)})


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


def _idle(leaving: Sentinel, delegate: Sentinel | None) -> list[str]:
    """Says so where nothing can pass to the delegate, who reviews nothing that the absent person does."""
    if delegate is None or common_domain(leaving, delegate):
        return []
    return [f"delegate: {delegate.name} reviews none of {leaving.name}'s domains and stands in for nothing"]


def _delegate(roster: Roster, who: str | int, leaving: Sentinel) -> Sentinel:
    delegate = named(roster, who, "delegate")
    if delegate.id == leaving.id:
        raise fault("delegate", "must be somebody else")
    return delegate


def _meant(call: Call, roster: Roster) -> Sentinel:
    """Whom the address names, by number or e-mail."""
    found = matching(roster, call.request.match_info["who"][:_LONGEST])
    if len(found) != 1:
        raise Refused(Problem(404, "sentinel_not_found", "No Sentinel of that number or e-mail exists here."))
    return found[0]


def _shown(sentinel: Sentinel, warnings: list[str], more: Mapping[str, Json] | None = None) -> web.Response:
    shown = {**translate.sentinel(sentinel), **(more or {})}
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
