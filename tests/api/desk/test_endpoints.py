"""`/desk/v1/endpoints`: who hears what, in whose words."""

from typing import Any

import pytest

from approvals.applying import Wanted, WantedEndpoint
from approvals.model import Dialect, Domain
from approvals.subscriptions import EVENTS
from tests.api.bench import DEFAULT, OTHER, Bench
from tests.builders import a_submit, a_wanted

ENDPOINT = {"url": "https://a.example/hook", "dialect": "humanapproval", "events": ["request.decided"]}


async def did(
    bench: Bench, method: str, path: str = "", body: Any = None, *, status: int = 200, key: str | None = None
) -> Any:
    """The answer to an administrator, which must have this status."""
    key = key or await bench.key("admin")
    answer = await bench.call(method, f"/desk/v1/endpoints{path}", key, json=body)
    assert answer.status == status, await answer.text()
    return await answer.json()


async def test_a_secret_is_shown_once(bench: Bench) -> None:
    made = await did(bench, "POST", body={**ENDPOINT, "colour": 1}, status=201)
    assert made.pop("warnings") == ["Unknown field 'colour' was ignored."]
    secret = made.pop("secret")
    assert made == {"id": made["id"], **ENDPOINT, "active": True, "source": "desk"}
    assert await bench.store.keys.secrets(f"endpoint:{made['id']}") == [secret]
    assert await did(bench, "GET") == {"endpoints": [made]}


@pytest.mark.parametrize("dialect", list(Dialect))
async def test_without_events_it_hears_all_of_its_dialect(bench: Bench, dialect: Dialect) -> None:
    body = {"url": ENDPOINT["url"], "dialect": dialect.value}
    assert (await did(bench, "POST", body=body, status=201))["events"] == list(EVENTS[dialect])


async def test_it_hears_from_then_on(bench: Bench) -> None:
    made = await did(bench, "POST", body=ENDPOINT, status=201)
    await bench.desk.approvals.submit(a_submit())
    deciding = await bench.key("decide", speaks_for=("*",))
    body = {"as": 1, "verdict": "approved"}
    await bench.call("POST", "/desk/v1/requests/1/decide", deciding, json=body)
    (message,) = bench.store.outbox.messages
    assert (message.delivery.topic, message.delivery.signer) == (
        "request.decided",
        f"endpoint:{made['id']}",
    )


async def test_a_rotation_keeps_two_secrets(bench: Bench) -> None:
    made = await did(bench, "POST", body=ENDPOINT, status=201)
    rotated = await did(bench, "POST", f"/{made['id']}/rotate")
    assert await bench.store.keys.secrets(f"endpoint:{made['id']}") == [rotated["secret"], made["secret"]]


async def test_one_can_be_switched_off_and_on(bench: Bench) -> None:
    made = await did(bench, "POST", body=ENDPOINT, status=201)
    for verb, active in (("deactivate", False), ("activate", True)):
        assert (await did(bench, "POST", f"/{made['id']}/{verb}"))["active"] is active
        assert (await did(bench, "GET"))["endpoints"][0]["active"] is active
        await did(bench, "POST", f"/webhook_unknown/{verb}", status=404)


async def test_one_can_be_removed(bench: Bench) -> None:
    made = await did(bench, "POST", body=ENDPOINT, status=201)
    assert await did(bench, "DELETE", f"/{made['id']}") == {"id": made["id"], "deleted": True}
    assert await did(bench, "GET") == {"endpoints": []}
    for method, path in [("DELETE", f"/{made['id']}"), ("POST", f"/{made['id']}/rotate")]:
        error = (await did(bench, method, path, status=404))["error"]
        assert error["code"] == "endpoint_not_found"


async def test_one_of_the_file_comes_back(bench: Bench) -> None:
    written = WantedEndpoint("https://file.example", Dialect.HUMANLAYER, ("decision.rendered",))
    wanted = Wanted(
        DEFAULT, domains={"legal": Domain("legal")}, sentinels=(a_wanted(1),), endpoints=(written,)
    )
    await bench.desk.clockwork.apply(wanted)
    (listed,) = (await did(bench, "GET"))["endpoints"]
    assert listed["source"] == "desk.yml"
    assert "comes back" in (await did(bench, "DELETE", f"/{listed['id']}"))["warnings"][0]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": None}, "url"),
        ({"url": " "}, "url"),
        ({"url": "http://a.example"}, "url"),
        ({"dialect": None}, "dialect"),
        ({"dialect": "slack"}, "dialect"),
        ({"events": []}, "events"),
        ({"events": ["review.completed"]}, "events"),
        ({"events": "*"}, "events"),
        ({"events": [5]}, "events[0]"),
    ],
)
async def test_what_cannot_be(bench: Bench, changes: Any, field: str) -> None:
    error = (await did(bench, "POST", body={**ENDPOINT, **changes}, status=400))["error"]
    assert error["field"] == field
    assert await did(bench, "GET") == {"endpoints": []}


async def test_other_projects_stay_out_of_reach(bench: Bench) -> None:
    made = await did(bench, "POST", body=ENDPOINT, status=201)
    theirs = await bench.key("admin", project=OTHER)
    assert await did(bench, "GET", key=theirs) == {"endpoints": []}
    await did(bench, "DELETE", f"/{made['id']}", status=404, key=theirs)
    await did(bench, "POST", f"/{made['id']}/rotate", status=404, key=theirs)
    assert len((await did(bench, "GET"))["endpoints"]) == 1


@pytest.mark.parametrize("scope", ["requests", "decide", "consume"])
async def test_only_administrators(bench: Bench, scope: str) -> None:
    key = await bench.key(scope, **({"speaks_for": ("*",)} if scope == "decide" else {}))
    await did(bench, "POST", body=ENDPOINT, status=403, key=key)
    for method, path in [("GET", ""), ("DELETE", "/x"), ("POST", "/x/rotate")]:
        await did(bench, method, path, status=403, key=key)
