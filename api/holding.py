"""Holding an answer back until a request has ended: `?wait=N` or `Prefer: wait=N`, in seconds."""

from __future__ import annotations

import asyncio
import re

from aiohttp import web

from api.parts import ApiDesk
from api.problems import fault
from approvals.ids import RequestRef
from approvals.model import ApprovalRequest, ProjectId

LONGEST_WAIT = 300
"""Seconds; whoever asks for more gets this."""

_PREFERENCE = re.compile(r"(?:^|,)\s*wait\s*=\s*\"?(\d{1,9})\"?\s*(?:[,;]|$)", re.IGNORECASE)


def patience(request: web.Request) -> int:
    """How many seconds the client wants to wait: 0 to LONGEST_WAIT. Raises Refused (400).

    A preference that cannot be read is ignored, as RFC 7240 wants it; a parameter is not.
    """
    asked = request.query.get("wait")
    if asked is None:
        found = _PREFERENCE.search(request.headers.get("Prefer", ""))
        asked = found[1] if found else "0"
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 9):
        raise fault("wait", "must be a whole number of seconds", f"0 to {LONGEST_WAIT}")
    return min(int(asked), LONGEST_WAIT)


async def held(desk: ApiDesk, project: ProjectId, ref: RequestRef, seconds: int) -> ApprovalRequest:
    """The request once it has ended or the seconds are over. Raises RequestNotFound.

    While it waits nothing is asked of the database; a client that goes away leaves nothing
    behind, and a process that stops lets everybody go with the state as it is.
    """
    request = await desk.requests.request(project, ref)
    if not seconds or request.state.terminal:
        return request
    end = desk.waiting.expect(request.id)
    try:
        # Read again: it may have ended before anybody was expected.
        request = await desk.requests.request(project, request.id)
        if request.state.terminal:
            return request
        await asyncio.wait((end,), timeout=seconds)
        if end.done() and not end.cancelled():
            return end.result()
        return await desk.requests.request(project, request.id)
    finally:
        end.cancel()
