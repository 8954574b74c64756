"""The forms of a request's id, one per dialect. All are computed from the canonical id and the number."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

from approvals.model import ApprovalRequest, RequestId

_PREFIXED = re.compile(r"(?:req|rev)_([0-9a-f]{32})")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")

RequestRef = RequestId | int
"""A request as somebody names it: the canonical id or the number within the project."""


def new_id() -> RequestId:
    """A fresh random canonical id."""
    return RequestId(str(uuid4()))


def parse(text: str) -> RequestRef | None:
    """Read any form: a UUID, `req_…`, `rev_…` or a number. None where it is no id at all."""
    if _NUMBER.fullmatch(text):
        return int(text)
    prefixed = _PREFIXED.fullmatch(text)
    if prefixed:
        return RequestId(str(UUID(prefixed[1])))
    try:
        canonical = str(UUID(text))
    except ValueError:
        return None
    return RequestId(canonical) if canonical == text.lower() else None


def humanapproval(request_id: RequestId) -> str:
    """`req_…`."""
    return "req_" + request_id.replace("-", "")


def hitl(request_id: RequestId) -> str:
    """`rev_…`."""
    return "rev_" + request_id.replace("-", "")


def forms(request: ApprovalRequest) -> dict[str, str | int]:
    """The request's id in every dialect."""
    return {
        "humanlayer": request.id,
        "humanapproval": humanapproval(request.id),
        "humancheck": request.number,
        "hitl": hitl(request.id),
    }
