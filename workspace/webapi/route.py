"""`/api/{method}`: reads a call, checks token, scope and pace, answers, and records it all."""

from __future__ import annotations

import asyncio

from aiohttp import web

from workspace.faults import API_KINDS, Fault
from workspace.installations import APP_LEVEL, Grant
from workspace.pacing import FREE
from workspace.record import Call as Recorded
from workspace.record import redacted
from workspace.refusal import Refused
from workspace.severing import cut_short, severed
from workspace.space import Workspace
from workspace.webapi.arguments import Request, read
from workspace.webapi.method import Call, Method
from workspace.webapi.registry import METHODS
from workspace.wire import Json, encode

NO_TOKEN = Grant("none", "", ())


class WebApi:
    """The HTTP side of the Web API."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call, with whatever fault is due."""
        ws, name = self._ws, request.match_info["method"]
        if ws.out:
            return severed(request)
        call = ws.record.begin(ws.clock.now(), "api", name)
        started = asyncio.get_running_loop().time()
        try:
            answer, retry_after = await self._answer(request, name, call)
        finally:
            call.millis = (asyncio.get_running_loop().time() - started) * 1000
            ws.feed.add("call")
        if call.fault == "lost_answer":
            return severed(request)
        if call.fault == "cut":
            return await cut_short(request, encode(answer))
        return _respond(call.status, answer, retry_after)

    async def _answer(self, request: web.Request, name: str, recorded: Recorded) -> tuple[Json, int | None]:
        try:
            sent = await read(request)
            recorded.sent = redacted(sent.args)
            recorded.channel = str(sent.args.get("channel") or "")
            await self._fail_before(name, recorded)
            answer = self._call(name, sent, recorded)
        except Refused as refused:
            status = 429 if refused.retry_after else recorded.status
            self._ws.record.refuse(recorded, refused.error, status, refused.messages)
            recorded.answer = refused.body()
            return refused.body(), refused.retry_after
        recorded.answer = redacted(answer)
        return answer, None

    async def _fail_before(self, name: str, recorded: Recorded) -> None:
        fault = self._ws.faults.take(API_KINDS, name, recorded.channel)
        if fault is None:
            return
        recorded.fault = fault.kind
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        _refuse_for(fault, recorded)

    def _call(self, name: str, sent: Request, recorded: Recorded) -> Json:
        method = METHODS.get(name)
        if method is None:
            raise Refused("unknown_method", facts={"req_method": name})
        grant = self._grant(method, sent)
        call = Call(self._ws, sent.args, grant, sent.basic)
        # An organisation's token may ask who it is without saying where.
        granted = grant.installation
        if granted is not None:
            recorded.team = granted.team if method.tier == FREE else call.team
        self._ws.pacing.method(recorded.team or "app", name, method.tier, self._ws.clock.now())
        return method.answer(call)

    def _grant(self, method: Method, sent: Request) -> Grant:
        if not method.tokens:
            return NO_TOKEN
        grant = self._ws.installations.grant(sent.token, self._ws.clock.now())
        if grant.kind not in method.tokens:
            raise Refused("not_allowed_token_type")
        if grant.kind == APP_LEVEL and not sent.token_in_header:
            raise Refused("not_authed")
        if method.scopes and not set(method.scopes) & set(grant.scopes):
            provided = ",".join(grant.scopes)
            raise Refused("missing_scope", facts={"needed": method.scopes[0], "provided": provided})
        return grant


def _refuse_for(fault: Fault, recorded: Recorded) -> None:
    if fault.kind == "error":
        recorded.status = fault.status
        raise Refused("internal_error" if fault.status < 503 else "service_unavailable")
    if fault.kind == "ratelimited":
        raise Refused("ratelimited", retry_after=max(1, int(fault.seconds)))
    if fault.kind == "refuse":
        raise Refused(fault.error)


def _respond(status: int, answer: Json, retry_after: int | None) -> web.Response:
    headers = {"X-Slack-Req-Id": "local", "Cache-Control": "no-store"}
    if retry_after:
        headers["Retry-After"] = str(retry_after)
    return web.Response(
        body=encode(answer), status=status, content_type="application/json", charset="utf-8", headers=headers
    )
