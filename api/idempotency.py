"""`Idempotency-Key`: a client's promise that repeats are one call.

A call that makes or decides a request keeps its promise in the transaction that does it. Every
other call that changes something claims the key first and keeps its answer afterwards, here, for
all routes alike: it is never carried out twice, and one that was interrupted is not tried again.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable

from aiohttp import web

from api.answers import replayed
from api.body import Body, json_object_if_any
from api.ops import Call
from api.problems import Problem, Refused, fault, problem_of, retry_after
from approvals.commands import Idempotency
from approvals.errors import IdempotencyConflict, StoreUnavailable
from approvals.model import ApprovalRequest, Roster
from approvals.ports import FirstAnswer

log = logging.getLogger(__name__)

_HEADER = "Idempotency-Key"
_LONGEST = 255
_UNDER_WAY = Problem(
    409,
    "idempotency_under_way",
    "A call with this Idempotency-Key is under way, or was interrupted; try again in a moment, or look at"
    " what it did and take a new key.",
    headers=retry_after(1.0),
)

_tasks: set[asyncio.Task[web.Response]] = set()


def promise(call: Call, body: Body, render: Callable[[ApprovalRequest, Roster], bytes]) -> Idempotency | None:
    """What the client promised, None where it promised nothing.

    It holds for one key and one route with its path, and for bodies that say the same.
    `render` writes the answer that a repeat gets. Raises Refused (400).
    """
    key = _promised(call)
    if key is None:
        return None
    scope = f"{call.key.id}:{call.op.method} {call.request.path}"
    return Idempotency(key, scope, body.sha256(), render)


async def once(call: Call) -> web.Response:
    """Carry a call out, or answer it as the first time. Raises Refused, and what the call raises."""
    if call.op.promises or call.op.method == "GET":
        return await call.op.handle(call)
    key = _promised(call)
    if key is None:
        return await call.op.handle(call)
    mark = (await json_object_if_any(call)).sha256()
    scope = f"{call.key.id}:{call.op.method} {call.request.path_qs}"
    first = await call.desk.promises.claim(call.key.project, scope, key, mark)
    if first is not None:
        return _again(call, key, mark, first)
    # To its end, even where the client goes away: whoever repeats it has to find how it went.
    task = asyncio.create_task(_first(call, scope, key))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return await asyncio.shield(task)


async def _first(call: Call, scope: str, key: str) -> web.Response:
    promises, project = call.desk.promises, call.key.project
    try:
        response = await call.op.handle(call)
    except Exception:
        await promises.drop(project, scope, key)
        raise
    body = response.body.decode() if isinstance(response.body, bytes) else ""
    answer = json.dumps({"status": response.status, "call": call.id, "body": body})
    try:
        await promises.keep(project, scope, key, answer)
    except StoreUnavailable:
        # It was carried out, and this client hears so; a repeat will hear that it was interrupted.
        log.warning("an answer could not be kept")
    return response


def _again(call: Call, key: str, mark: str, first: FirstAnswer) -> web.Response:
    if first.body_sha256 != mark:
        conflict = IdempotencyConflict(key, first.body_sha256, mark)
        raise Refused(problem_of(conflict, call.desk.clock()))
    if first.answer is None:
        raise Refused(_UNDER_WAY)
    told = json.loads(first.answer)
    response = replayed(told["body"].encode(), told["status"])
    response.headers["X-Request-Id"] = told["call"]
    return response


def _promised(call: Call) -> str | None:
    keys = call.request.headers.getall(_HEADER, None)
    if keys is None:
        return None
    if len(keys) > 1 or not _fit(keys[0]):
        raise fault(_HEADER, "is not a key", f"send it once, as 1 to {_LONGEST} printable ASCII characters")
    return keys[0]


def _fit(key: str) -> bool:
    return 0 < len(key) <= _LONGEST and key.isascii() and key.isprintable()
