"""Human Approval: `/api/v1/requests`."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from aiohttp import web

from api import callback_urls, coverage, intake, wires
from api.answers import answer, replayed
from api.body import json_object
from api.cursors import before, page
from api.dialects.humanapproval import translate
from api.dialects.humanapproval.wire import Create
from api.holding import held, patience
from api.idempotency import promise
from api.ops import ASK, READ, Call, Mount, Op
from api.problems import fault
from api.queries import parameter, reference, unread
from approvals.model import ApprovalRequest, Dialect, Json, Roster
from approvals.ports import Listing

PAGE = 100
"""How many requests one listing holds."""


async def create(call: Call) -> web.Response:
    """Submit a request: 201, or 200 with the first one where `external_id` names it already."""
    body = await json_object(call)
    asked = wires.read(Create, body.value)
    callback_urls.check(call, asked.callback_url)
    expires_at, warnings = translate.deadline(asked.expires_at)
    warnings += wires.unknown(asked)

    def render(request: ApprovalRequest, roster: Roster) -> bytes:
        return orjson.dumps(translate.created(request, [*warnings, *coverage.warnings(request, roster)]))

    idempotency = promise(call, body, render)
    command = translate.submit(asked, call.key.caller, await _intake(call), expires_at, idempotency)
    done = await call.desk.approvals.submit(command)
    call.about(done.request)
    if done.replay is not None:
        return replayed(done.replay, 201)
    if done.existing:
        said = {"warnings": warnings} if warnings else {}
        return answer({**translate.shown(done.request), **said})
    warnings += coverage.warnings(done.request, done.roster)
    return answer(translate.created(done.request, warnings), 201)


async def read(call: Call) -> web.Response:
    """One request."""
    ref = reference(call.request.match_info["id"])
    request = await held(call.desk, call.key.project, ref, patience(call.request))
    return answer(translate.shown(request))


async def listing(call: Call) -> web.Response:
    """Requests, newest first, by `external_id` and `status`."""
    asked = Listing(
        PAGE + 1,
        before(parameter(call, "cursor")),
        external_id=parameter(call, "external_id"),
        outcomes=_outcomes(call),
    )
    found, cursor = page(await call.desk.requests.listing(call.key.project, asked), PAGE)
    warnings = unread(call, "external_id", "status", "cursor")
    said = {"warnings": warnings} if warnings else {}
    return answer({"requests": [translate.shown(r) for r in found], "next_cursor": cursor, **said})


async def _intake(call: Call) -> Mapping[str, Json]:
    return intake.rules(await call.desk.requests.roster(call.key.project), Dialect.HUMANAPPROVAL)


def _outcomes(call: Call) -> frozenset[str] | None:
    status = parameter(call, "status")
    if status is None:
        return None
    if status not in translate.OUTCOMES:
        raise fault("status", "is unknown", f"send one of {', '.join(translate.OUTCOMES)}")
    return translate.OUTCOMES[status]


_PATH = "/api/v1/requests"

HUMANAPPROVAL = Mount(
    "humanapproval",
    ("/api/v1",),
    translate.error,
    (
        Op(
            "POST",
            _PATH,
            create,
            ASK,
            "Submit a request",
            body=Create,
            status=201,
            creates=True,
            promises=True,
        ),
        Op("GET", _PATH, listing, READ, "List requests"),
        Op("GET", f"{_PATH}/{{id}}", read, READ, "Check one request", tagged=True),
    ),
)
"""The dialect as it is mounted."""
