"""What a modal remembers between opening and submitting. It routes; it never gives authority."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from approvals.model import RequestId


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


def routing(private_metadata: str) -> Routing | None:
    """Read it back; None where it is not ours."""
    try:
        return Routing(**json.loads(private_metadata))
    except (TypeError, ValueError):
        return None
