"""The envelope of every answer and error of HITL.sh. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import orjson

from api.problems import Fault, Problem
from approvals import ids
from approvals.model import Json, RequestId
from approvals.times import seconds

_CODES = {
    "request_not_found": "review_not_found",
    "template_not_found": "template_not_found",
    "webhook_not_found": "webhook_not_found",
    "team_not_found": "team_not_found",
}
_BY_STATUS = {
    400: "validation_error",
    401: "unauthorized",
    403: "insufficient_permissions",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "validation_error",
    415: "validation_error",
    422: "conflict",
    429: "rate_limit_exceeded",
    503: "service_unavailable",
}
"""The reference's codes and ours; what the table does not know is `server_error`."""

# The core's names of fields -> this dialect's.
_FIELDS = {
    "expires_at": "due_date",
    "title": "content.text",
    "summary": "content.text",
    "context": "content",
    "domain": "content.metadata.domain",
    "jurisdiction": "content.metadata.jurisdiction",
}

_MILLISECONDS = re.compile(r"(T\d\d:\d\d:\d\d)\.\d{3}Z")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing; `number` counts from 1."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many come before it."""
        return (self.number - 1) * self.size

    def of(self, total: int) -> dict[str, Json]:
        """`meta.pagination` where there are `total` in all."""
        return {
            "page": self.number,
            "per_page": self.size,
            "total": total,
            "total_pages": -(-total // self.size),
        }


def success(
    data: Json,
    request_id: str,
    now: datetime,
    warnings: Sequence[str] = (),
    pagination: Mapping[str, Json] | None = None,
) -> dict[str, Json]:
    """`{"success": true, "data", "meta"}`; warnings and pagination only where there are any."""
    meta = _meta(request_id, now)
    if pagination is not None:
        meta["pagination"] = dict(pagination)
    if warnings:
        meta["warnings"] = list(warnings)
    return {"success": True, "data": data, "meta": meta}


def essence(body: bytes) -> bytes:
    """The data of a success as bytes, without what is said of the call."""
    return orjson.dumps(orjson.loads(body)["data"])


def error(problem: Problem, request_id: str, now: datetime) -> Mapping[str, Json]:
    """`{"success": false, "error": {"code", "message", "details"}, "meta"}`."""
    faults = [_renamed(fault) for fault in problem.faults]
    message = problem.message
    if faults != list(problem.faults):
        message = "; ".join(f"{fault.field} {fault.words}" for fault in faults)
    return {
        "success": False,
        "error": {
            "code": _code(problem),
            "message": _in_seconds(message),
            "details": _details(faults) if faults else _facts(problem),
        },
        "meta": _meta(request_id, now),
    }


def _code(problem: Problem) -> str:
    return _CODES.get(problem.code) or _BY_STATUS.get(problem.status, "server_error")


def _meta(request_id: str, now: datetime) -> dict[str, Json]:
    return {"request_id": request_id, "timestamp": seconds(now)}


def _renamed(fault: Fault) -> Fault:
    return replace(fault, field=_FIELDS.get(fault.field, fault.field))


def _details(faults: Sequence[Fault]) -> dict[str, Json]:
    """The first field to blame as the reference has it, and all of them where there are several."""
    told = [{"field": fault.field, "issue": fault.words} for fault in faults]
    return {**told[0], **({"errors": told} if len(told) > 1 else {})}


def _facts(problem: Problem) -> dict[str, Json]:
    facts = {name: _in_seconds(v) if isinstance(v, str) else v for name, v in problem.facts.items()}
    request_id = facts.pop("request_id", None)
    return facts if request_id is None else {"review_id": ids.hitl(RequestId(request_id)), **facts}


def _in_seconds(text: str) -> str:
    return _MILLISECONDS.sub(r"\1Z", text)
