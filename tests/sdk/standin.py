"""A strict stand-in for the desk: the Human Approval dialect as its reference shows it, and nothing else.

It holds answers back (`Prefer: wait`), knows `Idempotency-Key` and `external_id`, and can be told to fail.
"""

import asyncio
import hashlib
import itertools
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

KEY = "sd_live_standin_key"
FIELDS = {"title", "description", "external_id", "payload", "expires_at", "callback_url"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Fault = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Seen:
    """One call as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class StandIn:
    """What the desk knows, and what it shall do wrong next."""

    requests: dict[str, dict[str, Any]] = field(default_factory=dict)
    questions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    promised: dict[str, tuple[str, web.Response]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    held: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    url: str = ""
    key: str = KEY
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _released: int = 0

    async def decide(self, request_id: str, verdict: str, note: str | None = None, **more: Any) -> None:
        """End a request as a person would."""
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        words = {"status": verdict, "decided_at": at, "decided_by_id": "user_1", "decision_note": note}
        await self._change(request_id, {k: v for k, v in (words | more).items() if v is not None})

    async def expire(self, request_id: str) -> None:
        """Let the deadline pass."""
        await self._change(request_id, {"status": "expired"})

    async def ask(self, request_id: str, question: str) -> None:
        """Ask the agent something."""
        asked = self.questions.setdefault(request_id, [])
        asked.append({"number": len(asked) + 1, "question": question, "asked_by": "Marie", "answer": None})

    async def release(self) -> None:
        """Let every held answer go as it is, as a process that stops does."""
        async with self.changed:
            self._released += 1
            self.changed.notify_all()

    async def until_held(self, count: int) -> None:
        """Wait until that many answers are being held back."""
        async with self.changed:
            await asyncio.wait_for(self.changed.wait_for(lambda: self.held == count), 10)

    async def _change(self, request_id: str, changes: dict[str, Any]) -> None:
        async with self.changed:
            self.requests[request_id].update(changes)
            self.changed.notify_all()

    def app(self) -> web.Application:
        """The desk as an application."""
        app = web.Application(middlewares=[self._door])
        app.router.add_post("/api/v1/requests", self._create)
        app.router.add_get("/api/v1/requests", self._list)
        app.router.add_get("/api/v1/requests/{id}", self._get)
        app.router.add_get("/desk/v1/requests/{id}/questions", self._questions)
        app.router.add_post("/desk/v1/requests/{id}/questions/{n}/answer", self._answer)
        app.router.add_post("/desk/v1/requests/{id}/cancel", self._cancel)
        return app

    @web.middleware
    async def _door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        seen = Seen(request.method, request.path_qs, dict(request.headers), await request.read())
        self.seen.append(seen)
        if self.faults:
            return await self.faults.popleft()(request, handler)
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return refuse(401, "Invalid or missing API key")
        return await handler(request)

    async def _create(self, request: web.Request) -> web.Response:
        body = await request.read()
        wanted = json.loads(body)
        mark = hashlib.sha256(body).hexdigest()
        promise = request.headers.get("Idempotency-Key", "")
        if promise in self.promised:
            first, answer = self.promised[promise]
            return answer.__copy__() if first == mark else refuse(422, "another body under this key")
        answer = self._created(wanted)
        if promise and answer.status < 300:
            self.promised[promise] = mark, answer
        return answer.__copy__()

    def _created(self, wanted: dict[str, Any]) -> "Answer":
        if wanted.keys() - FIELDS:
            return refuse(400, f"unknown: {sorted(wanted.keys() - FIELDS)}")
        if "payload" not in wanted:
            return refuse(400, "payload can't be blank", payload=["can't be blank"])
        if not isinstance(wanted["payload"], dict):
            return refuse(400, "payload is invalid", payload=["is invalid"])
        for known in self.requests.values():
            if "external_id" in wanted and known.get("external_id") == wanted["external_id"]:
                return self._again(known, wanted)
        request_id = f"req_{next(self.numbers):032x}"
        self.requests[request_id] = {
            "id": request_id,
            "status": "pending",
            **{name: wanted[name] for name in FIELDS - {"callback_url"} if name in wanted},
            "inserted_at": "2026-01-18T12:00:00Z",
        }
        return Answer(201, self.requests[request_id])

    def _again(self, known: dict[str, Any], wanted: dict[str, Any]) -> "Answer":
        if all(known.get(name) == wanted.get(name) for name in ("title", "description", "payload")):
            return Answer(200, known)
        return refuse(409, "external_id has already been taken", external_id=["has already been taken"])

    async def _get(self, request: web.Request) -> web.Response:
        found = self.requests.get(request.match_info["id"])
        if found is None:
            return refuse(404, "Request not found")
        await self._hold(found, int(request.headers.get("Prefer", "wait=0").removeprefix("wait=")))
        return Answer(200, found)

    async def _hold(self, found: dict[str, Any], seconds: int) -> None:
        round_ = self._released
        async with self.changed:
            self.held += 1
            self.changed.notify_all()
            try:
                async with asyncio.timeout(seconds):
                    await self.changed.wait_for(
                        lambda: found["status"] != "pending" or self._released != round_
                    )
            except TimeoutError:
                pass
            finally:
                self.held -= 1
                self.changed.notify_all()

    async def _list(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        after = int(asked.pop("cursor", "0"))
        found = [r for r in self.requests.values() if all(r.get(k) == v for k, v in asked.items())][::-1]
        rest = {"next_cursor": str(after + 2)} if found[after + 2 :] else {"next_cursor": None}
        return Answer(200, {"requests": found[after : after + 2], **rest})

    async def _questions(self, request: web.Request) -> web.Response:
        return Answer(200, {"questions": self.questions.get(request.match_info["id"], [])})

    async def _answer(self, request: web.Request) -> web.Response:
        question = self.questions[request.match_info["id"]][int(request.match_info["n"]) - 1]
        if question["answer"] is not None:
            fault = {"code": "invalid_field", "message": "was answered already", "field": "number"}
            return Answer(400, {"error": fault})
        question["answer"] = (await request.json())["answer"]
        return Answer(200, {})

    async def _cancel(self, request: web.Request) -> web.Response:
        request_id = request.match_info["id"]
        if self.requests[request_id]["status"] != "pending":
            return Answer(409, {"error": {"code": "already_ended", "message": "has already ended"}})
        await self._change(request_id, {"status": "rejected", "outcome": "cancelled"})
        return Answer(200, {})


class Answer(web.Response):
    """A JSON answer that can be given again."""

    def __init__(self, status: int, content: dict[str, Any]) -> None:
        super().__init__(
            text=json.dumps(content),
            status=status,
            content_type="application/json",
            headers={"X-Request-Id": "abc-1"},
        )
        self._content = content

    def __copy__(self) -> "Answer":
        return Answer(self.status, self._content)


def refuse(status: int, message: str, **errors: list[str]) -> Answer:
    """An error in the dialect's shape."""
    return Answer(status, {"error": message} | ({"errors": errors} if errors else {}))


def answering(status: int, headers: dict[str, str] | None = None, text: str = "{}") -> Fault:
    """Answer that, and do nothing."""

    async def fault(request: web.Request, handler: Handler) -> web.StreamResponse:
        return web.Response(status=status, headers=headers, text=text)

    return fault


async def lost_before(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Break the connection off before doing anything."""
    return _cut(request)


async def lost_after(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Do it, and break the connection off before the answer."""
    await handler(request)
    return _cut(request)


def _cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
