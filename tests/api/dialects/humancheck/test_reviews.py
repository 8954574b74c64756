"""`/reviews` as the reference shows it: creating, reading, listing; what is refused and where it goes."""

import json
from pathlib import Path
from typing import Any

import pytest

from approvals.applying import Wanted
from approvals.commands import Start
from approvals.model import Dialect, Domain, Priority, ProjectId, SentinelId
from tests.api.bench import DEFAULT, OTHER, Bench
from tests.builders import a_caller, a_submit, a_wanted, hours

FIXTURES = Path(__file__).parent / "fixtures"
FIELDS = [
    "id",
    "task_type",
    "proposed_action",
    "agent_reasoning",
    "confidence_score",
    "urgency",
    "framework",
    "metadata",
    "organization_id",
    "agent_id",
    "blocking",
    "status",
    "decision",
    "created_at",
    "updated_at",
]


def fixture(name: str) -> dict[str, Any]:
    """A body as the reference prints it."""
    words: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text())
    return words


CREATE = fixture("create")


async def created(bench: Bench, key: str, status: int = 201, **changes: Any) -> Any:
    """The answer to a create with these changes, which must have this status."""
    body = {name: value for name, value in {**CREATE, **changes}.items() if value is not ...}
    answer = await bench.call("POST", "/reviews", key, json=body)
    assert answer.status == status, await answer.text()
    return await answer.json()


async def found(bench: Bench, key: str, path: str) -> Any:
    """What a GET under `/reviews` answers."""
    answer = await bench.call("GET", f"/reviews{path}", key)
    assert answer.status == 200, await answer.text()
    return await answer.json()


@pytest.fixture
async def staffed(bench: Bench) -> Bench:
    """A desk whose Sentinel 1 takes everything."""
    await bench.people(a_wanted(1, domains={"*"}), domains={"general": Domain("general")})
    return bench


async def test_a_create_answers_with_the_review(staffed: Bench) -> None:
    words = await created(staffed, await staffed.key())
    assert list(words) == FIELDS
    assert words == {
        **dict.fromkeys(FIELDS),
        **CREATE,
        "id": 1,
        "blocking": False,
        "status": "pending",
        "created_at": "2026-11-23T15:00:00.000Z",
        "updated_at": "2026-11-23T15:00:00.000Z",
    }


async def test_everything_is_read_back_as_it_was_sent(staffed: Bench) -> None:
    key = await staffed.key()
    sent = {
        **CREATE,
        "urgency": "critical",
        "framework": "langchain",
        "metadata": {"amount": 5000, "agent_reasoning": "another", "deep": [{"er": None}]},
        "organization_id": 12,
        "agent_id": 7,
    }
    review = await created(staffed, key, **sent)
    again = await found(staffed, key, f"/{review['id']}")
    assert review == again
    assert {name: again[name] for name in sent} == sent


@pytest.mark.parametrize("metadata", [{}, None, ...])
async def test_an_empty_object_is_not_nothing(staffed: Bench, metadata: Any) -> None:
    review = await created(staffed, await staffed.key(), metadata=metadata)
    assert review["metadata"] == ({} if metadata == {} else None)


async def test_the_least_that_is_asked(staffed: Bench) -> None:
    body = {"task_type": "payment", "proposed_action": "Pay"}
    answer = await staffed.call("POST", "/reviews", await staffed.key(), json=body)
    words = await answer.json()
    assert (answer.status, words["urgency"], words["confidence_score"]) == (201, "medium", None)


async def test_ids_are_counted_in_each_project(staffed: Bench) -> None:
    mine, theirs = await staffed.key(), await staffed.key(project=OTHER)
    assert [(await created(staffed, mine))["id"] for _ in range(3)] == [1, 2, 3]
    assert (await created(staffed, theirs))["id"] == 1


