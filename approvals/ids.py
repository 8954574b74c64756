"""The forms of a request's id, one per dialect. All are computed from the canonical id and the number."""

from __future__ import annotations

import re
import secrets
from collections import deque
from datetime import datetime
from uuid import UUID

from approvals.model import ApprovalRequest, RequestId

_PREFIXED = re.compile(r"(?:req|rev)_([0-9a-f]{32})")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")

RequestRef = RequestId | int
"""A request as somebody names it: the canonical id or the number within the project."""


_RANDOM_BYTES = 10
_FETCHED = 256
_random: deque[bytes] = deque()
"""Random bytes that were fetched from the system and not used yet: one call for many ids."""


def new_id(now: datetime) -> RequestId:
    """A fresh canonical id."""
    return RequestId(str(UUID(fresh(now))))


def fresh(now: datetime) -> str:
    """32 hex digits that nobody can guess, those of a UUID of version 7 (RFC 9562).

    They begin with the time: what is made together stands together in every index, and a
    commit writes few pages.
    """
    milliseconds = int(now.timestamp() * 1000)
    noise = int.from_bytes(_noise())
    low = (0b10 << 62) | (noise & (1 << 62) - 1)
    return f"{(milliseconds << 16) | 0x7000 | (noise >> 62 & 0xFFF):016x}{low:016x}"


def _noise() -> bytes:
    while True:
        try:
            return _random.popleft()
        except IndexError:
            fetched = secrets.token_bytes(_RANDOM_BYTES * _FETCHED)
            starts = range(0, len(fetched), _RANDOM_BYTES)
            _random.extend(fetched[i : i + _RANDOM_BYTES] for i in starts)


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
