"""The RFC 8785 form of a JSON value: what is hashed, so that anybody can hash it again."""

from __future__ import annotations

import contextlib

import orjson
import rfc8785

from approvals.model import Json

_LARGEST = 2**53 - 1
_PLAIN = frozenset({str, bool, type(None)})


def canonical(value: Json) -> bytes:
    """The canonical bytes. Raises ValueError or RecursionError for what has none."""
    if _plain(value):
        # For such values orjson writes the same bytes, in a tenth of the time; but not to any
        # depth, and no lone surrogates, for which the reference has the right words.
        with contextlib.suppress(TypeError):
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return rfc8785.dumps(value)


def _plain(value: Json) -> bool:
    """Whether neither the writing of floats nor the sorting of keys outside ASCII comes in."""
    found = [value]
    for item in found:  # which grows as it is walked: no call for each value
        kind = type(item)
        if kind is dict:
            if not _ascii_keys(item):
                return False
            found.extend(item.values())
        elif kind is list:
            found.extend(item)
        elif not (kind in _PLAIN or (kind is int and -_LARGEST <= item <= _LARGEST)):
            return False
    return True


def _ascii_keys(item: dict[str, Json]) -> bool:
    try:
        return "".join(item).isascii()
    except TypeError:
        return False
