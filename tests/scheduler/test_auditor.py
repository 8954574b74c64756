"""The auditor's minute: it looks again and again, tells what it found, and nothing stops it."""

import asyncio

from approvals.auditing import Violation
from approvals.errors import StoreUnavailable
from scheduler.auditor import Auditor
from tests.builders import PROJECT

WRONG = Violation("told", PROJECT, "some request")


async def test_it_goes_on_whatever_happens_and_tells_what_it_found() -> None:
    outcomes = iter([[], StoreUnavailable(), KeyError("a bug"), [WRONG]])
    heard: asyncio.Queue[list[Violation]] = asyncio.Queue()

    async def sweep() -> list[Violation]:
        found = next(outcomes, [])
        if isinstance(found, Exception):
            raise found
        return found

    async with asyncio.timeout(10), Auditor(sweep, heard.put_nowait, every_s=0):
        assert [await heard.get() for _ in range(3)] == [[], [WRONG], []]
