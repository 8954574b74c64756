"""Feedback that came through one door stands on the timeline that every door reads."""

from tests.api.bench import Bench
from tests.builders import a_submit


async def test_feedback_is_on_the_timeline(bench: Bench) -> None:
    await bench.desk.approvals.submit(a_submit())
    key = await bench.key(name="Payments agent")
    body = {"rating": 4, "comment": "Quick and right."}
    answer = await bench.call("POST", "/reviews/1/feedback", key, json=body)
    assert answer.status == 201
    timeline = await (await bench.call("GET", "/desk/v1/requests/1/timeline", key)).json()
    last = timeline["events"][-1]
    assert (last["kind"], last["actor"], last["data"]) == ("rated", "Payments agent", body)
    assert last["at"] == "2026-11-23T15:00:00.000Z"
    assert last["n"] == len(timeline["events"])
