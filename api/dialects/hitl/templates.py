"""`/v1/templates`: the forms in which reviews are answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from aiohttp import web

from api import wires
from api.body import json_object
from api.dialects.hitl import answers, events, fields
from api.dialects.hitl.wire import CreateTemplate, UpdateTemplate, unknown_in
from api.ops import READ, SET_UP, Call, Op
from api.problems import Problem, Refused, fault
from api.templates import find
from api.wires import filled
from approvals.library import Template

LONGEST_DESCRIPTION = 2_000
TRIES = 5


async def create(call: Call) -> web.Response:
    """Make a template."""
    asked = wires.read(CreateTemplate, (await json_object(call)).value)
    now = call.desk.clock()
    template = Template(
        id=f"template_{uuid4().hex}",
        project=call.key.project,
        name=asked.name,
        description=_description(asked.description),
        fields=fields.checked(asked.fields),
        version=1,
        created_at=now,
        updated_at=now,
    )
    await call.desk.library.put_template(template, ())
    warnings = [*wires.unknown(asked), *unknown_in(asked.fields)]
    return answers.said(call, events.template_shown(template), warnings, status=201)


async def read(call: Call) -> web.Response:
    """One template."""
    return answers.said(call, events.template_shown(await _meant(call)))


async def listing(call: Call) -> web.Response:
    """Templates, oldest first."""
    page = answers.page(call)
    found, total = await call.desk.library.templates(call.key.project, page.size, page.offset)
    shown = [events.template_shown(template) for template in found]
    return answers.said(call, {"templates": shown}, pagination=page.of(total))


async def update(call: Call) -> web.Response:
    """Change a template for the reviews to come; those that there are keep theirs."""
    asked = wires.read(UpdateTemplate, (await json_object(call)).value)
    answers.check_changes(asked)
    warnings = [*wires.unknown(asked), *unknown_in(asked.fields or ())]
    for _ in range(TRIES):
        before = await _meant(call)
        after = _changed(before, asked, call.desk.clock())
        if after == before or await _keep(call, after):
            return answers.said(call, events.template_shown(after), warnings)
    raise Refused(Problem(409, "conflict", "Others are changing this template; try again."))


async def delete(call: Call) -> web.Response:
    """Remove a template; reviews that were made with it keep their copy."""
    template = await _meant(call)
    if not await call.desk.library.delete_template(call.key.project, template.id):
        raise answers.not_found("template")
    return answers.said(call, {"id": template.id, "deleted": True})


async def of(call: Call, template_id: str | None) -> Template | None:
    """The template that a body names, None where it names none. Raises Refused (404)."""
    named = filled(template_id)
    return None if named is None else await _found(call, named)


def _changed(before: Template, asked: UpdateTemplate, now: datetime) -> Template:
    """The next version, or the same where nothing differs."""
    after = replace(
        before,
        name=before.name if asked.name is None else asked.name,
        description=before.description if asked.description is None else _description(asked.description),
        fields=before.fields if asked.fields is None else fields.checked(asked.fields),
    )
    return before if after == before else replace(after, version=before.version + 1, updated_at=now)


async def _keep(call: Call, template: Template) -> bool:
    roster = await call.desk.requests.roster(call.key.project)
    return await call.desk.library.put_template(template, events.template_updated(template, roster))


async def _meant(call: Call) -> Template:
    return await _found(call, call.request.match_info["id"])


async def _found(call: Call, template_id: str) -> Template:
    template = await find(call, template_id)
    if template is None:
        raise answers.not_found("template")
    return template


def _description(text: str | None) -> str | None:
    if text is not None and len(text) > LONGEST_DESCRIPTION:
        raise fault("description", f"must have at most {LONGEST_DESCRIPTION} characters")
    return text


_ALL, _ONE = "/v1/templates", "/v1/templates/{id}"

OPS = (
    Op("POST", _ALL, create, SET_UP, "Create a template", CreateTemplate, 201, creates=True),
    Op("GET", _ALL, listing, READ, "List templates"),
    Op("GET", _ONE, read, READ, "Get a template", tagged=True),
    Op("PATCH", _ONE, update, SET_UP, "Update a template", UpdateTemplate),
    Op("DELETE", _ONE, delete, SET_UP, "Delete a template"),
)