async def test_unknown_fields_and_domains_are_warned_of(bench: Bench) -> None:
    words = await created(bench, await bench.key(), color="red")
    assert ["'color'" in words["warnings"][0], "'general'" in words["warnings"][1]] == [True, True]


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"task_type": ...}, ["task_type"]),
        ({"task_type": ..., "proposed_action": None}, ["task_type", "proposed_action"]),
        ({"task_type": " "}, ["task_type"]),
        ({"task_type": "a\nb"}, ["task_type"]),
        ({"proposed_action": ""}, ["proposed_action"]),
        ({"proposed_action": ["x"]}, ["proposed_action"]),
        ({"confidence_score": False}, ["confidence_score"]),
        ({"confidence_score": "0.5"}, ["confidence_score"]),
        ({"confidence_score": 1.01}, ["confidence_score"]),
        ({"confidence_score": -0.1}, ["confidence_score"]),
        ({"urgency": "urgent"}, ["urgency", "'critical'"]),
        ({"metadata": []}, ["metadata"]),
        ({"organization_id": "1"}, ["organization_id"]),
        ({"organization_id": 1.5}, ["organization_id"]),
        ({"agent_id": True}, ["agent_id"]),
        ({"agent_id": "my-agent"}, ["agent_id"]),
        ({"blocking": 1}, ["blocking"]),
        ({"blocking": "true"}, ["blocking"]),
        ({"callback_url": "http://x"}, ["callback_url"]),
        ({"expires_at": "2026-01-01T00:00:00Z"}, ["expires_at"]),
        ({"expires_at": "2026-12-01T00:00:00"}, ["expires_at", "zone"]),
        ({"metadata": {"jurisdiction": "a\nb"}}, ["metadata.jurisdiction"]),
    ],
)
async def test_what_is_wrong_is_named(staffed: Bench, changes: Any, names: list[str]) -> None:
    words = await created(staffed, await staffed.key(), 400, **changes)
    assert list(words) == ["detail"]
    assert [name for name in names if name not in words["detail"]] == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
async def test_numbers_that_are_none(staffed: Bench, number: str) -> None:
    raw = '{"task_type": "payment", "proposed_action": "Pay", "confidence_score": %s}' % number  # noqa: UP031
    answer = await staffed.call("POST", "/reviews", await staffed.key(), data=raw)
    assert answer.status == 400
    assert "confidence_score" in (await answer.json())["detail"]


@pytest.mark.parametrize(
    ("task_type", "metadata", "intake", "domain", "place"),
    [
        ("payment", {"domain": "legal"}, {"task_type": {"payment": "finance"}}, "finance", None),
        ("Paiement  Reçu", None, {"task_type": {"paiement recu": "finance"}}, "finance", None),
        ("Legal", {"domain": "finance"}, {"task_type": {"payment": "finance"}}, "legal", None),
        ("other", {"domain": "Finance", "jurisdiction": "FR"}, {"domain": "legal"}, "finance", "FR"),
        ("other", {"domain": 5, "jurisdiction": 5}, {"domain": "legal", "jurisdiction": "EU"}, "legal", "EU"),
        ("other", None, {}, "general", None),
    ],
)
async def test_where_it_goes(
    bench: Bench, task_type: str, metadata: Any, intake: Any, domain: str, place: Any
) -> None:
    domains = {"legal": Domain("legal"), "finance": Domain("finance")}
    wanted = Wanted(DEFAULT, domains=domains, intake={"humancheck": intake} if intake else {})
    await bench.desk.clockwork.apply(wanted)
    await created(bench, await bench.key(), task_type=task_type, metadata=metadata)
    request = await bench.store.request(DEFAULT, 1)
    assert (request.domain, request.jurisdiction) == (domain, place)


@pytest.mark.parametrize(
    ("changes", "agent"),
    [
        ({}, ("billing bot", None)),
        ({"framework": "langchain"}, ("langchain", None)),
        ({"framework": " "}, ("billing bot", None)),
        ({"agent_id": 7}, ("7", None)),
        ({"agent_id": 0, "framework": "custom"}, ("0", "custom")),
    ],
)
async def test_who_asks(staffed: Bench, changes: Any, agent: Any) -> None:
    await created(staffed, await staffed.key(name="billing bot"), **changes)
    request = await staffed.store.request(DEFAULT, 1)
    assert (request.agent_id, request.agent_name) == agent
    assert (request.request_type, request.confidence) == ("judgment", 0.85)


