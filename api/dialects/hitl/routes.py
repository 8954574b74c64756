"""HITL.sh: `/v1/reviews`, and the dialect as it is mounted."""

from __future__ import annotations

import orjson
from aiohttp import web

from api import callback_urls, coverage, wires
from api.answers import written
from api.body import json_object
from api.dialects.hitl import answers, assignees, envelope, teams, templates, translate, webhooks
from api.dialects.hitl.wire import CreateReview, UpdateReview
from api.holding import held, patience
from api.idempotency import promise
from api.ops import ASK, READ, Call, Mount, Op
from api.problems import fault
from api.queries import parameter, reference, unread
from approvals.commands import Cancel
from approvals.ids import RequestRef
from approvals.model import ApprovalRequest, Roster, SentinelId
from approvals.ports import Listing


async def create(call: Call) -> web.Response:
    """Ask for a review."""
    body = await json_object(call)
    asked = wires.read(CreateReview, body.value)
    callback_urls.check(call, asked.callback_url)
    template = await templates.of(call, asked.template_id)
    now = call.desk.clock()

    def render(request: ApprovalRequest, roster: Roster) -> bytes:
        doubts = coverage.warnings(request, roster)
        warnings = [*wires.unknown(asked), *assignees.unfit(request, roster), *doubts]
        return orjson.dumps(envelope.success(translate.created(request, roster), call.id, now, warnings))

    content, promised = body.value["content"], promise(call, body, render)
    command = translate.submit(asked, content, template, await _roster(call), call.key.caller, promised)
    done = await call.desk.approvals.submit(command)
    call.about(done.request)
    if done.replay is not None:
        return answers.again(done.replay, 201)
    return written(render(done.request, await _roster(call)), 201)


async def read(call: Call) -> web.Response:
    """One review."""
    request = await held(call.desk, call.key.project, _review(call), patience(call.request))
    return answers.said(call, translate.shown(request, await _roster(call)))


async def listing(call: Call) -> web.Response:
    """Reviews, newest first."""
    page, roster = answers.page(call), await _roster(call)
    asked = Listing(
        page.size,
        offset=page.offset,
        outcomes=_outcomes(call),
        template_id=parameter(call, "template_id"),
        assignee=_assignee(call, roster),
    )
    total = await call.desk.requests.count(call.key.project, asked)
    beyond = page.offset >= total
    found = [] if beyond else await call.desk.requests.listing(call.key.project, asked)
    reviews = [translate.shown(request, roster) for request in found]
    warnings = unread(call, "status", "template_id", "assignee", "page", "per_page")
    return answers.said(call, {"reviews": reviews}, warnings, page.of(total))


async def update(call: Call) -> web.Response:
    """Change a review that is open; its content only while nobody has started."""
    body = await json_object(call)
    asked = wires.read(UpdateReview, body.value)
    answers.check_changes(asked)
    before = await call.desk.requests.request(call.key.project, _review(call))
    content = body.value.get("content")
    command = translate.amend(asked, content, before, await _roster(call), call.key.project, call.key.name)
    request, roster = await call.desk.approvals.amend(command), await _roster(call)
    unfit = assignees.unfit(request, roster) if asked.assignees else []
    warnings = [*wires.unknown(asked), *translate.stays(content, request), *unfit]
    return answers.said(call, translate.shown(request, roster), warnings)


async def cancel(call: Call) -> web.Response:
    """Take a review back."""
    command = Cancel(call.key.project, _review(call), call.key.name)
    request = await call.desk.approvals.cancel(command)
    return answers.said(call, translate.shown(request, await _roster(call)))


def _review(call: Call) -> RequestRef:
    return reference(call.request.match_info["id"])


async def _roster(call: Call) -> Roster:
    return await call.desk.requests.roster(call.key.project)


def _outcomes(call: Call) -> frozenset[str] | None:
    status = parameter(call, "status")
    if status is None:
        return None
    if status not in translate.STATUSES:
        raise fault("status", "is unknown", f"send one of {', '.join(translate.STATUSES)}")
    return translate.STATUSES[status]


def _assignee(call: Call, roster: Roster) -> SentinelId | None:
    email = parameter(call, "assignee")
    if email is None:
        return None
    sentinel = assignees.by_email(roster, email)
    if sentinel is None:
        raise fault("assignee", "names nobody here", "send the e-mail of a Sentinel")
    return sentinel.id


_ALL, _ONE = "/v1/reviews", "/v1/reviews/{id}"

HITL = Mount(
    "hitl",
    ("/v1",),
    envelope.error,
    (
        Op("POST", _ALL, create, ASK, "Create a review", CreateReview, 201, creates=True, promises=True),
        Op("GET", _ALL, listing, READ, "List reviews"),
        Op("GET", _ONE, read, READ, "Get a review", tagged=True),
        Op("PATCH", _ONE, update, ASK, "Update a review", UpdateReview),
        Op("DELETE", _ONE, cancel, ASK, "Cancel a review"),
        *templates.OPS,
        *webhooks.OPS,
        *teams.OPS,
    ),
    essence=envelope.essence,
)
"""The dialect as it is mounted."""
