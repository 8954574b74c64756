"""A mutant: a bug that could stand in the code, and the tests that must turn red if it did.

The catalogue holds them as YAML, one file for each part of the desk. A mutant changes text that stands
in its file exactly once, so that one which the code has moved away from is noticed at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = Path(__file__).with_name("catalogue")
ABSENT = CATALOGUE / "absent.yml"


class Misplaced(Exception):
    """The text that a mutant changes does not stand in its file exactly once."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `new` in the place of `old` in one file.

    Of text of several lines the catalogue leaves out the indentation that all of them share.
    """

    file: str
    old: str
    new: str

    def apply(self, text: str) -> str:
        """The file's text with the bug in it; raises Misplaced."""
        places = list(_pattern(self.old).finditer(text))
        if len(places) != 1 or ("\n" not in self.old and text.count(self.old) != 1):
            raise Misplaced(f"{self.file} holds this {len(places)} times:\n{self.old}")
        place = places[0]
        new = self.new.replace("\n", f"\n{place['indent']}")
        return f"{text[: place.start()]}{place['indent']}{place['before']}{new}{text[place.end() :]}"


@dataclass(frozen=True, slots=True)
class Mutant:
    """`number` as in the list of bugs, `seen` the product that shipped it, `tests` the ids of the tests."""

    number: str
    bug: str
    seen: str | None
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]

    def infect(self, tree: Path) -> None:
        """Change the files of a copy of the code; raises Misplaced."""
        for edit in self.edits:
            path = tree / edit.file
            path.write_text(edit.apply(path.read_text()))


def mutants() -> list[Mutant]:
    """All of them, in the order of the catalogue."""
    return [mutant for path in sorted(CATALOGUE.glob("*.yml")) if path != ABSENT for mutant in _read(path)]


def absent() -> dict[str, str]:
    """The bugs that cannot be put back, because what they break is not there: number and why."""
    return dict(yaml.safe_load(ABSENT.read_text()))


def _read(path: Path) -> Iterator[Mutant]:
    for number, told in yaml.safe_load(path.read_text()).items():
        edits = told.get("edits", [told])
        yield Mutant(
            number,
            told["bug"],
            told.get("seen"),
            tuple(_edit(edit) for edit in edits),
            tuple([told["red"]] if isinstance(told["red"], str) else told["red"]),
        )


def _edit(told: Mapping[str, Any]) -> Edit:
    return Edit(told["file"], str(told["old"]).rstrip("\n"), str(told["new"]).rstrip("\n"))


def _pattern(old: str) -> re.Pattern[str]:
    first, *others = old.split("\n")
    rest = "".join(rf"\n(?P=indent){re.escape(line)}" if line else r"\n[ ]*" for line in others)
    return re.compile(rf"^(?P<indent>[ ]*)(?P<before>.*?){re.escape(first)}{rest}", re.MULTILINE)