async def test_the_agent_s_reasons_are_shown_and_hide_nothing(staffed: Bench) -> None:
    key = await staffed.key()
    await created(staffed, key, metadata={"vendor": "ACME"})
    await created(staffed, key, metadata={"agent_reasoning": "in the metadata"})
    reasons = {"agent_reasoning": "High-value payment", "confidence_score": 0.85}
    assert (await staffed.store.request(DEFAULT, 1)).context == {"vendor": "ACME", **reasons}
    nested = {"metadata": {"agent_reasoning": "in the metadata"}, **reasons}
    assert (await staffed.store.request(DEFAULT, 2)).context == nested


async def test_requests_of_other_doors_are_read_in_its_words(staffed: Bench) -> None:
    key = await staffed.key()
    command = a_submit(context={"contract": "CTR"}, priority=Priority.URGENT, confidence=0.5)
    request = (await staffed.desk.approvals.submit(command)).request
    words = await found(staffed, key, f"/{request.number}")
    assert list(words) == FIELDS
    assert {name: words[name] for name in FIELDS[1:11]} == {
        "task_type": command.title,
        "proposed_action": command.summary,
        "agent_reasoning": None,
        "confidence_score": 0.5,
        "urgency": "critical",
        "framework": "agent-1",
        "metadata": {"contract": "CTR"},
        "organization_id": None,
        "agent_id": None,
        "blocking": False,
    }
    await staffed.desk.approvals.submit(a_submit(dialect=Dialect.HITL, agent_id="12"))
    assert (await found(staffed, key, "/2"))["agent_id"] == 12


async def test_a_review_is_read_through_the_other_doors(staffed: Bench) -> None:
    key = await staffed.key()
    await created(staffed, key, framework="langchain", metadata={"vendor": "ACME"})
    words = (await (await staffed.call("GET", "/ai-request?id=1", key)).json())["request"]
    assert (words["title"], words["summary"]) == (CREATE["task_type"], CREATE["proposed_action"])
    assert (words["agent_id"], words["priority"], words["confidence"]) == ("langchain", "urgent", 0.85)
    assert words["context_json"] == {
        "vendor": "ACME",
        "agent_reasoning": "High-value payment",
        "confidence_score": 0.85,
    }
    words = await (await staffed.call("GET", "/api/v1/requests/1", key)).json()
    assert (words["title"], words["description"]) == (CREATE["task_type"], CREATE["proposed_action"])
    words = (await (await staffed.call("GET", "/v1/reviews/1", key)).json())["data"]
    assert (words["content"]["text"], words["priority"]) == (CREATE["proposed_action"], "high")


async def test_any_form_of_the_id_finds_it(staffed: Bench) -> None:
    key = await staffed.key()
    await created(staffed, key)
    shown = await (await staffed.call("GET", "/desk/v1/requests/1", key)).json()
    assert shown["ids"]["humancheck"] == 1
    for form in shown["ids"].values():
        assert (await found(staffed, key, f"/{form}"))["id"] == 1


@pytest.mark.parametrize("form", ["2", "0", "-1", "1.0", "01", "x", "9" * 30, "%00", "%F0%9F%98%80"])
async def test_an_unknown_id_is_not_found(staffed: Bench, form: str) -> None:
    key = await staffed.key()
    await created(staffed, key)
    for path in [form, f"{form}/decision"]:
        answer = await staffed.call("GET", f"/reviews/{path}", key)
        assert (answer.status, await answer.json()) == (404, {"detail": "Review not found"})


async def test_nothing_of_another_project(staffed: Bench) -> None:
    mine, theirs = await staffed.key(), await staffed.key(project=OTHER)
    await created(staffed, mine)
    for method, path in [("GET", ""), ("GET", "/decision"), ("POST", "/feedback")]:
        answer = await staffed.call(method, f"/reviews/1{path}", theirs, **_rating(method))
        assert answer.status == 404
    listed = await found(staffed, theirs, "")
    assert (listed["reviews"], listed["total"]) == ([], 0)
    totals = await (await staffed.call("GET", "/stats", theirs)).json()
    assert totals["total"] == 0


