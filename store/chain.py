"""The audit chain: each event of a project seals the one before it.

A link's hash is SHA-256 over a domain prefix, the hash before and the exact text of the
record, so that a reader needs no canonical form to check it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from approvals.events import Event, EventKind, RecordedEvent
from approvals.model import RequestId

_PREFIX = b"sentinel-desk/event/1\n"


@dataclass(frozen=True, slots=True)
class Link:
    """A sealed event: its place, its text and its hash."""

    n: int
    request_id: RequestId
    record: str
    hash: str


class BrokenChain(Exception):
    """The audit chain is broken at `n`: the record, its place or its hash is not what was written."""

    def __init__(self, n: int) -> None:
        super().__init__(f"the audit chain is broken at {n}")
        self.n = n


def seal(n: int, previous: str, event: Event) -> Link:
    """The link of `event` at place `n` after the hash `previous` ("" at the start)."""
    record = orjson.dumps(
        {
            "n": n,
            "kind": event.kind.value,
            "request": event.request_id,
            "at": event.at,
            "actor": event.actor,
            "data": event.data,
        },
        option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z,
    )
    return Link(n, event.request_id, record.decode(), _hash(previous, record))


def read(record: str, link_hash: str) -> RecordedEvent:
    """The event inside a link."""
    fields: dict[str, Any] = orjson.loads(record)
    event = Event(
        EventKind(fields["kind"]),
        RequestId(fields["request"]),
        datetime.fromisoformat(fields["at"]),
        fields["actor"],
        fields["data"],
    )
    return RecordedEvent(fields["n"], event, link_hash)


def verify(links: Iterable[tuple[int, str, str]], n: int = 0, previous: str = "") -> tuple[int, str]:
    """Check (n, record, hash) links that follow place `n` and hash `previous`; the new head.

    Raises BrokenChain with the first bad place.
    """
    for place, record, link_hash in links:
        intact = place == n + 1 and _hash(previous, record.encode()) == link_hash
        if not intact or orjson.loads(record)["n"] != place:
            raise BrokenChain(n + 1)
        n, previous = place, link_hash
    return n, previous


def _hash(previous: str, record: bytes) -> str:
    return hashlib.sha256(_PREFIX + previous.encode() + b"\n" + record).hexdigest()
