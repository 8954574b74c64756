"""What holds for every route of every dialect: bodies are bounded, and no project sees another one's."""

from typing import Any

import pytest

from api.app import MOUNTS
from approvals import ids
from approvals.model import RequestId
from tests.api.bench import OTHER, Bench
from tests.api.test_bodies import READING, address, key_for, message
from tests.builders import a_submit, a_wanted

ABOUT_ONE = [
    (mount.name, op.method, op.path, min(op.scopes))
    for mount in MOUNTS
    for op in mount.ops
    if any(f"{root}/{{id}}" in op.path for root in ("requests", "reviews"))
] + [("humanlayer", method, "/ai-request?id={id}", "requests") for method in ("GET", "DELETE")]

BODIES: dict[str, Any] = {
    "/desk/v1/requests/{id}/decide": {"as": 1, "verdict": "approved"},
    "/desk/v1/requests/{id}/escalate": {"as": 1, "reasoning": "Too much."},
    "/desk/v1/requests/{id}/ask": {"as": 1, "question": "Which law?"},
    "/desk/v1/requests/{id}/questions/{number}/answer": {"answer": "Bill 25."},
    "/reviews/{id}/decide": {"reviewer_id": 1, "decision_type": "approve"},
    "/reviews/{id}/feedback": {"rating": 5},
    "/v1/reviews/{id}": {"priority": "high"},
}


@pytest.mark.parametrize(("name", "method", "path"), READING)
async def test_a_body_that_is_too_large_is_refused(bench: Bench, name: str, method: str, path: str) -> None:
    await bench.desk.approvals.submit(a_submit())
    key = await key_for(bench, name, path)
    for mark in ({}, {"Idempotency-Key": "one"}):
        body = b'{"x": "' + b"a" * bench.desk.config.max_body + b'"}'
        answer = await bench.call(method, address(path), key, data=body, headers=mark)
        assert answer.status == 413
        assert "262144 bytes" in message(name, await answer.json())


@pytest.mark.parametrize(("name", "method", "path", "scope"), ABOUT_ONE)
async def test_a_request_of_another_project_is_not_there(
    bench: Bench, name: str, method: str, path: str, scope: str
) -> None:
    mine = RequestId((await bench.desk.approvals.submit(a_submit())).request.id)
    await bench.people(a_wanted(1), project=OTHER)
    speaks_for = ("*",) if scope == "decide" else ()
    theirs = await bench.key(scope, project=OTHER, speaks_for=speaks_for)
    before = await bench.desk.requests.timeline(a_submit().caller.project, mine)
    for form in (mine, ids.humanapproval(mine), ids.hitl(mine), "1"):
        for more in ({}, {"Idempotency-Key": f"for {form}"}):
            where = path.replace("{id}", form).replace("{number}", "1")
            body = {} if method == "GET" else {"json": BODIES.get(path, {})}
            answer = await bench.call(method, where, theirs, headers={"Prefer": "wait=1", **more}, **body)
            said = await answer.text()
            assert answer.status == 404, (where, said)
            assert "supplier" not in said
    assert await bench.desk.requests.timeline(a_submit().caller.project, mine) == before
