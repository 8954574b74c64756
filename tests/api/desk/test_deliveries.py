"""`/desk/v1/deliveries`: what became of messages, and sending them again."""

from datetime import timedelta
from typing import Any

import pytest

from approvals.model import RequestId
from approvals.outbox import Attempt, Carrier, Fate
from tests.api.bench import OTHER, Bench
from tests.builders import a_submit

FACTS = {
    "id",
    "carrier",
    "topic",
    "request_id",
    "url",
    "state",
    "attempt",
    "last_status",
    "last_error",
    "created_at",
    "due_at",
    "done_at",
}


async def told(bench: Bench, count: int) -> list[RequestId]:
    """So many requests that were cancelled, each of which has told its own receiver."""
    found = []
    for number in range(count):
        url = f"https://r{number}.example/hook?token=x"
        request = (await bench.desk.approvals.submit(a_submit(callback_url=url))).request
        await bench.call("DELETE", f"/ai-request?id={request.id}", await bench.key())
        found.append(request.id)
    return found


async def did(
    bench: Bench, method: str, path: str = "", body: Any = None, *, status: int = 200, key: str | None = None
) -> Any:
    """The answer to an administrator, which must have this status."""
    key = key or await bench.key("admin")
    answer = await bench.call(method, f"/desk/v1/deliveries{path}", key, json=body)
    assert answer.status == status, await answer.text()
    return await answer.json()


async def tried(bench: Bench, fate: Fate, status: int) -> None:
    """The first message that is due has been tried."""
    (delivery,) = await bench.store.outbox.claim(1, timedelta(minutes=1), Carrier.HTTP)
    error = None if fate is Fate.DELIVERED else "refused"
    assert await bench.store.outbox.complete(delivery, Attempt(fate, status, error), None)


async def test_they_are_listed_newest_first(bench: Bench) -> None:
    requests = await told(bench, 2)
    found = (await did(bench, "GET"))["deliveries"]
    assert [one["request_id"] for one in found] == requests[::-1]
    assert set(found[0]) == FACTS
    assert (found[0]["topic"], found[0]["state"], found[0]["attempt"]) == ("decision.rendered", "queued", 0)
    assert found[0]["created_at"] == "2026-11-23T15:00:00.000Z"


async def test_they_can_be_looked_for(bench: Bench) -> None:
    requests = await told(bench, 3)
    await tried(bench, Fate.DEAD, 500)
    await tried(bench, Fate.DELIVERED, 200)
    expected = {
        "?state=dead": requests[:1],
        "?state=delivered": requests[1:2],
        "?state=queued": requests[2:],
        "?url=https://r1.example/hook%3Ftoken%3Dx": requests[1:2],
        "?url=https://r1.example/": [],
        "?limit=2": requests[:0:-1],
        f"?request={requests[1]}": requests[1:2],
        "?carrier=http": requests[::-1],
        "?carrier=slack": [],
        "?endpoint=hook": [],
        "?since=2026-11-23T15:00:00Z": requests[::-1],
        "?until=2026-11-23T15:00:00Z": [],
    }
    for query, ids in expected.items():
        found = (await did(bench, "GET", query))["deliveries"]
        assert [one["request_id"] for one in found] == ids
    (dead,) = (await did(bench, "GET", "?state=dead"))["deliveries"]
    assert (dead["last_status"], dead["last_error"]) == (500, "refused")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=lost", "state"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=all", "limit"),
        (f"url={'x' * 2049}", "url"),
        ("url=%00", "url"),
        ("carrier=pigeon", "carrier"),
        ("since=yesterday", "since"),
        ("until=2026-11-23T15:00:00", "until"),
    ],
)
async def test_what_cannot_be_looked_for(bench: Bench, query: str, field: str) -> None:
    error = (await did(bench, "GET", f"?{query}", status=400))["error"]
    assert error["field"] == field


async def test_one_can_be_sent_again_under_the_same_id(bench: Bench) -> None:
    await told(bench, 1)
    before = bench.store.outbox.messages[0].delivery
    await tried(bench, Fate.DEAD, 500)
    answer = await did(bench, "POST", f"/{before.id}/replay")
    assert answer == {"id": before.id, "state": "queued"}
    (again,) = await bench.store.outbox.claim(9, timedelta(minutes=1))
    assert (again.id, again.body) == (before.id, before.body)


async def test_many_can_be_sent_again(bench: Bench) -> None:
    requests = await told(bench, 3)
    for _ in range(2):
        await tried(bench, Fate.DEAD, 500)
    assert await did(bench, "POST", "/replay", {"request": requests[0], "colour": 1}) == {
        "replayed": 1,
        "warnings": ["Unknown field 'colour' was ignored."],
    }
    assert await did(bench, "POST", "/replay", {"state": "dead"}) == {"replayed": 1}
    assert await did(bench, "POST", "/replay", {"until": "2026-11-23T15:00:00Z"}) == {"replayed": 0}
    assert await did(bench, "POST", "/replay", {"since": "2026-11-23T15:00:00Z"}) == {"replayed": 3}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"url": " ", "endpoint": ""}, "body"),
        ({"state": "lost"}, "state"),
        ({"since": "noon"}, "since"),
        ({"until": 5}, "until"),
    ],
)
async def test_never_all_by_mistake(bench: Bench, body: Any, field: str) -> None:
    assert (await did(bench, "POST", "/replay", body, status=400))["error"]["field"] == field


@pytest.mark.parametrize("named", ["msg_" + "0" * 32, "msg_1", "%00", "x" * 300])
async def test_no_such_delivery(bench: Bench, named: str) -> None:
    await told(bench, 1)
    error = (await did(bench, "POST", f"/{named}/replay", status=404))["error"]
    assert error["code"] == "delivery_not_found"


async def test_other_projects_stay_out_of_reach(bench: Bench) -> None:
    await told(bench, 1)
    theirs = await bench.key("admin", project=OTHER)
    assert await did(bench, "GET", key=theirs) == {"deliveries": []}
    mine = bench.store.outbox.messages[0].delivery.id
    await did(bench, "POST", f"/{mine}/replay", status=404, key=theirs)
    replayed = await did(bench, "POST", "/replay", {"since": "2026-01-01T00:00:00Z"}, key=theirs)
    assert replayed == {"replayed": 0}


@pytest.mark.parametrize("scope", ["requests", "decide", "consume"])
async def test_only_administrators(bench: Bench, scope: str) -> None:
    key = await bench.key(scope, **({"speaks_for": ("*",)} if scope == "decide" else {}))
    await did(bench, "GET", status=403, key=key)
    await did(bench, "POST", "/msg_1/replay", status=403, key=key)
