"""What tests of this dialect do again and again: make a template, ask for a review, answer it."""

import json
from pathlib import Path
from typing import Any

from approvals import commands, ids
from approvals.model import ApprovalRequest, Door, SentinelId, Verdict
from tests.api.bench import DEFAULT, Bench

FIXTURES = Path(__file__).parent / "fixtures"


def fixture(name: str) -> Any:
    """An example of the reference."""
    return json.loads((FIXTURES / f"{name}.json").read_text())


REVIEW: dict[str, Any] = {
    name: value for name, value in fixture("create_review").items() if name != "template_id"
}
"""The reference's review without its template."""

TEMPLATE: dict[str, Any] = fixture("create_template")


async def said(
    bench: Bench, method: str, path: str, key: str | None, body: Any = None, *, status: int = 200
) -> Any:
    """The whole answer, which must have this status, the envelope, and one request id."""
    answer = await bench.call(method, f"/v1/{path}", key, **({} if body is None else {"json": body}))
    words = await answer.json()
    assert answer.status == status, words
    assert words["success"] is (status < 400)
    assert list(words) == ["success", "data" if status < 400 else "error", "meta"]
    assert words["meta"]["request_id"] == answer.headers["X-Request-Id"]
    assert words["meta"]["timestamp"] == f"{bench.clock():%Y-%m-%dT%H:%M:%SZ}"
    return words


async def refused(
    bench: Bench, method: str, path: str, body: Any = None, *, status: int = 400, key: str | None = None
) -> Any:
    """The error of a call."""
    words = await said(bench, method, path, key or await bench.key(), body, status=status)
    assert list(words["error"]) == ["code", "message", "details"]
    return words["error"]


async def a_template(bench: Bench, key: str, **changes: Any) -> Any:
    """A template as it was answered: the reference's, with these changes."""
    return (await said(bench, "POST", "templates", key, {**TEMPLATE, **changes}, status=201))["data"]


async def a_review(bench: Bench, key: str, **changes: Any) -> Any:
    """A review as it was answered: the reference's, with these changes (`...` leaves one out)."""
    body = {name: value for name, value in {**REVIEW, **changes}.items() if value is not ...}
    return (await said(bench, "POST", "reviews", key, body, status=201))["data"]


async def seen(bench: Bench, key: str, review: Any) -> Any:
    """A review as it stands."""
    return (await said(bench, "GET", f"reviews/{review['id']}", key))["data"]


async def kept(bench: Bench, review: Any) -> ApprovalRequest:
    """The request behind a review."""
    ref = ids.parse(review["id"])
    assert ref is not None
    return await bench.store.request(DEFAULT, ref)


async def decided(bench: Bench, review: Any, verdict: str, **more: Any) -> ApprovalRequest:
    """Whoever has it decides in Slack, with these answers."""
    request = await kept(bench, review)
    by = more.pop("by", request.assigned_to)
    command = commands.Decide(DEFAULT, request.id, by, Verdict(verdict), Door.SLACK, **more)
    return (await bench.desk.approvals.decide(command)).request


async def started(bench: Bench, review: Any) -> None:
    """Whoever has it opens it."""
    request = await kept(bench, review)
    assert request.assigned_to is not None
    await bench.desk.approvals.start(commands.Start(DEFAULT, request.id, request.assigned_to))


async def escalated(bench: Bench, review: Any, by: int, why: str = "Above me.") -> None:
    """A Sentinel sends it up."""
    request = await kept(bench, review)
    command = commands.Escalate(DEFAULT, request.id, SentinelId(by), Door.SLACK, why)
    await bench.desk.approvals.escalate(command)
