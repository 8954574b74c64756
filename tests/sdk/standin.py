"""A strict stand-in for the desk: the Human Approval dialect as its reference shows it, and nothing else.

It can be made to say what a desk says of requests that came through another door.
"""

import asyncio
import hashlib
import itertools
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.sdk.front import Front

KEY = "sd_live_standin_key"
FIELDS = {"title", "description", "external_id", "payload", "expires_at", "callback_url", "requested_by"}
UNSEEN = {"callback_url", "requested_by"}


class StandIn(Front):
    """What the desk knows."""

    def __init__(self) -> None:
        super().__init__(KEY)
        self.requests: dict[str, dict[str, Any]] = {}
        self.questions: dict[str, list[dict[str, Any]]] = {}
        self._promised: dict[str, tuple[str, web.Response]] = {}
        self._numbers = itertools.count(1)
        self._stirred: dict[str, asyncio.Event] = {}
        self._routes: list[tuple[str, str, Any]] = [
            ("POST", "/api/v1/requests", self._create),
            ("GET", "/api/v1/requests", self._list),
            ("GET", "/api/v1/requests/{id}", self._get),
            ("GET", "/desk/v1/requests/{id}/questions", self._questions),
            ("POST", "/desk/v1/requests/{id}/questions/{n}/answer", self._answer_question),
            ("POST", "/desk/v1/requests/{id}/cancel", self._cancel),
        ]

    async def decide(self, request_id: str, verdict: str, note: str | None = None, **more: str) -> None:
        """End a request; `more` are words that only other doors bring about."""
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        said = {"decided_at": at, "decided_by_id": "user_1", "decision_note": note or f"{verdict}, then"}
        self._end(request_id, {"status": verdict, **said, **more})

    async def ask(self, request_id: str, question: str) -> None:
        """Ask the agent something."""
        asked = self.questions.setdefault(request_id, [])
        number = len(asked) + 1
        asked.append({"number": number, "question": question, "asked_by": "Marie Dupont", "answer": None})
        self._stir(request_id)

    async def made(self) -> list[dict[str, Any]]:
        """All requests, oldest first."""
        return list(self.requests.values())

    async def answer(self, request: web.Request, hold: bool = True) -> web.StreamResponse:
        """What the desk says."""
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return refuse(401, "Missing or invalid API key")
        for method, pattern, handler in self._routes:
            match = _match(pattern, request.path)
            if match is not None and method == request.method:
                seconds = int(request.headers.get("Prefer", "wait=0").removeprefix("wait="))
                answer: Answer = await handler(request, match, seconds if hold else 0)
                return answer
        return refuse(404, "Request not found")

    def _end(self, request_id: str, changes: dict[str, Any]) -> None:
        self.requests[request_id].update(changes)
        self._stir(request_id)

    def _stir(self, request_id: str) -> None:
        self._stirred[request_id].set()
        self._stirred[request_id] = asyncio.Event()

    async def _create(self, request: web.Request, match: dict[str, str], hold: int) -> "Answer":
        body = await request.read()
        mark, promise = hashlib.sha256(body).hexdigest(), request.headers["Idempotency-Key"]
        if promise in self._promised:
            first, answer = self._promised[promise]
            return answer.again() if first == mark else refuse(422, "another body under this key")
        answer = self._created(json.loads(body))
        if answer.status < 300:
            self._promised[promise] = mark, answer.again()
        return answer

    def _created(self, wanted: dict[str, Any]) -> "Answer":
        if wanted.keys() - FIELDS:
            return refuse(400, f"unknown: {sorted(wanted.keys() - FIELDS)}")
        if not isinstance(wanted.get("payload"), dict):
            issue = "is invalid" if "payload" in wanted else "can't be blank"
            return refuse(400, f"payload {issue}", payload=[issue])
        for known in self.requests.values():
            if "external_id" in wanted and known.get("external_id") == wanted["external_id"]:
                return _again(known, wanted)
        request_id = f"req_{next(self._numbers):032x}"
        self._stirred[request_id] = asyncio.Event()
        self.requests[request_id] = {
            "id": request_id,
            "status": "pending",
            **{name: value for name, value in wanted.items() if name not in UNSEEN},
            "inserted_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return Answer(201, self.requests[request_id])

    async def _get(self, request: web.Request, match: dict[str, str], hold: int) -> "Answer":
        found = self.requests.get(match["id"])
        if found is None:
            return refuse(404, "Request not found")
        known = request.query.get("questions_after")
        with suppress(TimeoutError):
            async with asyncio.timeout(hold):
                while found["status"] == "pending" and not self._asked_after(match["id"], known):
                    await self._stirred[match["id"]].wait()
        return Answer(200, found)

    def _asked_after(self, request_id: str, known: str | None) -> bool:
        return known is not None and len(self.questions.get(request_id, [])) > int(known)

    async def _list(self, request: web.Request, match: dict[str, str], hold: int) -> "Answer":
        asked = request.query.items()
        found = [r for r in self.requests.values() if all(r.get(name) == value for name, value in asked)]
        return Answer(200, {"requests": found[::-1], "next_cursor": None})

    async def _questions(self, request: web.Request, match: dict[str, str], hold: int) -> "Answer":
        if match["id"] not in self.requests:
            return refuse(404, "Request not found")
        return Answer(200, {"questions": self.questions.get(match["id"], [])})

    async def _answer_question(self, request: web.Request, match: dict[str, str], hold: int) -> "Answer":
        if self.requests[match["id"]]["status"] != "pending":
            return Answer(409, {"error": {"code": "already_ended", "message": "has already ended"}})
        question = self.questions[match["id"]][int(match["n"]) - 1]
        if question["answer"] is not None:
            fault = {"code": "conflict", "message": "was answered already", "field": "number"}
            return Answer(409, {"error": fault})
        question["answer"] = (await request.json())["answer"]
        return Answer(200, {})

    async def _cancel(self, request: web.Request, match: dict[str, str], hold: int) -> "Answer":
        if self.requests[match["id"]]["status"] != "pending":
            return Answer(409, {"error": {"code": "already_ended", "message": "has already ended"}})
        self._end(match["id"], {"status": "rejected", "outcome": "cancelled"})
        return Answer(200, {})


class Answer(web.Response):
    """A JSON answer that can be given again."""

    def __init__(self, status: int, content: dict[str, Any]) -> None:
        headers = {"X-Request-Id": "abc-1"}
        super().__init__(
            text=json.dumps(content), status=status, content_type="application/json", headers=headers
        )
        self._content = content

    def again(self) -> "Answer":
        """The same as a fresh answer."""
        return Answer(self.status, self._content)


def refuse(status: int, message: str, **errors: list[str]) -> Answer:
    """An error in the dialect's shape."""
    return Answer(status, {"error": message} | ({"errors": errors} if errors else {}))


def _again(known: dict[str, Any], wanted: dict[str, Any]) -> Answer:
    if all(known.get(name) == wanted.get(name) for name in ("title", "description", "payload")):
        return Answer(200, known)
    return refuse(409, "external_id has already been taken", external_id=["has already been taken"])


def _match(pattern: str, path: str) -> dict[str, str] | None:
    wanted, given = pattern.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    pairs = list(zip(wanted, given, strict=True))
    if any(w != g for w, g in pairs if not w.startswith("{")):
        return None
    return {w.strip("{}"): g for w, g in pairs if w.startswith("{")}
