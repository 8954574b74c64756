"""`/desk/v1/deliveries`: messages on their way out, and sending them again."""

from __future__ import annotations

import re

from aiohttp import web

from api import wires
from api.answers import answer
from api.body import json_object_if_any
from api.desk import translate, wire
from api.ops import ADMIN, Call, Op
from api.problems import Problem, Refused, fault
from api.queries import number, parameter
from approvals.outbox import STATES

USUAL, MOST = 100, 1_000
LONGEST_URL = 2_048

_ID = re.compile(r"msg_[0-9a-f]{32}")


async def listing(call: Call) -> web.Response:
    """Deliveries, newest first, by state and address."""
    state = parameter(call, "state")
    if state is not None and state not in STATES:
        raise fault("state", "is unknown", f"send one of {', '.join(STATES)}")
    found = await call.desk.outbox.listing(
        call.key.project,
        state=state,
        url=parameter(call, "url", LONGEST_URL),
        limit=number(call, "limit", USUAL, MOST),
    )
    return answer({"deliveries": [translate.delivery(row) for row in found]})


async def replay(call: Call) -> web.Response:
    """Send one again: the same id and the same bytes, so that its receiver knows it."""
    asked = wires.read(wire.Nothing, (await json_object_if_any(call)).value)
    delivery_id = call.request.match_info["id"]
    fits = _ID.fullmatch(delivery_id)
    if not fits or not await call.desk.outbox.replay(call.key.project, [delivery_id]):
        raise Refused(Problem(404, "delivery_not_found", "No delivery of that id exists here."))
    warnings = wires.unknown(asked)
    told = {"id": delivery_id, "state": STATES[0]}
    return answer({**told, "warnings": warnings} if warnings else told)


_ALL = "/desk/v1/deliveries"

OPS = (
    Op("GET", _ALL, listing, ADMIN, "Callbacks, webhooks and Slack messages"),
    Op("POST", f"{_ALL}/{{id}}/replay", replay, ADMIN, "Send a delivery again", wire.Nothing),
)
