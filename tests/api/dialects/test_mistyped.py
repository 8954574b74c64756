"""What looks mistyped is taken, and answered with a warning, through every door."""

from typing import Any

import pytest

from tests.api.bench import Bench
from tests.builders import a_wanted

DOMAIN = "Domain 'leagl' is none of this team's; did you mean 'legal'?"
PLACE = "Jurisdiction 'Quebc' is no place that is known; write one such as 'CA-QC' or 'France'."
WHERE = {"domain": "leagl", "jurisdiction": "Quebc"}

BODIES: dict[str, dict[str, Any]] = {
    "/ai-request": {"agent_id": "a", "request_type": "judgment", "summary": "S"} | WHERE,
    "/api/v1/requests": {"title": "T", "payload": WHERE},
    "/reviews": {"task_type": "anything", "proposed_action": "P", "metadata": WHERE},
}


@pytest.mark.parametrize("path", BODIES)
async def test_a_mistyped_domain_or_place_is_named(bench: Bench, path: str) -> None:
    await bench.people(a_wanted(1), a_wanted(2, domains={"*"}))
    said = await (await bench.call("POST", path, await bench.key(), json=BODIES[path])).json()
    assert said["warnings"] == [DOMAIN, PLACE]


LISTS = {
    "/ai-request": ("agent_id=a", "agent_id=a&cursor="),
    "/api/v1/requests": ("", "status=pending&external_id=x"),
    "/reviews": ("", "status=pending&task_type=x&framework=y&page=1&page_size=5"),
    "/v1/reviews": ("", "status=created&template_id=template_1&page=1&per_page=5"),
}


@pytest.mark.parametrize("path", LISTS)
async def test_a_filter_that_is_misspelt_is_named(bench: Bench, path: str) -> None:
    needed, known = LISTS[path]
    key = await bench.key()
    said = await (await bench.call("GET", f"{path}?{needed}&stat=open&limit=abc", key)).json()
    assert said.get("meta", said)["warnings"] == [
        "Unknown parameter 'stat' was ignored.",
        "Unknown parameter 'limit' was ignored.",
    ]
    said = await (await bench.call("GET", f"{path}?{known}", key)).json()
    assert "warnings" not in said.get("meta", said)


async def test_a_heap_of_unknown_parameters_is_named_in_part(bench: Bench) -> None:
    heap = "&".join(f"{'x' * 100}{n}=1" for n in range(30))
    said = await (await bench.call("GET", f"/reviews?{heap}", await bench.key())).json()
    assert said["warnings"][20:] == ["10 more unknown parameters were ignored."]
    assert len(said["warnings"][0]) < 110
