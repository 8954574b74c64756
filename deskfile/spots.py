"""YAML with positions: every value knows where it stands, so that every mistake can say so.

Values are taken as they are written (`NO` is a country here, not a boolean). Nothing is
constructed, and what aliases expand to is bounded, so that a small file stays small.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

import yaml

from approvals import times
from deskfile.mistakes import Book, listed, meant

MAX_BYTES = 256 * 1024
MAX_VALUES = 20_000
MAX_DEPTH = 12
LONGEST = 200

_NULL = "tag:yaml.org,2002:null"
_WHOLE = re.compile(r"[0-9]{1,9}")
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Spot:
    """One value: its node, the node of its name (its own in a list), its field's path, the book.

    A reader that finds something wrong writes it down and returns None, or nothing.
    """

    node: yaml.Node
    name: yaml.Node
    field: str
    book: Book

    def wrong(self, text: str) -> None:
        """Write down that this value cannot be used."""
        self.book.wrong(self.node.start_mark, self.field, text)

    def misplaced(self, text: str) -> None:
        """Write down that this name has no place here."""
        self.book.wrong(self.name.start_mark, self.field, text)

    def note(self, text: str) -> None:
        """Write down that this value may be meant otherwise."""
        self.book.note(self.node.start_mark, self.field, text)

    @property
    def line(self) -> int:
        """The line of its name."""
        return int(self.name.start_mark.line) + 1

    @property
    def empty(self) -> bool:
        """Whether nothing is written there (`field:` and no more)."""
        return self.is_line and self.node.tag == _NULL

    @property
    def is_line(self) -> bool:
        """Whether it is neither a list nor a mapping."""
        return isinstance(self.node, yaml.ScalarNode)

    @property
    def is_mapping(self) -> bool:
        """Whether it holds fields."""
        return isinstance(self.node, yaml.MappingNode)

    def text(self, like: str) -> str | None:
        """A line of text; `like` says what belongs here."""
        text = str(self.node.value).strip() if self.is_line and not self.empty else ""
        fault = None
        if not self.is_line:
            fault = f"must be one value: {like}"
        elif not text:
            fault = f"is empty; write {like}"
        elif len(text) > LONGEST:
            fault = f"is longer than {LONGEST} characters"
        elif any(unicodedata.category(letter) in _UNSEEN for letter in text):
            fault = "holds a character that cannot be seen"
        if fault is None:
            return text
        self.wrong(fault)
        return None

    def one_of(self, words: Sequence[str]) -> str | None:
        """One of these words, matched without regard to case."""
        text = self.text(listed(words))
        if text is None or text.casefold() in words:
            return text.casefold() if text else None
        self.wrong(f"`{text}` is not {listed(words)}{meant(text, words)}")
        return None

    def word(self, words: type[E]) -> E | None:
        """One of the words of an enumeration."""
        found = self.one_of([word.value for word in words])
        return None if found is None else words(found)

    def duration(self) -> timedelta | None:
        """A length of time."""
        text = self.text("a time such as 30m or 48h")
        found = None if text is None else times.duration(text)
        if text is not None and found is None:
            self.wrong(f"`{text}` is no length of time; write 90s, 30m, 48h or 7d")
        return found

    def whole(self, low: int, high: int) -> int | None:
        """A whole number within these bounds, both included."""
        like = f"a whole number from {low} to {high}"
        text = self.text(like)
        if text is None:
            return None
        if _WHOLE.fullmatch(text) and low <= int(text) <= high:
            return int(text)
        self.wrong(f"`{text}` is not {like}")
        return None

    def items(self, like: str, some: bool = False) -> list[Spot]:
        """The values of a list; `like` is an example, `some` asks for one value at least."""
        if not isinstance(self.node, yaml.SequenceNode) or (some and not self.node.value):
            self.wrong(f"must be a list such as {like}")
            return []
        return [
            Spot(node, node, f"{self.field}[{number}]", self.book)
            for number, node in enumerate(self.node.value, 1)
        ]

    def entries(self) -> dict[str, Spot]:
        """The values of a mapping by name, each name once. Nothing written at all is an empty one."""
        if self.empty:
            return {}
        if not self.is_mapping:
            self.wrong("must hold fields, each as `name: value`")
            return {}
        found: dict[str, Spot] = {}
        for name, node in self.node.value:
            key = Spot(name, name, self.field, self.book).text("a name")
            if key is None:
                continue
            spot = Spot(node, name, f"{self.field}.{key}" if self.field else key, self.book)
            if key in found:
                spot.misplaced(f"stands here twice, on line {found[key].line} already")
            else:
                found[key] = spot
        return found

    def fields(self, *known: str) -> dict[str, Spot]:
        """The values of a mapping that has these fields and no others."""
        found = self.entries()
        for name in [name for name in found if name not in known]:
            found.pop(name).misplaced(f"is no field here{meant(name, known)}{_choice(name, known)}")
        return found


def _choice(name: str, known: Sequence[str]) -> str:
    return "" if meant(name, known) else f"; there are {', '.join(known)}"


def compose(text: str, book: Book) -> Spot | None:
    """The whole file as one value, None where it is no YAML or too large."""
    node = None
    if len(text.encode(errors="replace")) > MAX_BYTES:
        book.wrong(None, "", f"the file is larger than {MAX_BYTES // 1024} KiB")
        return None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        why = " ".join(filter(None, (error.context, error.problem)))
        book.wrong(error.problem_mark or error.context_mark, "", f"this is not YAML: {why}")
        return None
    except yaml.YAMLError as error:
        book.wrong(None, "", f"this is not YAML: {' '.join(str(error).split())}")
        return None
    except RecursionError:
        book.wrong(None, "", "the file is nested too deeply")
        return None
    if node is None:
        book.wrong(None, "", "the file is empty; docs/desk-yml.md shows what belongs in it")
        return None
    return Spot(node, node, "", book) if _bounded(node, book) else None


def _bounded(root: yaml.Node, book: Book) -> bool:
    """Whether the tree, aliases expanded, is as small as any real file."""
    rest = [(root, 1)]
    seen = 0
    while rest:
        node, depth = rest.pop()
        seen += 1
        if seen > MAX_VALUES or depth > MAX_DEPTH:
            book.wrong(node.start_mark, "", "the file holds too much, or is nested too deeply")
            return False
        if isinstance(node, yaml.SequenceNode):
            rest += [(child, depth + 1) for child in node.value]
        elif isinstance(node, yaml.MappingNode):
            rest += [(child, depth + 1) for pair in node.value for child in pair]
    return True
