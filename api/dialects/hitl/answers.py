"""Answers in the envelope, and the pages of listings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
from aiohttp import web
from pydantic import BaseModel

from api.answers import answer, replayed
from api.dialects.hitl.envelope import Page, success
from api.ops import Call
from api.problems import Problem, Refused, fault
from api.queries import number
from approvals.model import Json

USUAL_SIZE = 20
LARGEST_SIZE = 100
LAST_PAGE = 1_000_000


def said(
    call: Call,
    data: Json,
    warnings: Sequence[str] = (),
    pagination: Mapping[str, Json] | None = None,
    status: int = 200,
) -> web.Response:
    """An answer to this call."""
    return answer(success(data, call.id, call.desk.clock(), warnings, pagination), status)


def again(body: bytes, status: int) -> web.Response:
    """The first answer once more, with the id that it bore."""
    response = replayed(body, status)
    response.headers["X-Request-Id"] = orjson.loads(body)["meta"]["request_id"]
    return response


def page(call: Call) -> Page:
    """Which page the query asks for. Raises Refused (400)."""
    return Page(number(call, "page", 1, LAST_PAGE), number(call, "per_page", USUAL_SIZE, LARGEST_SIZE))


def cut(call: Call, name: str, everything: Sequence[Json]) -> web.Response:
    """The page that the query asks for of a list that is known whole."""
    asked = page(call)
    shown = list(everything[asked.offset :][: asked.size])
    return said(call, {name: shown}, pagination=asked.of(len(everything)))


def check_changes(asked: BaseModel) -> None:
    """Raise Refused (400) where a PATCH holds nothing that it can change."""
    known = type(asked).model_fields
    if all(getattr(asked, name) is None for name in known):
        raise fault("body", "changes nothing", f"send {', '.join(known)}")


def not_found(kind: str) -> Refused:
    """No such template, webhook or team."""
    return Refused(Problem(404, f"{kind}_not_found", f"No {kind} of that id exists here."))
