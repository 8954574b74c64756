"""A desk to talk to, and clients that talk to it without pausing between tries."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from sentinel_desk import AsyncClient, Client, Retries
from tests.sdk.standin import StandIn

AT_ONCE = Retries(first=0.0, longest=0.0)


@pytest.fixture
async def desk() -> AsyncIterator[StandIn]:
    """A stand-in desk on the loopback interface."""
    standin = StandIn()
    runner = web.AppRunner(standin.app(), handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    standin.url = f"http://{host}:{port}"
    yield standin
    await runner.cleanup()


@pytest.fixture
async def client(desk: StandIn) -> AsyncIterator[AsyncClient]:
    """An asyncio client of the desk."""
    async with AsyncClient(desk.key, desk.url, retries=AT_ONCE) as client:
        yield client


@pytest.fixture
async def blocking(desk: StandIn) -> AsyncIterator[Client]:
    """A blocking client of the desk, to be used in a thread."""
    with Client(desk.key, desk.url, retries=AT_ONCE) as client:
        yield client
