"""One call and its answer, without any socket: both clients drive the same generators.

A flow yields what it wants sent and is handed what came back; pauses are part of what it yields.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sentinel_desk.errors import APIError, ConnectionFailed, Refusal, UnreadableMessage, api_error
from sentinel_desk.retries import WORTH_RETRYING, Retries, retry_after


@dataclass(frozen=True, slots=True)
class Send:
    """A call to make, `after` seconds from now; `timeout` bounds each of its steps, in seconds."""

    method: str
    path: str
    timeout: float
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether it is a yes. A redirect is none: the key goes nowhere else."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer, and why."""

    why: str


T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
Flow = Generator[Send, Reply | Lost, T]


@dataclass(frozen=True, slots=True)
class Exchange:
    """How calls are made: what is worth another try, and when. `now` is timezone-aware."""

    retries: Retries
    now: Callable[[], datetime]
    dice: random.Random

    def call(self, send: Send) -> Flow[Reply]:
        """Make a call until it succeeds. Raises APIError or ConnectionFailed."""
        for failures in range(1, self.retries.attempts):
            answer = yield send
            pause = self.pause(answer, failures)
            if pause is None:
                return self.yes(answer)
            send = replace(send, after=pause)
        answer = yield send
        return self.yes(answer)

    def pause(self, answer: Reply | Lost, failures: int) -> float | None:
        """The seconds to wait before trying again, None where that is no use."""
        if isinstance(answer, Lost):
            return self.retries.pause(failures, None, self.dice)
        asked = retry_after(answer.headers, self.now())
        worth = answer.status in WORTH_RETRYING or (answer.status == 409 and asked is not None)
        if not worth or (asked or 0.0) > self.retries.longest_retry_after:
            return None
        return self.retries.pause(failures, asked, self.dice)

    def yes(self, answer: Reply | Lost) -> Reply:
        """The answer if it is a yes. Raises APIError or ConnectionFailed."""
        if isinstance(answer, Lost) or not answer.ok:
            raise self.failure(answer)
        return answer

    def failure(self, answer: Reply | Lost) -> APIError | ConnectionFailed:
        """The error that an answer other than a yes is."""
        return ConnectionFailed(answer.why) if isinstance(answer, Lost) else api_error(self._refusal(answer))

    def _refusal(self, reply: Reply) -> Refusal:
        said = _said(reply.body)
        detail = said.get("error")
        told = detail if isinstance(detail, dict) else {"message": detail}
        return Refusal(
            status=reply.status,
            message=_text(told.get("message")) or f"the desk answered {reply.status} without a reason",
            errors=_errors(said, told),
            code=_text(told.get("code")),
            request_id=reply.headers.get("x-request-id"),
            retry_after=retry_after(reply.headers, self.now()),
        )


def read(model: type[M], reply: Reply) -> M:
    """The answer as a model of it. Raises UnreadableMessage."""
    try:
        return model.model_validate(json.loads(reply.body))
    except ValidationError as error:
        blamed = ", ".join(".".join(map(str, wrong["loc"])) or "all of it" for wrong in error.errors())
        raise UnreadableMessage(f"the answer is not in the desk's words: {blamed}") from error
    except ValueError as error:
        raise UnreadableMessage(f"the answer ({reply.status}) is not JSON") from error


def _said(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _errors(said: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    errors = said.get("errors")
    if isinstance(errors, dict):
        return {name: tuple(map(str, e if isinstance(e, list) else [e])) for name, e in errors.items()}
    blamed = _text(told.get("field"))
    return {blamed: (str(told.get("message")),)} if blamed else {}
