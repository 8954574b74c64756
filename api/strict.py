"""Reading JSON so that nobody downstream meets a surprise: one strict parse for every dialect.

Refused, with the field and the cure: what is not UTF-8 or not JSON, repeated keys (readers
disagree on which one counts), NaN and infinities, numbers that a double does not hold exactly
as an integer, lone surrogates, NUL, and what is too deep, too long or too much.

An ordinary body costs one parse and one serialisation in C, and a look at its numbers: a repeated
key shows as a colon that the parsed value has lost. Only a body that could hold something wrong is
walked through and read again, slowly, to say where.
"""

from __future__ import annotations

import json
from typing import NamedTuple

import orjson

from api.problems import Fault, Problem, Refused
from approvals.model import Json

DEEPEST = 32
"""Levels of objects and lists."""

MOST_KEYS = 2_000
"""Keys of all objects together."""

LONGEST_TEXT = 64 * 1024
"""Bytes of one string in UTF-8."""

GREATEST_NUMBER = 2**53 - 1
"""Beyond it, neighbouring integers are one number to most readers (RFC 8785 refuses them too)."""

_SURELY_SHORT = LONGEST_TEXT // 4
_LONGEST_NAME = 64


class _Path(NamedTuple):
    """Where in the body: the name or index here, and where that is."""

    parent: _Path | None
    step: str | int


def read(raw: bytes) -> Json:
    """The value of a JSON text. Raises Refused (400) for everything listed above."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _diagnosis(raw, str(error)) from None
    if not (_short_and_flat(raw) and _same_colons(raw, value) and _numbers_fit(value)):
        _step(value, None, "body", 0, 0)
        _slowly(raw)
    return value


def canonical(value: Json) -> bytes:
    """The same bytes for the same JSON value, whatever the order of its keys."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _short_and_flat(raw: bytes) -> bool:
    """Whether no limit of depth, size or text can be broken, whatever the values are."""
    return (
        len(raw) <= LONGEST_TEXT
        and raw.count(b"{") + raw.count(b"[") <= DEEPEST
        and raw.count(b":") <= MOST_KEYS
        and rb"\u0000" not in raw
    )


def _same_colons(raw: bytes, value: Json) -> bool:
    """Whether no key can have been lost as a repetition; an escaped colon would hide one."""
    return rb"\u003" not in raw and raw.count(b":") == orjson.dumps(value).count(b":")


def _numbers_fit(value: Json) -> bool:
    for inner in value.values() if type(value) is dict else value if type(value) is list else (value,):
        kind = type(inner)
        if kind is dict or kind is list:
            if not _numbers_fit(inner):
                return False
        elif (kind is int or kind is float) and not -GREATEST_NUMBER <= inner <= GREATEST_NUMBER:
            return False
    return True


def _walk(value: Json, path: _Path | None, depth: int, keys: int) -> int:
    """Check everything under an object or a list; how many keys were seen so far."""
    if depth > DEEPEST:
        raise _refused(path, f"is nested more than {DEEPEST} levels deep", "send it flatter")
    if isinstance(value, dict):
        keys += len(value)
        if keys > MOST_KEYS:
            raise _refused(None, f"has more than {MOST_KEYS} keys", "send less")
        for name, inner in value.items():
            _check_text(name, path)
            keys = _step(inner, path, name, depth, keys)
    else:
        for index, inner in enumerate(value):
            keys = _step(inner, path, index, depth, keys)
    return keys


def _step(inner: Json, path: _Path | None, step: str | int, depth: int, keys: int) -> int:
    kind = type(inner)
    if kind is dict or kind is list:
        return _walk(inner, _Path(path, step), depth + 1, keys)
    if inner is not None and kind is not bool:
        _check(inner, path, step)
    return keys


def _check(value: str | float, path: _Path | None, step: str | int | None = None) -> None:
    if isinstance(value, str):
        _check_text(value, path, step)
    # Written so that NaN, which compares with nothing, is refused as well.
    elif value is not None and not -GREATEST_NUMBER <= value <= GREATEST_NUMBER:
        where = path if step is None else _Path(path, step)
        issue = f"must be a finite number between -{GREATEST_NUMBER} and {GREATEST_NUMBER}"
        raise _refused(where, issue, "send a larger one as a string of digits")


def _check_text(text: str, path: _Path | None, step: str | int | None = None) -> None:
    if "\0" in text:
        issue, fix = "contains the character U+0000", "leave it out"
    elif len(text) > _SURELY_SHORT and len(text.encode(errors="replace")) > LONGEST_TEXT:
        issue, fix = f"is longer than {LONGEST_TEXT} bytes", "shorten it"
    elif not text.isascii() and _lone_surrogate(text):
        issue, fix = "contains half of a surrogate pair", "send the whole character"
    else:
        return
    raise _refused(path if step is None else _Path(path, step), issue, fix)


def _lone_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _diagnosis(raw: bytes, error: str) -> Refused:
    """Why the fast parser refused, naming the field where there is one."""
    if not raw.strip():
        return _refused(None, "is empty", "send a JSON object")
    try:
        _slowly(raw)
    except Refused as found:
        return found
    return _refused(None, f"is not valid JSON: {error}", "send one JSON object in UTF-8")


def _slowly(raw: bytes) -> None:
    """Read leniently, then look for what is wrong; raises Refused where something is."""
    try:
        value = _LENIENT.decode(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _refused(None, f"is not UTF-8 at byte {error.start}", "encode it in UTF-8") from None
    except RecursionError:
        raise _refused(None, f"is nested more than {DEEPEST} levels deep", "send it flatter") from None
    except ValueError:
        return
    _step(value, None, "body", 0, 0)


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, value in pairs:
        if name in found:
            raise _refused(_Path(None, name), "is given twice in one object", "send it once")
        found[name] = value
    return found


def _integer(digits: str) -> int | float:
    """An integer; one of absurd length as an infinity, which is refused where it stands."""
    return int(digits) if len(digits) <= 20 else float("inf")


_LENIENT = json.JSONDecoder(object_pairs_hook=_unique, parse_int=_integer)


def _refused(path: _Path | None, issue: str, fix: str) -> Refused:
    name = _named(path)
    return Refused(Problem(400, "invalid_body", f"{name} {issue} ({fix})", (Fault(name, issue, fix),)))


def _named(path: _Path | None) -> str:
    """`context_json.parties[1]`; the whole is `body`."""
    steps: list[str | int] = []
    while path is not None:
        steps.append(path.step)
        path = path.parent
    text = "".join(f"[{s}]" if isinstance(s, int) else f".{_short(s)}" for s in reversed(steps))
    return text.removeprefix(".").removeprefix("body.") or "body"


def _short(name: str) -> str:
    name = name.encode(errors="replace").decode()
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
