"""`If-None-Match`: whoever knows how a request stands is told no more than that, in every dialect."""

import asyncio

import pytest

from approvals import ids
from approvals.model import RequestId
from tests.api.bench import Bench
from tests.builders import a_submit

PATHS = {
    "humanlayer": "/ai-request?id={canonical}",
    "humanapproval": "/api/v1/requests/{humanapproval}",
    "humancheck": "/reviews/{number}",
    "humancheck's decision": "/reviews/{number}/decision",
    "hitl": "/v1/reviews/{hitl}",
    "desk": "/desk/v1/requests/{canonical}",
}


async def asked(bench: Bench, door: str) -> str:
    """The address of a fresh request at one door."""
    request_id = RequestId((await bench.desk.approvals.submit(a_submit())).request.id)
    return PATHS[door].format(
        canonical=request_id,
        number=1,
        humanapproval=ids.humanapproval(request_id),
        hitl=ids.hitl(request_id),
    )


async def decided(bench: Bench) -> None:
    """Sentinel 1 approves request 1."""
    key = await bench.key("decide", speaks_for=("*",))
    answer = await bench.call(
        "POST", "/desk/v1/requests/1/decide", key, json={"as": 1, "verdict": "approved"}
    )
    assert answer.status == 200


@pytest.mark.parametrize("door", PATHS)
async def test_nothing_is_told_twice(bench: Bench, door: str) -> None:
    path, key = await asked(bench, door), await bench.key()
    first = await bench.call("GET", path, key)
    tag = first.headers["ETag"]
    assert (first.status, first.headers["Cache-Control"]) == (200, "private, no-cache")
    assert tag.startswith('W/"')
    again = await bench.call("GET", path, key, headers={"If-None-Match": tag})
    assert (again.status, await again.read(), again.headers["ETag"]) == (304, b"", tag)
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert again.headers["X-RateLimit-Limit"] == "1000"
    assert "Content-Type" not in again.headers
    await decided(bench)
    changed = await bench.call("GET", path, key, headers={"If-None-Match": tag})
    assert changed.status == 200
    assert changed.headers["ETag"] != tag


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        ("{tag}", 304),
        ("{strong}", 304),
        ('"other", {tag}', 304),
        ("*", 304),
        ('"other"', 200),
        ("other", 200),
        ('W/"', 200),
        ("", 200),
    ],
)
async def test_what_a_client_may_show(bench: Bench, shown: str, status: int) -> None:
    path, key = await asked(bench, "humanlayer"), await bench.key()
    tag = (await bench.call("GET", path, key)).headers["ETag"]
    header = shown.format(tag=tag, strong=tag.removeprefix("W/"))
    answer = await bench.call("GET", path, key, headers={"If-None-Match": header})
    assert answer.status == status


async def test_a_held_answer_ends_with_the_change(bench: Bench) -> None:
    path, key = await asked(bench, "humanlayer"), await bench.key()
    tag = (await bench.call("GET", path, key)).headers["ETag"]
    waiting = bench.call("GET", f"{path}&wait=60", key, headers={"If-None-Match": tag})
    held = asyncio.ensure_future(waiting)
    await bench.waiting.until(1)
    await decided(bench)
    assert (await held).status == 200


@pytest.mark.parametrize("door", PATHS)
async def test_an_error_has_no_tag(bench: Bench, door: str) -> None:
    path = await asked(bench, door)
    for key, status in [(None, 401), (await bench.key(project="other"), 404)]:  # type: ignore[arg-type]
        answer = await bench.call("GET", path, key, headers={"If-None-Match": "*"})
        assert (answer.status, answer.headers["Cache-Control"]) == (status, "no-store")
        assert "ETag" not in answer.headers
