"""What can be asked of the desk, each as a flow (see `exchange`): the one code path of both clients."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from sentinel_desk.drafts import Draft, body_of
from sentinel_desk.errors import Conflict, ConnectionFailed, DeskFailure, InvalidRequest, NotFound
from sentinel_desk.exchange import Exchange, Flow, Send, read
from sentinel_desk.models import Question, RequestFields
from sentinel_desk.vigil import Vigil

_REQUESTS = "/api/v1/requests"
_DESK = "/desk/v1/requests"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Listed(BaseModel):
    """One page of requests and where the next begins."""

    requests: tuple[RequestFields, ...]
    next_cursor: str | None = None


class _Asked(BaseModel):
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Flows:
    """The verbs. `timeout` bounds one call and `hold` one held answer, in seconds; `clock` is monotonic."""

    exchange: Exchange
    timeout: float
    hold: int
    clock: Callable[[], float]

    def create(self, draft: Draft) -> Flow[RequestFields]:
        """Ask. The same key and the same bytes at every try, so that it stays one request."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": draft.idempotency_key}
        send = Send("POST", _REQUESTS, self.timeout, headers=headers, body=draft.body)
        return read(RequestFields, (yield from self.exchange.call(send)))

    def get(self, request_id: str) -> Flow[RequestFields]:
        """How a request stands. Raises NotFound."""
        send = Send("GET", _at(_REQUESTS, request_id), self.timeout)
        return read(RequestFields, (yield from self.exchange.call(send)))

    def listing(self, **filters: str | None) -> Flow[Listed]:
        """Requests of the project, newest first; filters that are None do not count."""
        given = {name: text for name, text in filters.items() if text is not None}
        send = Send("GET", _REQUESTS, self.timeout, params=given)
        return read(Listed, (yield from self.exchange.call(send)))

    def questions(self, request_id: str) -> Flow[tuple[Question, ...]]:
        """What people asked about a request, in order."""
        send = Send("GET", _at(_DESK, request_id) + "/questions", self.timeout)
        return read(_Asked, (yield from self.exchange.call(send))).questions

    def answer(self, request_id: str, number: int, text: str) -> Flow[None]:
        """Answer a question. A repeat of an answer that has arrived is no error."""
        path = f"{_at(_DESK, request_id)}/questions/{number:d}/answer"
        try:
            yield from self.exchange.call(self._post(path, {"answer": text}))
        except (Conflict, InvalidRequest):
            asked = yield from self.questions(request_id)
            if (number, text.strip()) not in [(q.number, (q.answer or "").strip()) for q in asked]:
                raise

    def cancel(self, request_id: str) -> Flow[RequestFields]:
        """Take a request back. Raises Conflict where it has ended otherwise."""
        try:
            yield from self.exchange.call(self._post(_at(_DESK, request_id) + "/cancel", {}))
        except Conflict:
            stands = yield from self.get(request_id)
            if stands.outcome != "cancelled":
                raise
            return stands
        return (yield from self.get(request_id))

    def wait(self, request_id: str, timeout: float | None) -> Flow[RequestFields]:
        """Wait until the request has ended. Raises WaitTimeout."""
        vigil = self._vigil(request_id, timeout)
        while True:
            ended = yield from vigil.step()
            if ended is not None:
                return ended

    def news(
        self, request_id: str, known: int, timeout: float | None, left: float | None = None
    ) -> Flow[RequestFields | tuple[Question, ...]]:
        """The request once it has ended, or before that the questions numbered above `known`.

        `left` are the seconds of `timeout` that remain, all of them if None. Raises WaitTimeout.
        """
        vigil = self._vigil(request_id, timeout, known, left)
        while True:
            ended = yield from vigil.step()
            if ended is not None:
                return ended
            asked = yield from self._asked(request_id)
            fresh = tuple(question for question in asked if question.number > known)
            if fresh:
                return fresh

    def _vigil(
        self, request_id: str, timeout: float | None, known: int | None = None, left: float | None = None
    ) -> Vigil:
        path = _at(_REQUESTS, request_id)
        return Vigil(
            self.exchange, self.clock, self.timeout, self.hold, request_id, path, timeout, known, left
        )

    def _asked(self, request_id: str) -> Flow[tuple[Question, ...]]:
        # A service that speaks the dialect only has no questions, and an outage is the vigil's to survive.
        try:
            return (yield from self.questions(request_id))
        except (NotFound, ConnectionFailed, DeskFailure):
            return ()

    def _post(self, path: str, content: Mapping[str, Any]) -> Send:
        headers = {"Content-Type": "application/json"}
        return Send("POST", path, self.timeout, headers=headers, body=body_of(content))


def _at(root: str, request_id: str) -> str:
    # An id may come from a model: it must not reach another path.
    if not _ID.fullmatch(request_id):
        raise ValueError("a request's id has letters, digits, hyphens and underscores only")
    return f"{root}/{request_id}"
