"""Reading what comes from outside without believing its shape: what is not of the kind is absent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def thing(read: object) -> Mapping[str, Any]:
    """An object; empty where it is none."""
    return read if isinstance(read, Mapping) else {}


def things(read: object) -> list[Mapping[str, Any]]:
    """The objects of a list; empty where it is none."""
    return [each for each in read if isinstance(each, Mapping)] if isinstance(read, list) else []


def word(read: object) -> str | None:
    """A text that can be kept; None where it is none, is empty, or holds what no database takes."""
    return read if isinstance(read, str) and read and legible(read) else None


def legible(text: str) -> bool:
    """Whether a text is without U+0000 and halves of surrogate pairs."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def count(read: object) -> int | None:
    """A number that is written in at most nine digits; None where it is none."""
    plain = isinstance(read, str) and read.isascii() and read.isdecimal() and len(read) <= 9
    return int(str(read)) if plain else None
