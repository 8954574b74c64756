"""What the pages for those who come from elsewhere say: true of what is refused, and of `desk.yml`."""

import re
from pathlib import Path

import pytest

from api.dialects.hitl import answers, fields
from approvals.model import Dialect
from approvals.subscriptions import EVENTS
from deskfile import parse
from tests.test_readme import ROOT, blocks

PAGES = sorted([*(ROOT / "docs").glob("migrate-*.md"), *(ROOT / "docs" / "fr").glob("migrate-*.md")])
HITL = [ROOT / "docs" / "migrate-from-hitl.md", ROOT / "docs" / "fr" / "migrate-from-hitl.md"]


def test_each_page_is_there_in_both_languages() -> None:
    english = {page.name for page in PAGES if page.parent.name == "docs"}
    french = {page.name for page in PAGES if page.parent.name == "fr"}
    assert english == french == {f"migrate-from-{name}.md" for name in Dialect}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_desk_yml_can_be_read(page: Path) -> None:
    examples = blocks(page.read_text(), "yaml")
    assert examples
    for example in examples:
        assert parse(f"project: default\n{example}").wanted


@pytest.mark.parametrize("page", HITL, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_limits_are_those_that_hold(page: Path) -> None:
    section = re.split(r"^## ", page.read_text(), flags=re.MULTILINE)[3]
    numbers = re.findall(r"\d+(?:[, ]\d{3})*", section)
    told = {int(number.replace(",", "").replace(" ", "")) for number in numbers}
    held = {
        fields.MOST_FIELDS,
        fields.LONGEST_LABEL,
        fields.MOST_OPTIONS,
        fields.LONGEST_OPTION,
        fields.HEAVIEST_FORM,
        fields.LONGEST_EDITED,
    }
    assert held <= told
    assert str(answers.LARGEST_SIZE) in page.read_text()


@pytest.mark.parametrize("page", HITL, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_events_beside_the_reference_s_own_are_named(page: Path) -> None:
    ours = {"review.expired", "review.escalated"}
    assert ours <= {event for events in EVENTS.values() for event in events}
    assert all(f"`{event}`" in page.read_text() for event in ours)
