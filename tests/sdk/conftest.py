"""A desk to talk to, and clients that talk to it without pausing between tries."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sentinel_desk import AsyncClient, Client, Retries
from tests.sdk.front import Front
from tests.sdk.real import RealDesk, real_desk
from tests.sdk.standin import StandIn

AT_ONCE = Retries(first=0.0, longest=0.0)


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    """The dialect as its reference shows it."""
    async with StandIn().served() as standin:
        yield standin


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[RealDesk]:
    """The desk itself."""
    async with real_desk(tmp_path) as desk:
        yield desk


@pytest.fixture(params=["standin", "real"])
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Front]:
    """Both, one after the other."""
    async with StandIn().served() if request.param == "standin" else real_desk(tmp_path) as desk:
        yield desk


@pytest.fixture
async def client(desk: Front) -> AsyncIterator[AsyncClient]:
    """An asyncio client of the desk."""
    async with AsyncClient(desk.key, desk.url, retries=AT_ONCE) as client:
        yield client


@pytest.fixture
async def blocking(desk: Front) -> AsyncIterator[Client]:
    """A blocking client of the desk, to be used in a thread."""
    with Client(desk.key, desk.url, retries=AT_ONCE) as client:
        yield client
