"""What a modal remembers between opening and submitting. It routes; it never gives authority."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from approvals.model import RequestId, Verdict
from bot.payloads import thing, word


@dataclass(frozen=True, slots=True)
class Routing:
    """The request, the content version that the modal shows, the verdict that it is about, and the page."""

    request_id: RequestId
    content_version: int
    verdict: str | None = None
    page: int = 0

    def text(self) -> str:
        """As `private_metadata`, at most 3000 characters."""
        return json.dumps(asdict(self))


def remembered(private_metadata: str) -> Mapping[str, Any]:
    """What a view of ours remembers, whatever it is about; empty where it is none."""
    try:
        return thing(json.loads(private_metadata))
    except (ValueError, RecursionError):
        return {}


def routing(private_metadata: str) -> Routing | None:
    """Read it back; None where it is not ours."""
    read = remembered(private_metadata)
    if not read.keys() <= set(Routing.__slots__):
        return None
    request_id, version = word(read.get("request_id")), read.get("content_version")
    verdict, page = read.get("verdict"), read.get("page", 0)
    if request_id is None or type(version) is not int or type(page) is not int:
        return None
    if verdict is not None and verdict not in _VERDICTS:
        return None
    return Routing(RequestId(request_id), version, verdict, page)


_VERDICTS = [verdict.value for verdict in Verdict]
