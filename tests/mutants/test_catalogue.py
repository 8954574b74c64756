"""Every mutant still fits the code, and the tests that it names are there. The trials are `make mutants`."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.mutants.mutant import ROOT, Edit, Misplaced, Mutant, absent, mutants

ALL = mutants()

# The bugs of others, M-1 to M-24, and those that a Slack bot is known for.
KNOWN = {f"M-{n}" for n in range(1, 25)} | {f"S-125{letter}" for letter in "abcdefgh"}


@cache
def names_in(path: Path) -> frozenset[str]:
    """The names of the test functions of a file."""
    nodes = ast.walk(ast.parse(path.read_text()))
    functions = [n for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return frozenset(f.name for f in functions if f.name.startswith("test_"))


@pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.number)
def test_a_mutant_fits_the_code_and_names_tests_that_exist(mutant: Mutant) -> None:
    texts: dict[str, str] = {}
    for edit in mutant.edits:
        before = texts.get(edit.file) or (ROOT / edit.file).read_text()
        texts[edit.file] = edit.apply(before)
        assert texts[edit.file] != before
    for file, text in texts.items():
        compile(text, file, "exec")
    assert mutant.tests
    for test in mutant.tests:
        file, _, name = test.partition("::")
        assert name.partition("[")[0] in names_in(ROOT / file), test


def test_numbers_are_given_once() -> None:
    counted = Counter(mutant.number for mutant in ALL)
    assert [number for number, times in counted.items() if times > 1] == []


def test_every_known_bug_is_put_back_or_said_to_have_no_place() -> None:
    put_back = {m.number if m.number in KNOWN else m.number.rstrip("abcdefgh") for m in ALL}
    assert KNOWN - put_back == set(absent())


CODE = """\
def pay(amount):
    if amount > limit:
        raise TooMuch
    send(amount)
"""


def test_a_change_of_several_lines_takes_the_indentation_of_its_place() -> None:
    edit = Edit(
        "pay.py", "if amount > limit:\n    raise TooMuch\nsend(amount)", "if frozen:\n    return\nsend(0)"
    )
    changed = edit.apply(CODE)
    assert changed == "def pay(amount):\n    if frozen:\n        return\n    send(0)\n"


@pytest.mark.parametrize("old", ["amount", "refund", "if amount > limit:\nraise TooMuch"])
def test_a_change_without_its_one_place_is_refused(old: str) -> None:
    with pytest.raises(Misplaced):
        Edit("pay.py", old, "pass").apply(CODE)
