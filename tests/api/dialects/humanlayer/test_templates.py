"""A submit that names a template: its Sentinel answers in a form, and the agent reads the answers."""

from typing import Any

from approvals.commands import Decide
from approvals.model import Door, SentinelId, Verdict
from tests.api.bench import DEFAULT, OTHER, Bench
from tests.api.dialects.humanlayer.test_submit import SUBMIT, refusal, submitted

TEMPLATE = {"name": "Clauses", "fields": [{"name": "clause", "type": "text", "label": "Which clause"}]}


async def a_template(bench: Bench, **more: Any) -> str:
    """The id of a template of a project."""
    answer = await bench.call("POST", "/v1/templates", await bench.key(**more), json=TEMPLATE)
    template_id: str = (await answer.json())["data"]["id"]
    return template_id


async def test_the_answers_are_read_back(bench: Bench) -> None:
    key, template_id = await bench.key(), await a_template(bench)
    request = await submitted(bench, key, template_id=template_id)
    assert (request["template_id"], request["answers"]) == (template_id, None)
    kept = await bench.store.request(DEFAULT, request["id"])
    assert kept.wire["template"]["fields"] == TEMPLATE["fields"]
    answers = {"clause": "4.2"}
    command = Decide(DEFAULT, kept.id, SentinelId(1), Verdict.APPROVED, Door.SLACK, answers=answers)
    await bench.desk.approvals.decide(command)
    found = await bench.call("GET", f"/ai-request?id={kept.id}", key)
    assert (await found.json())["request"]["answers"] == answers


async def test_without_one_nothing_is_said_of_it(bench: Bench) -> None:
    assert not {"template_id", "answers"} & (await submitted(bench, await bench.key())).keys()


async def test_templates_of_others_are_none(bench: Bench) -> None:
    theirs = await a_template(bench, project=OTHER)
    for named in [theirs, "template_123"]:
        error = await refusal(bench, **{**SUBMIT, "template_id": named})
        assert error.startswith("Invalid template_id: names no template of this project")
