"""The record of everything said across the line, in both directions, for assertions and the log."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from workspace.wire import Json

KEPT = 5_000
SECRET_KEYS = frozenset({"token", "client_secret", "code", "refresh_token", "access_token", "id_token"})


@dataclass
class Call:
    """One exchange. `way` is "api" (app to workspace), "delivery" (workspace to app) or "response_url".

    `name` is the method or delivery type, `error` Slack's code or the delivery's fault.
    """

    id: int
    at: float
    way: str
    name: str
    team: str = ""
    channel: str = ""
    user: str = ""
    ok: bool = True
    status: int = 200
    error: str = ""
    messages: list[str] = field(default_factory=list)
    sent: Any = None
    answer: Any = None
    headers: Json = field(default_factory=dict)
    millis: float = 0.0
    fault: str = ""

    def shown(self) -> Json:
        """The call as JSON."""
        return dict(vars(self))


class Record:
    """The newest calls, oldest first, with running totals that never forget."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=KEPT)
        self.total = 0
        self.refused = 0

    def begin(self, at: float, way: str, name: str, **facts: Any) -> Call:
        """Note a call that has begun; its outcome is written into the returned object."""
        self.total += 1
        call = Call(self.total, at, way, name, **facts)
        self._calls.append(call)
        return call

    def refuse(self, call: Call, error: str, status: int = 200, messages: list[str] | None = None) -> None:
        """Mark a call as refused or failed."""
        call.ok, call.error, call.status, call.messages = False, error, status, messages or []
        self.refused += 1

    def calls(self, since: int = 0, **wanted: Any) -> Iterator[Call]:
        """The calls after id `since` whose facts equal those `wanted`."""
        for call in self._calls:
            if call.id > since and all(getattr(call, key) == value for key, value in wanted.items()):
                yield call

    def clear(self) -> None:
        self._calls.clear()


def redacted(value: Any) -> Any:
    """A copy without secrets."""
    if isinstance(value, dict):
        return {k: "(secret)" if k in SECRET_KEYS else redacted(v) for k, v in value.items()}
    if isinstance(value, list):
        return [redacted(item) for item in value]
    return value
