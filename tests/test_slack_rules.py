"""Every rule of Slack is held by something that exists: a test, a paragraph, or Slack itself."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
RULES = 145

ROW = re.compile(r"\| S-(\d+) \| [^|]+ \| (.+) \|")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
PARAGRAPH = re.compile(r"\[[^\]]+\]\(([\w-]+\.md)#([\w-]+)\)")
FACT = "*platform fact*"


def rows() -> list[tuple[int, str]]:
    """The number of each rule with what holds it, in the order of the page."""
    return [(int(n), held) for n, held in ROW.findall((DOCS / "slack-rules.md").read_text())]


def functions(file: str) -> set[str]:
    """The names of a test file's functions."""
    path = ROOT / file
    tree = ast.parse(path.read_text()) if path.exists() else ast.Module([], [])
    return {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}


def anchors(document: str) -> set[str]:
    """The headings of a page, as links name them."""
    path = DOCS / document
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE) if path.exists() else []
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_rule_is_there_once() -> None:
    assert [number for number, _ in rows()] == list(range(1, RULES + 1))


def test_every_rule_is_held_by_something() -> None:
    left = {number: TEST.sub("", PARAGRAPH.sub("", held)).replace(FACT, "") for number, held in rows()}
    assert {number: rest for number, rest in left.items() if rest.strip(" ,")} == {}
    assert [number for number, held in rows() if not held.strip()] == []


def test_every_test_and_every_paragraph_exists() -> None:
    named = [(number, *found) for number, held in rows() for found in TEST.findall(held)]
    assert [each for each in named if each[2] not in functions(each[1])] == []
    linked = [(number, *found) for number, held in rows() for found in PARAGRAPH.findall(held)]
    assert [each for each in linked if each[2] not in anchors(each[1])] == []
