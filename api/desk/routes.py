"""`/desk/v1`: requests in canonical form and what people do with them."""

from __future__ import annotations

from collections.abc import Callable

import orjson
from aiohttp import web

from api import metrics, wires
from api.answers import answer, replayed
from api.body import json_object, json_object_if_any
from api.desk import deliveries, endpoints, people, translate, wire
from api.holding import Patience, heard, held, patience, questions_after
from api.idempotency import promise
from api.ops import ASK, DECIDE, READ, Call, Mount, Op
from api.people import named, spoken_for
from api.problems import fault
from api.queries import reference
from approvals import commands
from approvals.ids import RequestRef
from approvals.model import ApprovalRequest, Door, Json, Roster, Verdict
from approvals.service import Done


async def read(call: Call) -> web.Response:
    """A request in canonical form, its questions included."""
    request = await held(call.desk, call.key.project, _request(call), patience(call.request))
    timeline = await call.desk.requests.timeline(call.key.project, request.id)
    shown = translate.canonical(request, await _roster(call))
    return answer({**shown, "questions": translate.questions(timeline)})


async def decide(call: Call) -> web.Response:
    """Approve, reject or modify in the name of a Sentinel."""
    body = await json_object(call)
    asked = wires.read(wire.Decide, body.value)
    if asked.modified_action is not None and asked.verdict != "modified":
        raise fault("modified_action", "does not go with this verdict", "leave it out, or say modified")
    sentinel = spoken_for(await _roster(call), call.key, asked.who, "as")
    command = commands.Decide(
        call.key.project,
        _request(call),
        sentinel.id,
        Verdict(asked.verdict),
        Door.API,
        asked.reasoning,
        modified=asked.modified_action,
        shown=asked.content_version,
        idempotency=promise(call, body, _rendering(wires.unknown(asked))),
    )
    return await _done(call, await call.desk.approvals.decide(command), wires.unknown(asked))


async def escalate(call: Call) -> web.Response:
    """Send it up a tier in the name of a Sentinel."""
    body = await json_object(call)
    asked = wires.read(wire.Escalate, body.value)
    roster = await _roster(call)
    sentinel = spoken_for(roster, call.key, asked.who, "as")
    command = commands.Escalate(
        call.key.project,
        _request(call),
        sentinel.id,
        Door.API,
        asked.reasoning,
        None if asked.target is None else named(roster, asked.target, "target").id,
        promise(call, body, _rendering(wires.unknown(asked))),
    )
    return await _done(call, await call.desk.approvals.escalate(command), wires.unknown(asked))


async def cancel(call: Call) -> web.Response:
    """Take it back."""
    asked = wires.read(wire.Nothing, (await json_object_if_any(call)).value)
    command = commands.Cancel(call.key.project, _request(call), call.key.name)
    return await _shown(call, await call.desk.approvals.cancel(command), wires.unknown(asked))


async def ask(call: Call) -> web.Response:
    """Ask the agent instead of deciding."""
    asked = wires.read(wire.Ask, (await json_object(call)).value)
    sentinel = spoken_for(await _roster(call), call.key, asked.who, "as")
    command = commands.Ask(call.key.project, _request(call), sentinel.id, asked.question, Door.API)
    return await _shown(call, await call.desk.approvals.ask(command), wires.unknown(asked))


async def questions(call: Call) -> web.Response:
    """What was asked of the agent, and its answers; held back until there is a new one where asked for."""
    known, how = questions_after(call.request) or 0, patience(call.request)
    waited = Patience(how.seconds, known)
    request, timeline = await heard(call.desk, call.key.project, _request(call), waited)
    asked = [one for one in translate.questions(timeline) if one["number"] > known]
    return answer({"request_id": request.id, "state": request.state.value, "questions": asked})


async def reply(call: Call) -> web.Response:
    """The agent's answer to a question."""
    asked = wires.read(wire.Answer, (await json_object(call)).value)
    number = call.request.match_info["number"]
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise fault("number", "is not the number of a question", "GET the request's questions")
    command = commands.Answer(call.key.project, _request(call), int(number), asked.answer, call.key.name)
    return await _shown(call, await call.desk.approvals.answer(command), wires.unknown(asked))


async def explain(call: Call) -> web.Response:
    """Why it goes where it goes: every Sentinel with the reason."""
    request, considered = await call.desk.approvals.explain(
        call.key.project, _request(call), call.desk.clock()
    )
    return answer(translate.explained(request, considered))


async def timeline(call: Call) -> web.Response:
    """Everything that happened to it, oldest first."""
    request = await call.desk.requests.request(call.key.project, _request(call))
    events = await call.desk.requests.timeline(call.key.project, request.id)
    return answer({"request_id": request.id, "events": translate.record(events)})


def _request(call: Call) -> RequestRef:
    return reference(call.request.match_info["id"])


async def _roster(call: Call) -> Roster:
    return await call.desk.requests.roster(call.key.project)


async def _shown(call: Call, request: ApprovalRequest, warnings: list[str]) -> web.Response:
    return answer(_said(request, await _roster(call), warnings))


async def _done(call: Call, done: Done, warnings: list[str]) -> web.Response:
    if done.replay is not None:
        return replayed(done.replay)
    return await _shown(call, done.request, warnings)


def _rendering(warnings: list[str]) -> Callable[[ApprovalRequest, Roster], bytes]:
    return lambda request, roster: orjson.dumps(_said(request, roster, warnings))


def _said(request: ApprovalRequest, roster: Roster, warnings: list[str]) -> dict[str, Json]:
    shown = translate.canonical(request, roster)
    return {**shown, "warnings": warnings} if warnings else shown


_ONE = "/desk/v1/requests/{id}"

DESK = Mount(
    "desk",
    ("/desk/v1",),
    translate.error,
    (
        Op("GET", _ONE, read, READ, "A request in canonical form, in any form of its id", tagged=True),
        Op("POST", f"{_ONE}/decide", decide, DECIDE, "Approve, reject or modify", wire.Decide, promises=True),
        Op("POST", f"{_ONE}/escalate", escalate, DECIDE, "Send it up a tier", wire.Escalate, promises=True),
        Op("POST", f"{_ONE}/cancel", cancel, ASK, "Take it back", wire.Nothing),
        Op("POST", f"{_ONE}/ask", ask, DECIDE, "Ask the agent a question", wire.Ask),
        Op("GET", f"{_ONE}/questions", questions, READ, "Questions and answers"),
        Op("POST", f"{_ONE}/questions/{{number}}/answer", reply, ASK, "Answer a question", wire.Answer),
        Op("GET", f"{_ONE}/explain", explain, READ, "Why it goes where it goes"),
        Op("GET", f"{_ONE}/timeline", timeline, READ, "Everything that happened to it"),
        *people.OPS,
        *endpoints.OPS,
        *deliveries.OPS,
        *metrics.OPS,
    ),
)
"""Our own routes as they are mounted."""
