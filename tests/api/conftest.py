"""The door, open for one test."""

from collections.abc import AsyncIterator

import pytest

from tests.api.bench import Bench, opened


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A desk with its HTTP door open."""
    bench = await opened()
    yield bench
    bench.desk.waiting.close()
    await bench.client.close()
