"""`/v1/webhooks`: who hears of reviews and templates. Endpoints of `desk.yml` are not shown here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aiohttp import web

from api import hooks, wires
from api.body import json_object, json_object_if_any
from api.dialects.hitl import answers
from api.dialects.hitl.wire import CreateWebhook, Nothing, UpdateWebhook
from api.ops import SET_UP, Call, Op
from api.problems import Problem, Refused
from approvals.applying import WantedEndpoint
from approvals.model import Dialect, Endpoint, Json
from approvals.times import seconds

SOURCE = "hitl"
"""Who made it, as `Endpoint.source` has it."""

MOST = 50
"""Webhooks of one project made here; every event is told to each."""


async def create(call: Call) -> web.Response:
    """Make a webhook. Its secret is shown here and never again."""
    asked = wires.read(CreateWebhook, (await json_object(call)).value)
    wanted = WantedEndpoint(
        hooks.address(call, asked.url), Dialect.HITL, hooks.events(asked.events, Dialect.HITL)
    )
    if len(await _all(call)) >= MOST:
        raise Refused(Problem(409, "conflict", f"A project has at most {MOST} webhooks; delete one first."))
    endpoint, secret = await call.desk.endpoints.create(call.key.project, wanted, SOURCE)
    if asked.active is False:
        endpoint = await call.desk.endpoints.change(call.key.project, endpoint.id, active=False) or endpoint
    return await _said(call, endpoint, {"secret": secret}, wires.unknown(asked), 201)


async def read(call: Call) -> web.Response:
    """One webhook, without its secret."""
    return await _said(call, await _meant(call), {})


async def listing(call: Call) -> web.Response:
    """All webhooks, oldest first."""
    shown = [await _shown(call, endpoint) for endpoint in await _all(call)]
    shown.sort(key=lambda one: (one["created_at"], one["id"]))
    return answers.cut(call, "webhooks", shown)


async def update(call: Call) -> web.Response:
    """Change the address, the events, or whether it hears anything."""
    asked = wires.read(UpdateWebhook, (await json_object(call)).value)
    answers.check_changes(asked)
    endpoint = await call.desk.endpoints.change(
        call.key.project,
        (await _meant(call)).id,
        url=None if asked.url is None else hooks.address(call, asked.url),
        events=None if asked.events is None else hooks.events(asked.events, Dialect.HITL),
        active=asked.active,
    )
    if endpoint is None:
        raise answers.not_found("webhook")
    return await _said(call, endpoint, {}, wires.unknown(asked))


async def delete(call: Call) -> web.Response:
    """Remove a webhook. What is on its way to it is no longer signed, and so given up."""
    endpoint = await _meant(call)
    if not await call.desk.endpoints.delete(call.key.project, endpoint.id):
        raise answers.not_found("webhook")
    return answers.said(call, {"id": endpoint.id, "deleted": True})


async def rotate(call: Call) -> web.Response:
    """A new secret; the one before signs beside it until the next rotation."""
    asked = wires.read(Nothing, (await json_object_if_any(call)).value)
    endpoint = await _meant(call)
    secret = await call.desk.endpoints.rotate(call.key.project, endpoint.id)
    if secret is None:
        raise answers.not_found("webhook")
    return await _said(call, endpoint, {"secret": secret}, wires.unknown(asked))


async def _all(call: Call) -> list[Endpoint]:
    roster = await call.desk.requests.roster(call.key.project)
    return [endpoint for endpoint in roster.endpoints if endpoint.source == SOURCE]


async def _meant(call: Call) -> Endpoint:
    named = call.request.match_info["id"]
    found = next((endpoint for endpoint in await _all(call) if endpoint.id == named), None)
    if found is None:
        raise answers.not_found("webhook")
    return found


async def _said(
    call: Call, endpoint: Endpoint, secret: dict[str, str], warnings: Sequence[str] = (), status: int = 200
) -> web.Response:
    shown = await _shown(call, endpoint)
    return answers.said(call, {**shown, **secret}, warnings, status=status)


async def _shown(call: Call, endpoint: Endpoint) -> dict[str, Json]:
    dates = await call.desk.endpoints.dates(call.key.project, endpoint.id)
    made, changed = dates or (None, None)
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "events": list(endpoint.events),
        "active": endpoint.active,
        "created_at": _time(made),
        "updated_at": _time(changed),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else seconds(moment)


_ALL, _ONE = "/v1/webhooks", "/v1/webhooks/{id}"

OPS = (
    Op("POST", _ALL, create, SET_UP, "Create a webhook", CreateWebhook, 201, creates=True),
    Op("GET", _ALL, listing, SET_UP, "List webhooks"),
    Op("GET", _ONE, read, SET_UP, "Get a webhook"),
    Op("PATCH", _ONE, update, SET_UP, "Update a webhook", UpdateWebhook),
    Op("DELETE", _ONE, delete, SET_UP, "Delete a webhook"),
    Op("POST", f"{_ONE}/rotate", rotate, SET_UP, "Give a webhook a new secret", Nothing),
)
