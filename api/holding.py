"""Holding an answer back until a request has ended: `?wait=N` or `Prefer: wait=N`, in seconds.

With `questions_after=K` the answer comes as well once a Sentinel has asked the agent a question
numbered above K, so that one held call hears of both.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from api.parts import ApiDesk
from api.problems import fault
from approvals.events import RecordedEvent
from approvals.ids import RequestRef
from approvals.model import ApprovalRequest, ProjectId
from approvals.questions import latest

LONGEST_WAIT = 300
"""Seconds; whoever asks for more gets this."""

_PREFERENCE = re.compile(r"(?:^|,)\s*wait\s*=\s*\"?(\d{1,9})\"?\s*(?:[,;]|$)", re.IGNORECASE)


_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Patience:
    """For how many seconds a client waits, and after which question it wants to hear of the next one."""

    seconds: int
    questions_after: int | None = None


def patience(request: web.Request) -> Patience:
    """How long and for what the client wants to wait: 0 to LONGEST_WAIT. Raises Refused (400).

    A preference that cannot be read is ignored, as RFC 7240 wants it; a parameter is not.
    """
    asked = request.query.get("wait")
    if asked is None:
        found = _PREFERENCE.search(request.headers.get("Prefer", ""))
        asked = found[1] if found else "0"
    if not _NUMBER.fullmatch(asked):
        raise fault("wait", "must be a whole number of seconds", f"0 to {LONGEST_WAIT}")
    return Patience(min(int(asked), LONGEST_WAIT), questions_after(request))


def questions_after(request: web.Request) -> int | None:
    """The number of the last question that the client knows, if it says so. Raises Refused (400)."""
    known = request.query.get("questions_after")
    if known is None:
        return None
    if not _NUMBER.fullmatch(known):
        raise fault("questions_after", "must be the number of a question", "0 for all of them")
    return int(known)


async def held(desk: ApiDesk, project: ProjectId, ref: RequestRef, how: Patience) -> ApprovalRequest:
    """The request once it has ended or the seconds are over. Raises RequestNotFound.

    While it waits nothing is asked of the database; a client that goes away leaves nothing
    behind, and a process that stops lets everybody go with the state as it is.
    """
    if not how.seconds:
        return await desk.requests.request(project, ref)
    if how.questions_after is not None:
        return (await heard(desk, project, ref, how))[0]
    # The name under which it is waited for.
    known = ref if isinstance(ref, str) else (await desk.requests.request(project, ref)).id
    # Expected first, read then: an end between the two is not missed.
    end = desk.waiting.expect(known)
    try:
        request = await desk.requests.request(project, known)
        if request.state.terminal:
            return request
        await asyncio.wait((end,), timeout=how.seconds)
        if end.done() and not end.cancelled():
            return end.result()
        return await desk.requests.request(project, known)
    finally:
        end.cancel()


async def heard(
    desk: ApiDesk, project: ProjectId, ref: RequestRef, how: Patience
) -> tuple[ApprovalRequest, Sequence[RecordedEvent]]:
    """As `held`, with the timeline; a question numbered above `questions_after` ends the wait as well."""
    loop = asyncio.get_running_loop()
    end = loop.time() + how.seconds
    request = await desk.requests.request(project, ref)
    while True:
        change = desk.waiting.watch(request)
        try:
            request = await desk.requests.request(project, request.id)
            timeline = await desk.requests.timeline(project, request.id)
            news = request.state.terminal or latest(timeline) > (how.questions_after or 0)
            left = end - loop.time()
            if news or left <= 0 or desk.waiting.closed:
                return request, timeline
            await asyncio.wait((change,), timeout=left)
        finally:
            change.cancel()
