"""What a test needs of the machine: skipped with a reason where absent, failed where it must be present.

`TEST_REQUIRE` names, comma-separated, what must be present (`postgres`, `browser`, `external`); CI sets
it. The name has no `DESK_` in front, because the desk refuses such variables that it does not know.
"""

import os
from typing import NoReturn

import pytest


def required() -> frozenset[str]:
    """The names in `TEST_REQUIRE`."""
    return frozenset(filter(None, os.environ.get("TEST_REQUIRE", "").replace(" ", "").split(",")))


def missing(name: str, reason: str) -> NoReturn:
    """Skip the test because `name` is absent, or fail it where `name` is required."""
    if name in required():
        pytest.fail(f"{name} is required here: {reason}", pytrace=False)
    pytest.skip(reason)
