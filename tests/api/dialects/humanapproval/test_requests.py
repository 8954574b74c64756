"""`/api/v1/requests` as the reference shows it, and what is ours beside it."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from approvals.applying import Wanted
from approvals.commands import Start
from approvals.model import Dialect, Domain, ProjectId, RequestId
from tests.api.bench import OTHER, Bench
from tests.builders import PROJECT, a_submit, a_wanted, hours

FIXTURES = Path(__file__).parent / "fixtures"
PATH = "/api/v1/requests"


def fixture(name: str) -> dict[str, Any]:
    """A body as the reference prints it."""
    words: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text())
    return words


async def created(bench: Bench, key: str, body: Any, status: int = 201) -> Any:
    """The answer to a create, which must have this status."""
    answer = await bench.call("POST", PATH, key, json=body)
    assert answer.status == status, await answer.text()
    return await answer.json()


async def found(bench: Bench, key: str, request_id: Any) -> Any:
    """One request."""
    answer = await bench.call("GET", f"{PATH}/{request_id}", key)
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def decided(bench: Bench, request_id: str, verdict: str, **more: Any) -> None:
    """Sentinel 1 decides."""
    key = await bench.key("decide", speaks_for=("*",))
    body = {"as": 1, "verdict": verdict, **more}
    answer = await bench.call("POST", f"/desk/v1/requests/{request_id}/decide", key, json=body)
    assert answer.status == 200, await answer.text()


@pytest.fixture
async def staffed(bench: Bench) -> Bench:
    """A desk whose Sentinel 1 takes everything that Human Approval's clients ask."""
    await bench.people(a_wanted(1, domains={"*"}), domains={"general": Domain("general")})
    return bench


async def test_a_create_answers_as_documented(staffed: Bench) -> None:
    words = await created(staffed, await staffed.key(), fixture("create"))
    documented = fixture("created")
    assert list(words) == list(documented)
    assert re.fullmatch(r"req_[0-9a-f]{32}", words.pop("id"))
    assert words == {
        **{name: fixture("create")[name] for name in ("title", "external_id", "payload", "expires_at")},
        "status": "pending",
        "inserted_at": "2026-11-23T15:00:00Z",
    }


@pytest.mark.parametrize("name", ["refund", "deployment"])
async def test_the_reference_s_own_examples(staffed: Bench, name: str) -> None:
    headers = {"Authorization": f"Bearer {await staffed.key()}"}
    answer = await staffed.call("POST", PATH, json=fixture(name), headers=headers)
    assert answer.status == 201
    words = await answer.json()
    assert {n: v for n, v in words.items() if n in fixture(name)} == fixture(name)


async def test_an_approval_reads_as_documented(staffed: Bench) -> None:
    key = await staffed.key()
    body = {n: v for n, v in fixture("create").items() if n not in {"description", "expires_at"}}
    request = await created(staffed, key, body)
    await decided(staffed, request["id"], "approved", reasoning="Looks good to me")
    words = await found(staffed, key, request["id"])
    assert list(words) == list(fixture("approved"))
    assert (words["status"], words["decision_note"]) == ("approved", "Looks good to me")
    assert words["decided_at"] == "2026-11-23T15:00:00Z"
    assert re.fullmatch(r"user_\w+", words["decided_by_id"])


async def test_what_was_not_given_is_left_out(staffed: Bench) -> None:
    key = await staffed.key()
    request = await created(staffed, key, {"payload": {}, "title": None, "expires_at": None})
    assert list(request) == ["id", "status", "payload", "inserted_at"]
    assert list(await found(staffed, key, request["id"])) == ["id", "status", "payload", "inserted_at"]


async def test_it_never_expires_unless_asked(staffed: Bench) -> None:
    await created(staffed, await staffed.key(), {"payload": {}})
    assert (await staffed.store.request(ProjectId("default"), 1)).expires_at is None


async def test_an_expired_request(staffed: Bench) -> None:
    key = await staffed.key()
    body = {"payload": {}, "expires_at": "2026-11-23T16:00:00Z"}
    request = await created(staffed, key, body)
    staffed.clock.advance(hours(1))
    await staffed.desk.clockwork.sweep(ProjectId("default"))
    words = await found(staffed, key, request["id"])
    assert words["status"] == "expired"
    assert not {"decided_at", "decided_by_id", "decision_note", "outcome"} & set(words)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"payload": ["can't be blank"]}),
        ({"payload": None}, {"payload": ["can't be blank"]}),
        ({"payload": "text"}, {"payload": ["is invalid"]}),
        ({"payload": [1]}, {"payload": ["is invalid"]}),
        ({"payload": {}, "expires_at": "soon"}, {"expires_at": ["is invalid"]}),
        ({"payload": {}, "expires_at": 5}, {"expires_at": ["is invalid"]}),
        ({"payload": {}, "expires_at": "2026-01-20T12:00:00Z"}, {"expires_at": ["must be in the future"]}),
        ({"payload": {}, "expires_at": "2026-01-20T12:00:00"}, {"expires_at": ["must be in the future"]}),
        ({"payload": {}, "title": 5}, {"title": ["is invalid"]}),
        ({"title": {}}, {"title": ["is invalid"], "payload": ["can't be blank"]}),
        ({"payload": {}, "callback_url": "http://x"}, {"callback_url": ["is invalid"]}),
        ({"payload": {"jurisdiction": "a\nb"}}, {"payload.jurisdiction": ["is invalid"]}),
    ],
)
async def test_what_is_wrong_is_named(staffed: Bench, body: Any, errors: Any) -> None:
    words = await created(staffed, await staffed.key(), body, status=400)
    assert words["errors"] == errors
    assert all(field in words["error"] for field in errors)


