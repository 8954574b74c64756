"""`desk.yml`: what a team writes, read into what its project shall be. Pure.

`parse` reports every mistake at once, each with file, line, field and the nearest right word.
The reference for people is docs/desk-yml.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from approvals.applying import Wanted
from deskfile import roster
from deskfile.mistakes import Book, DeskfileError, Mistake, Refusal
from deskfile.spots import compose

__all__ = ["DeskfileError", "Mistake", "Parsed", "parse"]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file without mistakes. `notes` tell of what is allowed but may be meant otherwise."""

    wanted: Wanted
    notes: tuple[Mistake, ...] = ()


def parse(text: str, file: str = "desk.yml", refusal: Refusal | None = None) -> Parsed:
    """Read the text of a file of that name. Raises DeskfileError, which lists every mistake.

    With `refusal`, a webhook may not go to an address that it refuses.
    """
    book = Book(file, refusal)
    root = compose(text, book)
    wanted = roster.read(root) if root else None
    if wanted is None or book.mistakes:
        raise DeskfileError(book.mistakes)
    return Parsed(wanted, tuple(sorted(book.notes, key=lambda note: (note.line, note.column))))
