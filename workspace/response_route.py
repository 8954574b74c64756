"""`/response/{token}`: where the app answers a gesture within 30 minutes, five times at most."""

from __future__ import annotations

from aiohttp import web

from workspace.answers import respond
from workspace.record import redacted
from workspace.refusal import Refused
from workspace.severing import severed
from workspace.space import Workspace
from workspace.wire import decode

STATUS = {"invalid_url": 404, "expired_url": 404, "used_url": 404}


class ResponseRoute:
    """Takes posts to response URLs."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws

    async def handle(self, request: web.Request) -> web.Response:
        """200 "ok", or the refusal as Slack words it in plain text."""
        ws = self._ws
        if ws.out:
            return severed(request)
        call = ws.record.begin(ws.clock.now(), "response_url", "response_url")
        try:
            place = ws.response_urls.look_up(request.match_info["token"], ws.clock.now())
            call.team, call.channel, call.user = place.team, place.channel, place.user
            answer = await _read(request)
            call.sent = redacted(answer)
            respond(ws, place, answer)
        except Refused as refused:
            status = STATUS.get(refused.error, 400)
            ws.record.refuse(call, refused.error, status, refused.messages)
            return web.Response(text=refused.error, status=status)
        finally:
            ws.feed.add("call")
        return web.Response(text="ok")


async def _read(request: web.Request) -> object:
    raw = await request.read()
    if request.content_type == "application/x-www-form-urlencoded":
        form = await request.post()
        raw = str(form.get("payload", "")).encode()
    try:
        return decode(raw)
    except ValueError as broken:
        raise Refused("invalid_payload") from broken
