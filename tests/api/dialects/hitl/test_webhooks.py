"""`/v1/webhooks`: made, changed, rotated, removed."""

from typing import Any

import pytest

from approvals.applying import Wanted, WantedEndpoint
from approvals.model import Dialect, Endpoint
from tests.api.bench import DEFAULT, OTHER, Bench
from tests.api.dialects.hitl.conftest import GENERAL, people
from tests.api.dialects.hitl.reviewing import refused, said
from tests.builders import hours

WEBHOOK: dict[str, Any] = {"url": "https://a.example/hook", "events": ["review.completed"]}


async def a_webhook(bench: Bench, key: str, **changes: Any) -> Any:
    """A webhook as it was answered, its secret included."""
    return (await said(bench, "POST", "webhooks", key, {**WEBHOOK, **changes}, status=201))["data"]


async def endpoints(bench: Bench) -> list[Endpoint]:
    """What the project's roster knows."""
    return list((await bench.store.roster(DEFAULT)).endpoints)


async def test_a_webhook_shows_its_secret_once(bench: Bench) -> None:
    key = await bench.key()
    made = await a_webhook(bench, key)
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert made == {
        "id": made["id"],
        **WEBHOOK,
        "active": True,
        "created_at": "2024-01-15T10:30:00Z",
        "updated_at": "2024-01-15T10:30:00Z",
    }
    assert made["id"].startswith("webhook_")
    for answer in [
        await said(bench, "GET", f"webhooks/{made['id']}", key),
        await said(bench, "PATCH", f"webhooks/{made['id']}", key, {"active": True}),
    ]:
        assert answer["data"] == made
    assert (await said(bench, "GET", "webhooks", key))["data"] == {"webhooks": [made]}
    (endpoint,) = await endpoints(bench)
    assert (endpoint.dialect, endpoint.source) == (Dialect.HITL, "hitl")
    assert await bench.store.keys.secrets(f"endpoint:{made['id']}") == [secret]


async def test_one_that_is_made_silent(bench: Bench) -> None:
    assert (await a_webhook(bench, await bench.key(), active=False))["active"] is False
    assert not (await endpoints(bench))[0].active


async def test_everything_about_it_can_be_changed(bench: Bench) -> None:
    key = await bench.key()
    made = await a_webhook(bench, key)
    bench.clock.advance(hours(1))
    wanted = {"url": "https://b.example", "events": ["template.updated", "review.started"], "active": False}
    for name, value in wanted.items():
        words = await said(bench, "PATCH", f"webhooks/{made['id']}", key, {name: value, "colour": 1})
        assert words["data"][name] == value
        assert words["meta"]["warnings"] == ["Unknown field 'colour' was ignored."]
    found = (await said(bench, "GET", f"webhooks/{made['id']}", key))["data"]
    del made["secret"]
    assert found == {**made, **wanted, "updated_at": "2024-01-15T11:30:00Z"}


async def test_rotation_keeps_two_secrets(bench: Bench) -> None:
    key = await bench.key()
    made = await a_webhook(bench, key)
    secrets = [made["secret"]]
    for _ in range(2):
        words = await said(bench, "POST", f"webhooks/{made['id']}/rotate", key)
        secrets.insert(0, words["data"]["secret"])
        assert await bench.store.keys.secrets(f"endpoint:{made['id']}") == secrets[:2]
    assert len(set(secrets)) == 3


async def test_a_webhook_can_be_removed(bench: Bench) -> None:
    key = await bench.key()
    made = await a_webhook(bench, key)
    path = f"webhooks/{made['id']}"
    assert (await said(bench, "DELETE", path, key))["data"] == {"id": made["id"], "deleted": True}
    assert await endpoints(bench) == []
    for method, where, body in [
        ("GET", path, None),
        ("PATCH", path, {"active": True}),
        ("DELETE", path, None),
        ("POST", f"{path}/rotate", None),
    ]:
        error = await refused(bench, method, where, body, status=404, key=key)
        assert error["code"] == "webhook_not_found"


