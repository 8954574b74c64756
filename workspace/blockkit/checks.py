"""The small checks that every block is made of.

A check takes a value, the JSON pointer to it and a list to which it adds what is wrong,
worded as Slack words it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Problems = list[str]
Check = Callable[[Any, str, Problems], None]


def complain(problems: Problems, at: str, what: str) -> None:
    """Add one problem found at the JSON pointer `at`."""
    problems.append(f"[ERROR] {what} [json-pointer:{at}]")


def string(longest: int | None = None, shortest: int = 0) -> Check:
    """Text of `shortest` to `longest` characters."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, str):
            complain(problems, at, "must be a string")
        elif len(value) < shortest:
            complain(problems, at, f"must be more than {shortest - 1} characters")
        elif longest is not None and len(value) > longest:
            complain(problems, at, f"must be less than {longest + 1} characters")

    return check


def matching(pattern: str, what: str) -> Check:
    """Text that matches a regular expression as a whole."""
    compiled = re.compile(pattern)

    def check(value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            complain(problems, at, what)

    return check


def boolean(value: Any, at: str, problems: Problems) -> None:
    """True or false."""
    if not isinstance(value, bool):
        complain(problems, at, "must be a boolean")


def integer(lowest: int, highest: int | None = None) -> Check:
    """A whole number from `lowest` to `highest`."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            complain(problems, at, "must be an integer")
        elif value < lowest:
            complain(problems, at, f"must be at least {lowest}")
        elif highest is not None and value > highest:
            complain(problems, at, f"must be at most {highest}")

    return check


def one_of(*allowed: str) -> Check:
    """One of the given words."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if value not in allowed:
            complain(problems, at, f"must be a valid enum value; allowed: {', '.join(allowed)}")

    return check


def array(of: Check, most: int | None = None, least: int = 1) -> Check:
    """A list of `least` to `most` items, each passing `of`."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, list):
            complain(problems, at, "must be an array")
            return
        if len(value) < least:
            complain(problems, at, f"no fewer than {least} items allowed")
        if most is not None and len(value) > most:
            complain(problems, at, f"no more than {most} items allowed")
        for index, item in enumerate(value):
            of(item, f"{at}/{index}", problems)

    return check


def record(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    """An object with exactly these keys: the required ones, any of the optional, no others."""
    known = required | (optional or {})

    def check(value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            complain(problems, at, "must be an object")
            return
        for key in required:
            if value.get(key) is None:
                complain(problems, at, f"missing required field: {key}")
        for key, item in value.items():
            if key not in known:
                complain(problems, at, f"invalid additional property: {key}")
            elif item is not None:
                known[key](item, f"{at}/{key}", problems)

    return check


def by_type(table: dict[str, Check]) -> Check:
    """An object whose `type` picks the check; other types are refused."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            complain(problems, at, "must be an object")
        elif value.get("type") is None:
            complain(problems, at, "missing required field: type")
        elif value["type"] not in table:
            complain(problems, f"{at}/type", f"unsupported type: {value['type']}")
        else:
            table[value["type"]](value, at, problems)

    return check


def also(*checks: Check) -> Check:
    """All of the checks, one after another."""

    def check(value: Any, at: str, problems: Problems) -> None:
        for each in checks:
            each(value, at, problems)

    return check


def anything(value: Any, at: str, problems: Problems) -> None:
    """Whatever; for keys judged elsewhere, such as `type`."""


def either(first: str, second: str) -> Check:
    """Exactly one of two keys."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if isinstance(value, dict) and (value.get(first) is None) == (value.get(second) is None):
            complain(problems, at, f"must define either `{first}` or `{second}`")

    return check
