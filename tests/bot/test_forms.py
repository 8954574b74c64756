"""Review templates as the modal in which a Sentinel decides, and the answers that come of it."""

from typing import Any

from approvals.model import Dialect, Verdict
from bot import action_ids
from bot.metadata import Routing
from tests.bot.forging import forging
from tests.bot.stage import AMIR, Stage, amir

FIELDS: list[dict[str, Any]] = [
    {"name": "content", "type": "content_display", "label": "Content to review", "editable": True},
    {"name": "approved", "type": "boolean", "label": "Approve content", "required": True},
    {"name": "title", "type": "text", "label": "Title"},
    {"name": "notes", "type": "textarea", "label": "Notes"},
    {"name": "amount", "type": "number", "label": "Amount", "required": True},
    {"name": "risk", "type": "select", "label": "Risk", "options": ["low", "high"], "required": True},
    {"name": "flags", "type": "multi_select", "label": "Flags", "options": ["a", "b", "c"]},
    {"name": "due", "type": "date", "label": "Due"},
    {"name": "score", "type": "rating", "label": "Score"},
    {"name": "checked", "type": "boolean", "label": "Checked twice?"},
]

FILLED = {
    "field.title": "A title",
    "field.amount": "12.5",
    "field.risk": "high",
    "field.flags": ["a", "c"],
    "field.due": "2027-01-31",
    "field.score": "4",
    "field.checked": "Yes",
}

REVIEW = {
    "dialect": Dialect.HITL,
    "summary": "The text to review",
    "context": {"text": "The text to review", "metadata": {"source": "a model"}},
    "wire": {"template_id": "template_1", "template": {"name": "Review", "fields": FIELDS}},
}


async def test_approving_fills_the_template_in(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit(**REVIEW)
    person = stage.person(AMIR)

    opened = await person.click(await stage.card(AMIR), action_ids.APPROVE)
    assert opened.modal is not None
    assert opened.modal.all_text.count("The text to review") == 1
    missing = await person.submit({})
    assert set(missing.errors) == {"field.amount", "field.risk"}
    assert (await person.submit(FILLED)).closed

    decision = (await stage.request(request.id)).decision
    assert decision is not None
    assert decision.answers == {
        "approved": True,
        "title": "A title",
        "notes": None,
        "amount": 12.5,
        "risk": "high",
        "flags": ["a", "c"],
        "due": "2027-01-31",
        "score": 4,
        "checked": True,
    }


async def test_answers_that_contradict_the_button_are_an_error_in_the_modal(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit(**REVIEW)
    person = stage.person(AMIR)
    await person.click(await stage.card(AMIR), action_ids.REJECT)
    values = FILLED | {action_ids.REASONING: "No."}

    wrong = await person.submit(values | {"field.approved": "Yes"})
    assert list(wrong.errors) == ["field.approved"]
    assert (await person.submit(values | {"field.approved": "No"})).closed

    decision = (await stage.request(request.id)).decision
    assert decision is not None
    assert decision.verdict is Verdict.REJECTED
    assert decision.answers is not None
    assert decision.answers["approved"] is False


async def test_the_editable_text_is_modified_under_its_own_name(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit(**REVIEW)
    person = stage.person(AMIR)
    opened = await person.click(await stage.card(AMIR), action_ids.MODIFY)
    assert opened.modal is not None
    field = opened.modal.control("field.content")
    assert field is not None
    assert field.raw["initial_value"] == "The text to review"

    blank = await person.submit(FILLED | {"field.content": "   "})
    assert list(blank.errors) == ["field.content"]
    assert (await person.submit(FILLED | {"field.content": "A better text"})).closed

    decision = (await stage.request(request.id)).decision
    assert decision is not None
    assert (decision.verdict, decision.modified) == (Verdict.MODIFIED, "A better text")


async def test_a_template_without_an_editable_text_has_no_modify(stage: Stage) -> None:
    await stage.apply(amir())
    fixed = [{**FIELDS[0], "editable": False}, *FIELDS[1:]]
    await stage.submit(**REVIEW | {"wire": {"template": {"fields": fixed}}})
    assert (await stage.card(AMIR)).button(action_ids.MODIFY) is None


async def test_what_cannot_be_edited_is_not_modified_by_a_view_that_says_so(stage: Stage) -> None:
    await stage.apply(amir())
    fixed = [{**FIELDS[0], "editable": False}, *FIELDS[1:]]
    request = await stage.submit(**REVIEW | {"wire": {"template": {"fields": fixed}}})
    person = stage.person(AMIR)
    await person.click(await stage.card(AMIR), action_ids.APPROVE)
    edited = "view/state/values/modified_action/modified_action"
    modifying = Routing(request.id, request.content_version, "modified").text()
    with forging({"view/private_metadata": modifying, edited: {"value": "Something else"}}):
        told = await person.submit(FILLED)
    assert told.view is not None
    assert "The agent cannot be told of changes here" in told.view.all_text
    assert (await stage.request(request.id)).decision is None


async def test_a_complaint_about_what_the_view_does_not_have_is_told_instead_of_it(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit(**REVIEW)
    person = stage.person(AMIR)
    await person.click(await stage.card(AMIR), action_ids.APPROVE)
    with forging({"view/private_metadata": Routing(request.id, request.content_version, "modified").text()}):
        told = await person.submit(FILLED)
    assert told.errors == {}
    assert told.view is not None
    assert "Write something here." in told.view.all_text
    assert (await stage.request(request.id)).decision is None
