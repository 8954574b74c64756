"""`/desk/v1/endpoints`: webhook endpoints of the project, whoever made them."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from api import hooks, wires
from api.answers import answer
from api.body import json_object, json_object_if_any
from api.desk import translate, wire
from api.ops import ADMIN, Call, Op
from api.problems import Problem, Refused
from approvals.applying import FILE, WantedEndpoint
from approvals.model import Dialect, Endpoint, Json
from approvals.subscriptions import EVENTS

SOURCE = "desk"
"""Who made it, as `Endpoint.source` has it."""


async def create(call: Call) -> web.Response:
    """Make an endpoint. Its secret is shown here and never again."""
    asked = wires.read(wire.CreateEndpoint, (await json_object(call)).value)
    dialect = Dialect(asked.dialect)
    events = EVENTS[dialect] if asked.events is None else hooks.events(asked.events, dialect)
    wanted = WantedEndpoint(hooks.address(call, asked.url), dialect, events)
    endpoint, secret = await call.desk.endpoints.create(call.key.project, wanted, SOURCE)
    return answer(_said({**translate.endpoint(endpoint), "secret": secret}, wires.unknown(asked)), 201)


async def listing(call: Call) -> web.Response:
    """Every endpoint of the project, without secrets."""
    return answer({"endpoints": [translate.endpoint(endpoint) for endpoint in await _all(call)]})


async def rotate(call: Call) -> web.Response:
    """A new secret; the one before signs beside it until the next rotation."""
    asked = wires.read(wire.Nothing, (await json_object_if_any(call)).value)
    endpoint = await _meant(call)
    secret = await call.desk.endpoints.rotate(call.key.project, endpoint.id)
    if secret is None:
        raise _not_found()
    return answer(_said({**translate.endpoint(endpoint), "secret": secret}, wires.unknown(asked)))


async def activate(call: Call) -> web.Response:
    """Switched on: it hears of what happens from now on, and its old failures count no more."""
    return await _set_active(call, True)


async def deactivate(call: Call) -> web.Response:
    """Switched off: nothing new is sent to it."""
    return await _set_active(call, False)


async def delete(call: Call) -> web.Response:
    """Remove an endpoint. One of `desk.yml` comes back with the next apply."""
    endpoint = await _meant(call)
    if not await call.desk.endpoints.delete(call.key.project, endpoint.id):
        raise _not_found()
    back = ["It stands in desk.yml and comes back with the next apply."] if endpoint.source == FILE else []
    return answer(_said({"id": endpoint.id, "deleted": True}, back))


async def _set_active(call: Call, active: bool) -> web.Response:
    asked = wires.read(wire.Nothing, (await json_object_if_any(call)).value)
    endpoint = await _meant(call)
    changed = await call.desk.endpoints.change(call.key.project, endpoint.id, active=active)
    if changed is None:
        raise _not_found()
    return answer(_said(translate.endpoint(changed), wires.unknown(asked)))


async def _all(call: Call) -> tuple[Endpoint, ...]:
    return (await call.desk.requests.roster(call.key.project)).endpoints


async def _meant(call: Call) -> Endpoint:
    named = call.request.match_info["id"]
    found = next((endpoint for endpoint in await _all(call) if endpoint.id == named), None)
    if found is None:
        raise _not_found()
    return found


def _not_found() -> Refused:
    return Refused(Problem(404, "endpoint_not_found", "No endpoint of that id exists here."))


def _said(facts: dict[str, Json], warnings: Sequence[str]) -> dict[str, Json]:
    return {**facts, "warnings": list(warnings)} if warnings else facts


_ALL, _ONE = "/desk/v1/endpoints", "/desk/v1/endpoints/{id}"

OPS = (
    Op("POST", _ALL, create, ADMIN, "Make a webhook endpoint", wire.CreateEndpoint, 201),
    Op("GET", _ALL, listing, ADMIN, "Every webhook endpoint"),
    Op("DELETE", _ONE, delete, ADMIN, "Remove a webhook endpoint"),
    Op("POST", f"{_ONE}/activate", activate, ADMIN, "Switch an endpoint on", wire.Nothing),
    Op("POST", f"{_ONE}/deactivate", deactivate, ADMIN, "Switch an endpoint off", wire.Nothing),
    Op("POST", f"{_ONE}/rotate", rotate, ADMIN, "Give an endpoint a new secret", wire.Nothing),
)
