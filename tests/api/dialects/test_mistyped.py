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
