"""Humancheck: `/reviews`, `/stats`, and the dialect as it is mounted."""

from __future__ import annotations

import orjson
from aiohttp import web

from api import callback_urls, coverage, wires
from api.answers import answer, replayed
from api.body import json_object
from api.dialects.humancheck import translate
from api.dialects.humancheck.wire import CreateReview, Decide, Feedback
from api.holding import Patience, held, patience
from api.idempotency import promise
from api.ops import ASK, DECIDE, READ, Call, Mount, Op
from api.people import spoken_for
from api.problems import fault
from api.queries import number, parameter, reference, unread
from approvals import commands
from approvals.ids import RequestRef
from approvals.model import ApprovalRequest, Door, Roster
from approvals.ports import Listing

USUAL_SIZE = 20
LARGEST_SIZE = 100
LAST_PAGE = 1_000_000


async def create(call: Call) -> web.Response:
    """Ask for a review; with `blocking` the answer comes with the decision."""
    body = await json_object(call)
    asked = wires.read(CreateReview, body.value)
    callback_urls.check(call, asked.callback_url)

    def render(request: ApprovalRequest, roster: Roster) -> bytes:
        return orjson.dumps(translate.created(request, _warnings(asked, request, roster)))

    command = translate.submit(asked, await _roster(call), call.key.caller, promise(call, body, render))
    done = await call.desk.approvals.submit(command)
    call.about(done.request)
    warnings = _warnings(asked, done.request, done.roster)
    if asked.blocking:
        return await _decided(call, done.request, warnings)
    if done.replay is not None:
        return replayed(done.replay, 201)
    return answer(translate.created(done.request, warnings), 201)


async def read(call: Call) -> web.Response:
    """One review."""
    return answer(translate.review(await _held(call)))


async def decision(call: Call) -> web.Response:
    """The decision, null until there is one."""
    return answer(translate.decision(await _held(call)))


async def listing(call: Call) -> web.Response:
    """Reviews, newest first, by `status`, `task_type` and `framework`."""
    page, size = number(call, "page", 1, LAST_PAGE), number(call, "page_size", USUAL_SIZE, LARGEST_SIZE)
    asked = Listing(
        size,
        offset=(page - 1) * size,
        outcomes=_outcomes(call),
        title=parameter(call, "task_type"),
        framework=parameter(call, "framework"),
    )
    total = await call.desk.requests.count(call.key.project, asked)
    beyond = asked.offset >= total
    found = [] if beyond else await call.desk.requests.listing(call.key.project, asked)
    reviews = [translate.review(request) for request in found]
    warnings = unread(call, "status", "task_type", "framework", "page", "page_size")
    said = {"warnings": warnings} if warnings else {}
    return answer({"reviews": reviews, "total": total, "page": page, "page_size": size, **said})


async def decide(call: Call) -> web.Response:
    """Approve, reject or modify in the name of a Sentinel; the answer is the decision."""
    body = await json_object(call)
    asked = wires.read(Decide, body.value)
    sentinel = spoken_for(await _roster(call), call.key, asked.reviewer_id, "reviewer_id")
    warnings = wires.unknown(asked)

    def render(request: ApprovalRequest, roster: Roster) -> bytes:
        return orjson.dumps(translate.decided(request, warnings))

    command = commands.Decide(
        call.key.project,
        _review(call),
        sentinel.id,
        translate.VERDICTS[asked.decision_type],
        Door.API,
        asked.notes,
        modified=asked.modified_action,
        lenient=True,
        idempotency=promise(call, body, render),
    )
    done = await call.desk.approvals.decide(command)
    if done.replay is not None:
        return replayed(done.replay)
    return answer(translate.decided(done.request, warnings))


async def feedback(call: Call) -> web.Response:
    """Say how good a decision was."""
    asked = wires.read(Feedback, (await json_object(call)).value)
    command = commands.Rate(call.key.project, _review(call), asked.rating, asked.comment, call.key.name)
    request = await call.desk.approvals.rate(command)
    told = translate.feedback(request, asked, call.desk.clock(), wires.unknown(asked))
    return answer(told, 201)


async def stats(call: Call) -> web.Response:
    """The project's reviews in numbers."""
    return answer(translate.totals(await call.desk.library.stats(call.key.project)))


async def _decided(call: Call, request: ApprovalRequest, warnings: list[str]) -> web.Response:
    """The review once it has ended; 408 where nobody decides in time. A repeated create waits on."""
    seconds = call.desk.config.blocking_s
    request = await held(call.desk, call.key.project, request.id, Patience(seconds))
    if request.state.terminal or call.desk.waiting.closed:
        return answer(translate.created(request, warnings), 201)
    response = answer(translate.timed_out(request, seconds, warnings), 408)
    response.headers["Location"] = f"{_ALL}/{request.number}"
    return response


def _warnings(asked: CreateReview, request: ApprovalRequest, roster: Roster) -> list[str]:
    return [*wires.unknown(asked), *coverage.warnings(request, roster)]


async def _held(call: Call) -> ApprovalRequest:
    return await held(call.desk, call.key.project, _review(call), patience(call.request))


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


_ALL, _ONE = "/reviews", "/reviews/{id}"

HUMANCHECK = Mount(
    "humancheck",
    (_ALL, "/stats"),
    translate.error,
    (
        Op("POST", _ALL, create, ASK, "Create a review", CreateReview, 201, creates=True, promises=True),
        Op("GET", _ALL, listing, READ, "List reviews"),
        Op("GET", _ONE, read, READ, "Get a review", tagged=True),
        Op("GET", f"{_ONE}/decision", decision, READ, "Get the decision", tagged=True),
        Op("POST", f"{_ONE}/decide", decide, DECIDE, "Approve, reject or modify", Decide, promises=True),
        Op("POST", f"{_ONE}/feedback", feedback, ASK, "Rate a decision", Feedback, 201),
        Op("GET", "/stats", stats, READ, "Totals", whole=True),
    ),
    keyless=True,
)
"""The dialect as it is mounted."""
