"""`/desk/v1/deliveries`: messages on their way out, and sending them again."""

from __future__ import annotations

import re
from datetime import datetime

from aiohttp import web

from api import wires
from api.answers import answer
from api.body import json_object, json_object_if_any
from api.desk import translate, wire
from api.instants import instant
from api.ops import ADMIN, Call, Op
from api.problems import Problem, Refused, fault
from api.queries import number, parameter, reference
from approvals.errors import RequestNotFound
from approvals.model import RequestId
from approvals.outbox import STATES, Among, Carrier

USUAL, MOST = 100, 1_000
LONGEST_URL = 2_048

_ID = re.compile(r"msg_[0-9a-f]{32}")


async def listing(call: Call) -> web.Response:
    """Deliveries, newest first: by state, receiver, request and time."""
    state, carrier = parameter(call, "state"), parameter(call, "carrier")
    if state is not None and state not in STATES:
        raise fault("state", "is unknown", f"send one of {', '.join(STATES)}")
    if carrier is not None and carrier not in set(Carrier):
        raise fault("carrier", "is unknown", f"send one of {', '.join(Carrier)}")
    limit = number(call, "limit", USUAL, MOST)
    among = Among(
        state=state,
        carrier=None if carrier is None else Carrier(carrier),
        url=parameter(call, "url", LONGEST_URL),
        endpoint=parameter(call, "endpoint"),
        request_id=await _request(call, parameter(call, "request")),
        since=_time("since", parameter(call, "since")),
        until=_time("until", parameter(call, "until")),
    )
    found = await call.desk.outbox.listing(call.key.project, limit=limit, **among)
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


async def replay_many(call: Call) -> web.Response:
    """Send callbacks and webhooks again, those to one receiver or of a span of time; never all by mistake."""
    asked = wires.read(wire.Replay, (await json_object(call)).value)
    among = Among(
        state=asked.state,
        carrier=Carrier.HTTP,
        url=wires.filled(asked.url),
        endpoint=wires.filled(asked.endpoint),
        request_id=await _request(call, asked.request),
        since=_time("since", asked.since),
        until=_time("until", asked.until),
    )
    if not any(value for name, value in among.items() if name != "carrier"):
        fix = "send endpoint, url, request, state, since or until"
        raise fault("body", "does not say which deliveries", fix)
    warnings = wires.unknown(asked)
    told = {"replayed": await call.desk.outbox.replay_among(call.key.project, **among)}
    return answer({**told, "warnings": warnings} if warnings else told)


async def _request(call: Call, named: str | None) -> RequestId | None:
    if named is None:
        return None
    try:
        return (await call.desk.requests.request(call.key.project, reference(named))).id
    except RequestNotFound:
        raise fault("request", "names no request of this project", "send its id in any form") from None


def _time(name: str, text: str | None) -> datetime | None:
    return None if text is None else instant(name, text)


_ALL = "/desk/v1/deliveries"

OPS = (
    Op("GET", _ALL, listing, ADMIN, "Callbacks, webhooks and Slack messages"),
    Op("POST", f"{_ALL}/replay", replay_many, ADMIN, "Send deliveries again", wire.Replay),
    Op("POST", f"{_ALL}/{{id}}/replay", replay, ADMIN, "Send a delivery again", wire.Nothing),
)