async def test_a_list_has_pages_oldest_first(bench: Bench) -> None:
    key = await bench.key()
    made = []
    for _ in range(3):
        made.append((await a_webhook(bench, key))["id"])
        bench.clock.advance(hours(1))
    words = await said(bench, "GET", "webhooks?per_page=2&page=2", key)
    assert [one["id"] for one in words["data"]["webhooks"]] == made[2:]
    assert words["meta"]["pagination"] == {"page": 2, "per_page": 2, "total": 3, "total_pages": 2}


@pytest.mark.parametrize(
    ("changes", "field", "issue"),
    [
        ({"url": None}, "url", "is required"),
        ({"url": ""}, "url", "is required"),
        ({"url": "http://a.example"}, "url", "must be an https address"),
        ({"url": "https://a.example/" + "x" * 2048}, "url", "at most 2048"),
        ({"events": None}, "events", "is required"),
        ({"events": "review.completed"}, "events", "must be a list"),
        ({"events": []}, "events", "must name at least one event"),
        ({"events": ["review.done"]}, "events", "'review.done' is no event"),
        ({"events": ["decision.rendered"]}, "events", "send some of review.created"),
        ({"events": [1]}, "events[0]", "must be a string"),
        ({"active": "yes"}, "active", "must be true or false"),
    ],
)
async def test_a_webhook_that_cannot_be(bench: Bench, changes: Any, field: str, issue: str) -> None:
    error = await refused(bench, "POST", "webhooks", {**WEBHOOK, **changes})
    assert (error["code"], error["details"]["field"]) == ("validation_error", field)
    assert issue in error["details"]["issue"]
    assert await endpoints(bench) == []
    if None not in changes.values():
        made = await a_webhook(bench, await bench.key())
        error = await refused(bench, "PATCH", f"webhooks/{made['id']}", changes)
        assert error["details"]["field"] == field


async def test_a_change_of_nothing(quick: Bench) -> None:
    made = await a_webhook(quick, await quick.key())
    error = await refused(quick, "PATCH", f"webhooks/{made['id']}", {"secret": "whsec_mine"})
    assert error["details"]["field"] == "body"


async def test_all_events_at_once(bench: Bench) -> None:
    assert (await a_webhook(bench, await bench.key(), events=["*", "*"]))["events"] == ["*"]


async def test_there_are_only_so_many(quick: Bench) -> None:
    key = await quick.key()
    for _ in range(50):
        await a_webhook(quick, key)
    error = await refused(quick, "POST", "webhooks", WEBHOOK, status=409, key=key)
    assert error["code"] == "conflict"
    assert "at most 50" in error["message"]


async def test_endpoints_that_were_not_made_here_stay_out_of_reach(bench: Bench) -> None:
    written = WantedEndpoint("https://file.example", Dialect.HITL, ("review.completed",))
    await bench.desk.clockwork.apply(
        Wanted(DEFAULT, domains=GENERAL, sentinels=people(), endpoints=(written,))
    )
    (endpoint,) = await endpoints(bench)
    key = await bench.key()
    assert (await said(bench, "GET", "webhooks", key))["data"] == {"webhooks": []}
    for method, body in [("GET", None), ("PATCH", {"active": False}), ("DELETE", None)]:
        await refused(bench, method, f"webhooks/{endpoint.id}", body, status=404)
    await refused(bench, "POST", f"webhooks/{endpoint.id}/rotate", status=404)
    assert await endpoints(bench) == [endpoint]


async def test_webhooks_of_others_stay_out_of_reach(bench: Bench) -> None:
    key = await bench.key()
    made = await a_webhook(bench, key)
    theirs = await bench.key(project=OTHER)
    assert (await said(bench, "GET", "webhooks", theirs))["data"] == {"webhooks": []}
    for method, body in [("GET", None), ("PATCH", {"active": False}), ("DELETE", None)]:
        await refused(bench, method, f"webhooks/{made['id']}", body, status=404, key=theirs)
    await refused(bench, "POST", f"webhooks/{made['id']}/rotate", status=404, key=theirs)
    assert (await endpoints(bench))[0].active
    assert await bench.store.keys.secrets(f"endpoint:{made['id']}") == [made["secret"]]
