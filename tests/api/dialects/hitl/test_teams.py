"""`/v1/teams`: Sentinels under one name, who get no authority by it."""

from typing import Any

import pytest

from tests.api.bench import OTHER, Bench
from tests.api.dialects.hitl.reviewing import a_review, kept, refused, said

MEMBER = {"email": "s2@example.com", "name": "Sentinel 2", "active": True}


async def a_team(bench: Bench, key: str, name: str = "Copy desk", *emails: str) -> Any:
    """A team with these members."""
    made = (await said(bench, "POST", "teams", key, {"name": name}, status=201))["data"]
    for email in emails:
        await said(bench, "POST", f"teams/{made['id']}/members", key, {"email": email}, status=201)
    return made


async def test_a_team_and_its_members(bench: Bench) -> None:
    key = await bench.key()
    body = {"name": " Copy desk ", "description": "Who reads first", "colour": 1}
    words = await said(bench, "POST", "teams", key, body, status=201)
    made = words["data"]
    assert made["id"].startswith("team_")
    assert {**made, "id": None} == {
        "id": None,
        "name": "Copy desk",
        "description": "Who reads first",
        "member_count": 0,
    }
    assert words["meta"]["warnings"] == ["Unknown field 'colour' was ignored."]
    path = f"teams/{made['id']}/members"
    for email in ["S2@example.com", "s2@example.com"]:
        joined = await said(bench, "POST", path, key, {"email": email}, status=201)
        assert joined["data"] == {"team_id": made["id"], **MEMBER}
    words = await said(bench, "GET", path, key)
    assert words["data"] == {"members": [MEMBER]}
    assert words["meta"]["pagination"] == {"page": 1, "per_page": 20, "total": 1, "total_pages": 1}
    listed = (await said(bench, "GET", "teams", key))["data"]["teams"]
    assert listed == [{**made, "member_count": 1}]


async def test_teams_are_listed_by_name(bench: Bench) -> None:
    key = await bench.key()
    for name in ["beta", "Alpha", "Gamma"]:
        await a_team(bench, key, name)
    words = await said(bench, "GET", "teams?per_page=2", key)
    assert [team["name"] for team in words["data"]["teams"]] == ["Alpha", "beta"]
    assert words["meta"]["pagination"]["total_pages"] == 2


async def test_a_name_that_is_taken(bench: Bench) -> None:
    key = await bench.key()
    await a_team(bench, key)
    error = await refused(bench, "POST", "teams", {"name": "COPY desk"})
    assert (error["details"]["field"], error["details"]["issue"]) == ("name", "has already been taken")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": 5}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "reviewer@company.com"}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "x", "description": "a\nb"}, "description"),
    ],
)
async def test_teams_that_cannot_be(quick: Bench, body: Any, field: str) -> None:
    error = await refused(quick, "POST", "teams", body)
    assert (error["code"], error["details"]["field"]) == ("validation_error", field)


@pytest.mark.parametrize(
    ("body", "issue"),
    [
        ({}, "is required"),
        ({"email": 5}, "must be a string"),
        ({"email": "who@x.example"}, "is no Sentinel"),
        ({"email": "s9@example.com"}, "is no Sentinel"),
        ({"email": "Sentinel 2"}, "is no Sentinel"),
    ],
)
async def test_only_sentinels_are_members(quick: Bench, body: Any, issue: str) -> None:
    team = await a_team(quick, await quick.key())
    error = await refused(quick, "POST", f"teams/{team['id']}/members", body)
    assert error["details"]["field"] == "email"
    assert issue in error["details"]["issue"]


async def test_a_team_gives_nobody_authority(bench: Bench) -> None:
    key = await bench.key()
    await a_team(bench, key, "Lawyers", "s4@example.com")
    review = await a_review(bench, key, assignees=["Lawyers"])
    assert (await kept(bench, review)).assigned_to in {1, 2}


async def test_teams_of_nobody_and_of_others(bench: Bench) -> None:
    team = await a_team(bench, await bench.key())
    theirs = await bench.key(project=OTHER)
    for named in [team["id"], "team_1", "%00"]:
        for method, body in [("GET", None), ("POST", {"email": "s9@example.com"})]:
            path = f"teams/{named}/members"
            error = await refused(bench, method, path, body, status=404, key=theirs)
            assert error["code"] == "team_not_found"
    assert (await said(bench, "GET", "teams", theirs))["data"] == {"teams": []}
    error = await refused(
        bench, "POST", "reviews", {"content": {"text": "a"}, "assignees": ["Copy desk"]}, key=theirs
    )
    assert error["details"]["field"] == "assignees"