def _rating(method: str) -> dict[str, Any]:
    return {"json": {"rating": 5}} if method == "POST" else {}


async def test_lists_count_pages(staffed: Bench) -> None:
    key = await staffed.key()
    for number in range(45):
        await created(staffed, key, task_type="payment" if number % 2 else "refund")
    first = await found(staffed, key, "")
    assert [list(first), first["total"], first["page"], first["page_size"]] == [
        ["reviews", "total", "page", "page_size"],
        45,
        1,
        20,
    ]
    assert [review["id"] for review in first["reviews"]] == list(range(45, 25, -1))
    last = await found(staffed, key, "?page=3&page_size=20")
    assert [review["id"] for review in last["reviews"]] == [5, 4, 3, 2, 1]
    assert (await found(staffed, key, "?page=4"))["reviews"] == []
    payments = await found(staffed, key, "?task_type=payment&page_size=100")
    assert (payments["total"], len(payments["reviews"])) == (22, 22)


async def test_lists_filter(staffed: Bench) -> None:
    key = await staffed.key()
    await created(staffed, key, framework="langchain")
    await created(staffed, key, framework="custom", expires_at="2026-11-23T16:00:00Z")
    await created(staffed, key)
    await staffed.desk.approvals.start(Start(DEFAULT, 3, SentinelId(1)))
    staffed.clock.advance(hours(1))
    await staffed.desk.clockwork.sweep(ProjectId("default"))

    async def listed(query: str) -> list[int]:
        words = await found(staffed, key, f"?{query}")
        assert words["total"] == len(words["reviews"])
        return [review["id"] for review in words["reviews"]]

    assert await listed("status=pending") == [3, 1]
    assert await listed("status=expired") == [2]
    assert await listed("status=approved") == []
    assert await listed("framework=langchain") == [1]
    assert await listed("framework=langchain&status=expired") == []
    assert await listed("task_type=nothing") == []


@pytest.mark.parametrize(
    "query",
    [
        "status=done",
        "page=0",
        "page=x",
        "page_size=0",
        "page_size=101",
        "page_size=1.5",
        "page=99999999999",
        "task_type=%00",
        "framework=" + "x" * 300,
    ],
)
async def test_parameters_that_nothing_can_have(staffed: Bench, query: str) -> None:
    answer = await staffed.call("GET", f"/reviews?{query}", await staffed.key())
    assert answer.status == 400
    assert query.partition("=")[0] in (await answer.json())["detail"]


async def test_totals(staffed: Bench) -> None:
    key, decide = await staffed.key(), await staffed.key("decide", speaks_for=("*",))
    for number, kind in [(1, "approve"), (2, "reject"), (3, "modify")]:
        await created(staffed, key)
        answer = await staffed.call("POST", f"/reviews/{number}/decide", decide, json=fixture(kind))
        assert answer.status == 200, await answer.text()
    await created(staffed, key)
    await staffed.desk.approvals.submit(a_submit(caller=a_caller(project=OTHER)))
    for rating in (5, 2):
        await staffed.call("POST", "/reviews/1/feedback", key, json={"rating": rating})
    words = await (await staffed.call("GET", "/stats", key)).json()
    assert words == {
        "total": 4,
        "pending": 1,
        "approved": 1,
        "rejected": 1,
        "modified": 1,
        "expired": 0,
        "cancelled": 0,
        "feedback": {"count": 2, "average_rating": 3.5},
    }


async def test_health_needs_no_key(bench: Bench) -> None:
    answer = await bench.call("GET", "/health")
    assert (answer.status, await answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/reviews/", 404),
        ("GET", "/reviews/1/x", 404),
        ("DELETE", "/reviews/1", 405),
        ("PUT", "/reviews", 405),
        ("POST", "/stats", 405),
    ],
)
async def test_what_it_has_no_route_for(bench: Bench, method: str, path: str, status: int) -> None:
    answer = await bench.call(method, path)
    assert (answer.status, list(await answer.json())) == (status, ["detail"])


async def test_without_a_key(bench: Bench) -> None:
    answer = await bench.call("GET", "/reviews")
    assert (answer.status, list(await answer.json())) == (401, ["detail"])
