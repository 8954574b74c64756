"""`/desk/v1/sentinels`: who there is, and their coming and going."""

from typing import Any

import pytest

from approvals.model import State
from tests.api.bench import OTHER, Bench
from tests.builders import a_submit, a_wanted


async def did(bench: Bench, path: str, body: Any = None, *, status: int = 200) -> Any:
    """The answer to a POST by an administrator, which must have this status."""
    answer = await bench.call("POST", f"/desk/v1/sentinels/{path}", await bench.key("admin"), json=body)
    assert answer.status == status, await answer.text()
    return await answer.json()


async def test_everybody_is_listed_with_load_and_capacity(bench: Bench) -> None:
    await bench.people(
        a_wanted(1, capacity=20, jurisdictions=("CA-QC", "FR"), domains={"legal", "compliance"}),
        a_wanted(2, tier=2),
    )
    await bench.desk.approvals.submit(a_submit())
    words = await (await bench.call("GET", "/desk/v1/sentinels", await bench.key("admin"))).json()
    assert words["sentinels"][0] == {
        "number": 1,
        "name": "Sentinel 1",
        "email": "s1@example.com",
        "domains": ["compliance", "legal"],
        "jurisdictions": ["CA-QC", "FR"],
        "tier": 1,
        "active": True,
        "away_until": None,
        "load": 1,
        "capacity": 20,
    }
    assert [one["number"] for one in words["sentinels"]] == [1, 2]


async def test_open_cases_go_to_the_delegate(bench: Bench) -> None:
    await bench.people(a_wanted(1), a_wanted(2, tier=2), a_wanted(3, tier=2))
    request = (await bench.desk.approvals.submit(a_submit())).request
    body = {"until": "2026-12-01T08:00:00Z", "delegate": "s3@example.com"}
    words = await did(bench, "s1@example.com/away", body)
    assert words["away_until"] == "2026-12-01T08:00:00.000Z"
    assert words["delegate"] == {"number": 3, "name": "Sentinel 3"}
    assert "warnings" not in words
    assert (await bench.store.request(request.project, request.id)).assigned_to == 3


async def test_a_delegate_of_other_domains_is_taken_with_a_warning(bench: Bench) -> None:
    await bench.people(a_wanted(1), a_wanted(2, domains={"finance"}))
    words = await did(bench, "1/away", {"until": "2026-12-01T08:00:00Z", "delegate": 2})
    assert words["delegate"] == {"number": 2, "name": "Sentinel 2"}
    assert words["warnings"] == [
        "delegate: Sentinel 2 reviews none of Sentinel 1's domains and stands in for nothing"
    ]
    words = await did(bench, "2/away", {"until": "2026-12-01T08:00:00Z"})
    assert words["delegate"] is None


async def test_whoever_comes_back_gets_what_waits(bench: Bench) -> None:
    await did(bench, "1/away", {"until": "2026-12-01T08:00:00Z"})
    request = (await bench.desk.approvals.submit(a_submit())).request
    assert request.state is State.PENDING
    assert (await did(bench, "1/back"))["away_until"] is None
    assert (await bench.store.request(request.project, request.id)).assigned_to == 1


async def test_deactivated_and_active_again(bench: Bench) -> None:
    request = (await bench.desk.approvals.submit(a_submit())).request
    assert (await did(bench, "1/deactivate"))["active"] is False
    assert (await bench.store.request(request.project, request.id)).state is State.PENDING
    assert (await did(bench, "1/activate", {}))["active"] is True
    assert (await bench.store.request(request.project, request.id)).assigned_to == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "until"),
        ({"until": "2026-11-23T15:00:00Z"}, "until"),
        ({"until": "tomorrow"}, "until"),
        ({"until": "2026-12-01T08:00:00"}, "until"),
        ({"until": "2026-12-01T08:00:00Z", "delegate": 9}, "delegate"),
        ({"until": "2026-12-01T08:00:00Z", "delegate": 1}, "delegate"),
    ],
)
async def test_absences_that_cannot_be(bench: Bench, body: Any, field: str) -> None:
    assert (await did(bench, "1/away", body, status=400))["error"]["field"] == field


@pytest.mark.parametrize("who", ["9", "nobody@example.com", "%00", "x" * 400])
@pytest.mark.parametrize("verb", ["back", "activate", "deactivate"])
async def test_nobody_there(bench: Bench, who: str, verb: str) -> None:
    assert (await did(bench, f"{who}/{verb}", status=404))["error"]["code"] == "sentinel_not_found"


async def test_other_projects_have_their_own_people(bench: Bench) -> None:
    listed = await bench.call("GET", "/desk/v1/sentinels", await bench.key("admin", project=OTHER))
    assert await listed.json() == {"sentinels": []}
    answer = await bench.call(
        "POST", "/desk/v1/sentinels/1/deactivate", await bench.key("admin", project=OTHER)
    )
    assert answer.status == 404
