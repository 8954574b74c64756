"""A stage for each transport."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.stage import Stage, staged


@pytest.fixture(params=["http", "socket"])
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    """The bot before the strict workspace, over HTTP and over a socket."""
    async with staged(tmp_path, request.param) as stage:
        yield stage


@pytest.fixture
async def web_stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """The same over HTTP only, for what does not depend on the transport."""
    async with staged(tmp_path, "http") as stage:
        yield stage