async def test_a_time_without_a_zone_is_utc_with_a_warning(staffed: Bench) -> None:
    body = {"payload": {}, "expires_at": "2026-11-24T12:00:00.123456"}
    words = await created(staffed, await staffed.key(), body)
    assert words["expires_at"] == "2026-11-24T12:00:00Z"
    assert "UTC" in words["warnings"][0]


async def test_an_external_id_names_one_request(staffed: Bench) -> None:
    key = await staffed.key()
    first = await created(staffed, key, fixture("create"))
    await decided(staffed, first["id"], "approved")
    later = {**fixture("create"), "expires_at": "2027-02-20T12:00:00Z"}
    again = await created(staffed, await staffed.key(), later, status=200)
    assert (again["id"], again["status"]) == (first["id"], "approved")
    changes: list[dict[str, Any]] = [{"title": "x"}, {"description": None}, {"payload": {"any": "other"}}]
    for change in changes:
        words = await created(staffed, key, {**fixture("create"), **change}, status=409)
        assert words["errors"] == {"external_id": ["has already been taken"]}
    elsewhere = await created(staffed, await staffed.key(project=OTHER), fixture("create"))
    assert elsewhere["id"] != first["id"]


async def test_many_at_once_under_one_external_id_are_one(staffed: Bench) -> None:
    key = await staffed.key()
    answers = await asyncio.gather(
        *(staffed.call("POST", PATH, key, json=fixture("create")) for _ in range(10))
    )
    assert sorted(answer.status for answer in answers) == [200] * 9 + [201]
    assert len({(await answer.json())["id"] for answer in answers}) == 1


async def test_an_idempotency_key_works_here_too(staffed: Bench) -> None:
    key = await staffed.key()
    headers = {"Idempotency-Key": "a"}
    body = {"payload": {"n": 1}, "expires_at": "2026-11-24T12:00:00"}
    first = await staffed.call("POST", PATH, key, json=body, headers=headers)
    again = await staffed.call("POST", PATH, key, json=body, headers=headers)
    other = await staffed.call("POST", PATH, key, json={"payload": {"n": 2}}, headers=headers)
    assert (first.status, again.status, other.status) == (201, 201, 422)
    assert await first.read() == await again.read()
    assert list(await other.json()) == ["error"]


@pytest.mark.parametrize(
    ("payload", "intake", "domain", "place"),
    [
        ({"domain": "Finance", "jurisdiction": "FR"}, {}, "finance", "FR"),
        ({"domain": 5, "jurisdiction": 5}, {"domain": "legal", "jurisdiction": "EU"}, "legal", "EU"),
        ({}, {"domain": "legal"}, "legal", None),
        ({"domain": "!!"}, {}, "general", None),
        ({}, {}, "general", None),
    ],
)
async def test_where_it_goes(bench: Bench, payload: Any, intake: Any, domain: str, place: Any) -> None:
    wanted = Wanted(ProjectId("default"), intake={"humanapproval": intake} if intake else {})
    await bench.desk.clockwork.apply(wanted)
    await created(bench, await bench.key(), {"payload": payload})
    request = await bench.store.request(ProjectId("default"), 1)
    assert (request.domain, request.jurisdiction) == (domain, place)


async def test_without_a_title_the_card_shows_the_payload(staffed: Bench) -> None:
    key = await staffed.key(name="billing bot")
    body = {"payload": {"customer": "cust_123", "lines": ["a\nb"], "amount": 500, "rest": 1}}
    await created(staffed, key, body)
    request = await staffed.store.request(ProjectId("default"), 1)
    assert request.title == request.summary == 'customer: cust_123, lines: ["a\\nb"], amount: 500'
    assert (request.agent_id, request.request_type) == ("billing bot", "judgment")


