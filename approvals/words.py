"""Comparing words that people and agents write: without regard to case, accents or spacing."""

from __future__ import annotations

import unicodedata

# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


def fold(text: str) -> str:
    """The text in the form in which two spellings of it are equal: `  Québec ` is `quebec`.

    Composed and decomposed accents come to the same. Punctuation stays, so that a slug
    (`data_deletion`) folds to itself. Meant for comparison only, never for showing.
    """
    text = " ".join(text.casefold().split())
    if text.isascii():
        return text
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(bare.casefold().translate(_LETTERS).split())


def stripped(text: str | None) -> str | None:
    """The text without surrounding space, None where nothing is left."""
    return (text or "").strip() or None
