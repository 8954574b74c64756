"""`Idempotency-Key`: a client's promise that repeats are one request."""

from __future__ import annotations

from collections.abc import Callable

from api.body import Body
from api.ops import Call
from api.problems import fault
from approvals.commands import Idempotency
from approvals.model import ApprovalRequest, Roster

_HEADER = "Idempotency-Key"
_LONGEST = 255


def promise(call: Call, body: Body, render: Callable[[ApprovalRequest, Roster], bytes]) -> Idempotency | None:
    """What the client promised, None where it promised nothing.

    It holds for one key and one route with its path, and for bodies that say the same.
    `render` writes the answer that a repeat gets. Raises Refused (400).
    """
    keys = call.request.headers.getall(_HEADER, None)
    if keys is None:
        return None
    if len(keys) > 1 or not _fit(keys[0]):
        raise fault(_HEADER, "is not a key", f"send it once, as 1 to {_LONGEST} printable ASCII characters")
    scope = f"{call.key.id}:{call.op.method} {call.request.path}"
    return Idempotency(keys[0], scope, body.sha256(), render)


def _fit(key: str) -> bool:
    return 0 < len(key) <= _LONGEST and key.isascii() and key.isprintable()
