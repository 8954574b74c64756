"""What is wrong with a file, or worth a remark: where it stands and what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import yaml


@dataclass(frozen=True, slots=True)
class Mistake:
    """One remark on one place. Line and column count from 1; `field` is a path like `sentinels[2].email`."""

    file: str
    line: int
    column: int
    field: str
    text: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where}: {self.field}: {self.text}" if self.field else f"{where}: {self.text}"


class DeskfileError(Exception):
    """The file cannot be used. `mistakes` holds all of them, in the order of the file."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda m: (m.line, m.column)))
        super().__init__("; ".join(map(str, self.mistakes)))


Refusal = Callable[[str], str | None]
"""Why an address may not be called; None where it may."""


@dataclass(slots=True)
class Book:
    """What is noticed while one file is read."""

    file: str
    refusal: Refusal | None = None
    mistakes: list[Mistake] = field(default_factory=list)
    notes: list[Mistake] = field(default_factory=list)

    def wrong(self, mark: yaml.Mark | None, name: str, text: str) -> None:
        """Write a mistake down."""
        self.mistakes.append(self._at(mark, name, text))

    def note(self, mark: yaml.Mark | None, name: str, text: str) -> None:
        """Write something down that is allowed but may be meant otherwise."""
        self.notes.append(self._at(mark, name, text))

    def _at(self, mark: yaml.Mark | None, name: str, text: str) -> Mistake:
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return Mistake(self.file, line, column, name, text)


def nearest(text: str, words: Iterable[str], least: float = 0.6) -> str | None:
    """The word that was most likely meant, None where none is near."""
    known = {word.casefold(): word for word in words}
    found = difflib.get_close_matches(text.casefold(), known, 1, least)
    return known[found[0]] if found else None


def meant(text: str, words: Iterable[str]) -> str:
    """`; did you mean …?` where a word is near, else nothing."""
    found = nearest(text, words)
    return f"; did you mean `{found}`?" if found else ""


def listed(words: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