async def test_requests_of_other_doors_are_read_in_its_words(staffed: Bench) -> None:
    key = await staffed.key()
    command = a_submit(context=None, external_id="x")
    request = (await staffed.desk.approvals.submit(command)).request
    words = await found(staffed, key, request.id)
    assert (words["title"], words["description"]) == (command.title, command.summary)
    assert (words["payload"], words["status"]) == ({}, "pending")
    await staffed.call("DELETE", f"/ai-request?id={request.id}", key)
    words = await found(staffed, key, 1)
    assert (words["status"], words["outcome"]) == ("rejected", "cancelled")
    assert words["decision_note"].startswith("Cancelled")
    other = (await staffed.desk.approvals.submit(a_submit(dialect=Dialect.HITL))).request
    await decided(staffed, other.id, "modified", modified_action="less")
    words = await found(staffed, key, other.id)
    assert (words["status"], words["outcome"]) == ("rejected", "modified")


async def test_lists_by_external_id_and_status(staffed: Bench) -> None:
    key = await staffed.key()
    for name in ["a", "b", "c"]:
        await created(staffed, key, {"payload": {}, "external_id": name})
    await decided(staffed, "1", "approved")
    await decided(staffed, "2", "rejected", reasoning="No.")

    async def listed(query: str) -> list[str]:
        answer = await staffed.call("GET", f"{PATH}?{query}", key)
        words = await answer.json()
        assert answer.status == 200, words
        assert words["next_cursor"] is None
        return [request["external_id"] for request in words["requests"]]

    assert await listed("") == ["c", "b", "a"]
    assert await listed("external_id=b") == ["b"]
    assert await listed("status=pending") == ["c"]
    holder = (await staffed.desk.requests.request(PROJECT, 3)).assigned_to
    assert holder is not None
    await staffed.desk.approvals.start(Start(PROJECT, 3, holder))
    assert await listed("status=pending") == ["c"]
    assert await listed("status=approved") == ["a"]
    assert await listed("status=rejected") == ["b"]
    assert await listed("status=expired&external_id=a") == []
    answer = await staffed.call("GET", f"{PATH}?status=done", key)
    assert (await answer.json())["errors"] == {"status": ["is invalid"]}


async def test_nothing_of_another_project(staffed: Bench) -> None:
    request = await created(staffed, await staffed.key(), fixture("create"))
    theirs = await staffed.key(project=OTHER)
    for form in [request["id"], 1, RequestId("00000000-0000-4000-8000-000000000000"), "req_abc123"]:
        answer = await staffed.call("GET", f"{PATH}/{form}", theirs)
        assert (answer.status, await answer.json()) == (404, {"error": "Request not found"})
    answer = await staffed.call("GET", f"{PATH}?external_id=your-reference-id", theirs)
    assert (await answer.json())["requests"] == []


async def test_the_sdk_s_wait(staffed: Bench) -> None:
    key = await staffed.key()
    request = await created(staffed, key, fixture("deployment"))
    held = asyncio.ensure_future(staffed.call("GET", f"{PATH}/{request['id']}?wait=60", key))
    await staffed.waiting.until(1)
    await decided(staffed, request["id"], "approved")
    assert (await (await held).json())["status"] == "approved"


async def test_webhooks(staffed: Bench) -> None:
    key = await staffed.key()
    hook = {"callback_url": "https://example.com/hook"}
    request = await created(staffed, key, {**fixture("create"), **hook})
    await decided(staffed, request["id"], "approved", reasoning="Looks good to me")
    expiring = {"payload": {}, "expires_at": "2026-11-23T16:00:00Z", **hook}
    await created(staffed, key, expiring)
    staffed.clock.advance(hours(1))
    await staffed.desk.clockwork.sweep(ProjectId("default"))
    told = [json.loads(m.delivery.body or b"") for m in staffed.store.outbox.messages]
    assert told[0] == {
        "event": "request.decided",
        "request_id": request["id"],
        "external_id": "your-reference-id",
        "status": "approved",
        "payload": fixture("create")["payload"],
        "decision_note": "Looks good to me",
        "decided_at": "2026-11-23T15:00:00Z",
        "decided_by_id": "user_1",
    }
    assert (told[1]["event"], told[1]["status"]) == ("request.expired", "expired")
    assert told[1]["decided_at"] is told[1]["decided_by_id"] is None


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1", 404),
        ("GET", "/api/v1/request", 404),
        ("DELETE", "/api/v1/requests", 405),
        ("POST", "/api/v1/requests/1", 405),
    ],
)
async def test_what_it_has_no_route_for(bench: Bench, method: str, path: str, status: int) -> None:
    answer = await bench.call(method, path)
    assert (answer.status, list(await answer.json())) == (status, ["error"])


async def test_without_a_key(bench: Bench) -> None:
    answer = await bench.call("GET", PATH)
    assert (answer.status, await answer.json()) == (401, {"error": "Missing or invalid API key"})
