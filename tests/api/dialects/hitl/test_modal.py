"""Whatever template and content this dialect accepts, Slack can hold as a modal."""

from typing import Any

import pytest

from api.dialects.hitl import fields
from api.dialects.hitl.wire import TemplateField
from api.problems import Refused
from approvals.model import Dialect, Verdict
from bot import forms, modals
from bot.language import Language, read_catalogues
from bot.subject import Subject
from bot.templates import LONGEST_INPUT, modifiable
from bot.templates import fields as read_fields
from bot.validator import check_view
from tests.builders import a_roster, assigned

WIDE = "я"
"""Six bytes where Slack is told of it."""

DISPLAY = {"name": "content", "type": "content_display", "label": "Text", "editable": True}


def many(count: int, **member: Any) -> list[dict[str, Any]]:
    """So many fields of one kind."""
    return [{"name": f"f{n}", "label": "Label", **member} for n in range(count)]


def heaviest(**member: Any) -> list[dict[str, Any]]:
    """As many fields of one kind as are accepted."""
    for count in range(fields.MOST_FIELDS, 0, -1):
        try:
            return list(fields.checked([TemplateField(**one) for one in many(count, **member)]))
        except Refused:
            continue
    raise AssertionError("not even one is accepted")


FORMS = {
    **{kind: heaviest(type=kind) for kind in ("boolean", "text", "textarea", "number", "date", "rating")},
    "long labels": heaviest(type="text", label="x" * 2000),
    "wide labels": heaviest(type="text", label=WIDE * 2000),
    "long choices": heaviest(type="select", options=[f"{n:03}{'x' * 72}" for n in range(100)]),
    "wide choices": heaviest(type="multi_select", options=[f"{n:03}{WIDE * 72}" for n in range(50)]),
    "many choices": heaviest(type="multi_select", options=[str(n) for n in range(100)]),
    "escaped": heaviest(type="select", label="&" * 400, options=["<" * 18, "&" * 15]),
}


def subject(form: list[dict[str, Any]], text: str, rest: str) -> Subject:
    """A review of that text under that form, with the rest as metadata."""
    context = {"text": text, "metadata": {"rest": rest}}
    wire = {"template_id": "template_1", "template": {"id": "template_1", "fields": form}}
    request = assigned(dialect=Dialect.HITL, title="Review", summary=text, context=context, wire=wire)
    return Subject(request, a_roster(), "key")


@pytest.fixture(scope="module", params=["en", "fr"])
def language(request: pytest.FixtureRequest) -> Language:
    """Each language that the bot speaks."""
    return read_catalogues().language([request.param])


@pytest.mark.parametrize("form", FORMS)
def test_a_form_at_its_limits_fits(form: str, language: Language) -> None:
    shown = subject(FORMS[form], WIDE * 32_000, WIDE * 32_000)
    page = 0
    while True:
        view = modals.approving(shown, language, page)
        assert check_view(view) == []
        if "submit" in view:
            break
        page += 1
    assert check_view(modals.rejecting(shown, language)) == []


@pytest.mark.parametrize("form", FORMS)
def test_a_form_whose_text_is_edited_fits(form: str, language: Language) -> None:
    room = FORMS[form][1:] if len(FORMS[form]) > 1 else FORMS[form]
    shown = subject([DISPLAY, *room], WIDE * 3000, WIDE * 32_000)
    assert modifiable(shown.request)
    assert check_view(modals.modifying(shown, language)) == []


def test_the_longest_text_that_is_accepted_can_be_edited() -> None:
    assert fields.LONGEST_EDITED == LONGEST_INPUT
    for letter, weight in [("x", 1), ("&", 5), ("😀", 2), ("é", 1), ("<", 4)]:
        text = letter * (LONGEST_INPUT // weight)
        fields.check_text(text, [DISPLAY])
        assert modifiable(subject([DISPLAY], text, "").request)
        with pytest.raises(Refused):
            fields.check_text(text + letter, [DISPLAY])


def test_the_bot_reads_the_fields_as_they_are_kept() -> None:
    kept = fields.checked([TemplateField(name="a", type="select", label="A", options=["x"], required=True)])
    shown = subject([DISPLAY, *kept], "Text", "")
    display, choice = read_fields(shown.request)
    assert (display.name, display.asks, display.editable) == ("content", False, True)
    assert (choice.name, choice.options, choice.required) == ("a", ("x",), True)
    assert forms.inputs(shown.request, Verdict.APPROVED, read_catalogues().language(["en"]))
