"""The record of one decision, stored in the transaction that decides."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import rfc8785

from approvals.canonical import canonical
from approvals.errors import InvalidField
from approvals.events import RecordedEvent
from approvals.model import ApprovalRequest, Decision, Json
from approvals.times import milliseconds

_HASHED = ("request_type", "domain", "jurisdiction", "title", "summary", "context", "action")


def payload_sha256(request: ApprovalRequest) -> str:
    """The hex SHA-256 of what the person was asked.

    Taken over the RFC 8785 form of an object with `request_type`, `domain`, `jurisdiction`,
    `title`, `summary`, `context` and `action` (null where absent), so that anybody who can
    read the request can compute it again. Raises InvalidField for what has no such form.
    """
    content: dict[str, Json] = {name: getattr(request, name) for name in _HASHED}
    try:
        return hashlib.sha256(canonical(content)).hexdigest()
    except (ValueError, RecursionError) as error:
        wrong = next(name for name, value in content.items() if not _sealable(value))
        raise InvalidField(wrong, "has no canonical form", "send great numbers as strings") from error


def _sealable(value: Json) -> bool:
    try:
        rfc8785.dumps(value)
    except (ValueError, RecursionError):
        return False
    return True


def evidence(
    request: ApprovalRequest, decision: Decision, timeline: Sequence[RecordedEvent]
) -> dict[str, Json]:
    """`{request_id, payload_sha256, verdict, decided_by, decided_at, events}`.

    `events` lists what stood on the record when it was decided: `n`, `kind`, `at`,
    `actor` and the audit chain's `hash` at each.
    """
    return {
        "request_id": request.id,
        "payload_sha256": payload_sha256(request),
        "verdict": decision.verdict.value,
        "decided_by": decision.by_email or decision.by_name,
        "decided_at": milliseconds(decision.at),
        "events": [
            {
                "n": recorded.n,
                "kind": recorded.event.kind.value,
                "at": milliseconds(recorded.event.at),
                "actor": recorded.event.actor,
                "hash": recorded.hash,
            }
            for recorded in timeline
        ],
    }
