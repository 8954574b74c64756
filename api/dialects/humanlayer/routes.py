"""API HumanLayer v1.0: one address, `/ai-request`, and what its methods do."""

from __future__ import annotations

import orjson
from aiohttp import web

from api import callback_urls, coverage, wires
from api.answers import answer, replayed
from api.body import json_object
from api.cursors import before, page
from api.dialects.humanlayer import translate
from api.dialects.humanlayer.wire import Create
from api.holding import held, patience
from api.idempotency import promise
from api.ops import ASK, READ, Call, Mount, Op
from api.problems import fault, missing
from api.queries import parameter, reference, unread
from api.templates import find
from api.wires import filled
from approvals.commands import Cancel
from approvals.library import Template
from approvals.model import ApprovalRequest, Roster, Sentinel
from approvals.ports import Listing

PAGE = 100
"""How many requests one listing holds: the reference's own maximum."""


async def create(call: Call) -> web.Response:
    """Submit a request."""
    body = await json_object(call)
    asked = wires.read(Create, body.value)
    callback_urls.check(call, asked.callback_url)
    warnings = wires.unknown(asked)

    def render(request: ApprovalRequest, roster: Roster) -> bytes:
        said = [*warnings, *coverage.warnings(request, roster)]
        return orjson.dumps(translate.created(request, roster.sentinel(request.assigned_to), said))

    template = await _template(call, filled(asked.template_id))
    command = translate.submit(asked, template, call.key.caller, promise(call, body, render))
    done = await call.desk.approvals.submit(command)
    call.about(done.request)
    if done.replay is not None:
        return replayed(done.replay)
    warnings += coverage.warnings(done.request, done.roster)
    return answer(translate.created(done.request, done.assignee, warnings))


async def read(call: Call) -> web.Response:
    """One request by `id`, or those of one agent by `agent_id`, newest first."""
    request_id, agent_id = parameter(call, "id"), parameter(call, "agent_id")
    if request_id is not None:
        return await _one(call, request_id)
    if agent_id is not None:
        return await _many(call, agent_id)
    raise missing("id or agent_id")


async def cancel(call: Call) -> web.Response:
    """Take a request back by its `id`."""
    request_id = parameter(call, "id")
    if request_id is None:
        raise missing("id")
    command = Cancel(call.key.project, reference(request_id), call.key.name)
    request = await call.desk.approvals.cancel(command)
    return answer(translate.cancelled(request, await _assignee(call, request)))


async def _one(call: Call, request_id: str) -> web.Response:
    request = await held(call.desk, call.key.project, reference(request_id), patience(call.request))
    return answer({"request": translate.shown(request, await _assignee(call, request))})


async def _many(call: Call, agent_id: str) -> web.Response:
    listing = Listing(PAGE + 1, before(parameter(call, "cursor")), agent_id=agent_id)
    found, cursor = page(await call.desk.requests.listing(call.key.project, listing), PAGE)
    roster = await call.desk.requests.roster(call.key.project)
    requests = [translate.shown(r, roster.sentinel(r.assigned_to)) for r in found]
    warnings = unread(call, "agent_id", "cursor", "wait", "questions_after")
    said = {"warnings": warnings} if warnings else {}
    return answer({"requests": requests, "next_cursor": cursor, **said})


async def _template(call: Call, named: str | None) -> Template | None:
    """The form in which the Sentinel answers, where the agent names one. Raises Refused (400)."""
    template = None if named is None else await find(call, named)
    if named is not None and template is None:
        raise fault("template_id", "names no template of this project", "leave it out, or make one")
    return template


async def _assignee(call: Call, request: ApprovalRequest) -> Sentinel | None:
    if request.assigned_to is None:
        return None
    return (await call.desk.requests.roster(call.key.project)).sentinel(request.assigned_to)


_PATH = "/ai-request"

HUMANLAYER = Mount(
    "humanlayer",
    (_PATH,),
    translate.error,
    (
        Op("POST", _PATH, create, ASK, "Submit a request", body=Create, creates=True, promises=True),
        Op("GET", _PATH, read, READ, "Check one request, or list those of an agent", tagged=True),
        Op("DELETE", _PATH, cancel, ASK, "Take a request back"),
    ),
)
"""The dialect as it is mounted."""
