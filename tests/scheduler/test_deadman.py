"""The ping of a monitor outside: sent while all is well, kept back when it is not, and a secret always."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from approvals.auditing import Violation
from approvals.errors import StoreUnavailable
from scheduler.auditor import Auditor
from scheduler.deadman import SILENT_S, Deadman, Ping
from tests.builders import PROJECT
from tests.scheduler.receivers import Receiver, black_hole, canary

WRONG = Violation("told", PROJECT, "some request")
SECRET = "canary-5d20"


@dataclass
class Desk:
    """What is known of a desk, and what became of its pings."""

    deadman: Deadman
    reasons: list[str] = field(default_factory=list)
    error: Exception | None = None
    now: float = 0.0
    pings: asyncio.Queue[Ping] = field(default_factory=asyncio.Queue)

    async def unwell(self) -> Sequence[str]:
        if self.error is not None:
            raise self.error
        return self.reasons

    async def swept(self, *found: Violation) -> Ping:
        """The auditor has looked; what became of the ping."""
        self.deadman.audited(found)
        return await asyncio.wait_for(self.pings.get(), 10)


@asynccontextmanager
async def watched(url: str, total_s: float = 10.0) -> AsyncIterator[Desk]:
    """A desk with a monitor."""
    desk: Desk
    deadman = Deadman(
        url,
        lambda: desk.unwell(),
        lambda ping: desk.pings.put_nowait(ping),
        total_s=total_s,
        monotonic=lambda: desk.now,
    )
    desk = Desk(deadman)
    async with deadman:
        yield desk


async def test_each_sweep_that_finds_nothing_is_told() -> None:
    async with Receiver() as monitor, watched(f"{monitor.url}?token={SECRET}") as desk:
        assert [await desk.swept() for _ in range(2)] == [Ping.ARRIVED, Ping.ARRIVED]
        assert [(one.method, one.path, one.body) for one in monitor.seen] == [
            ("GET", f"/hook?token={SECRET}", b"")
        ] * 2


async def test_nothing_is_said_for_long_after_something_was_found() -> None:
    """Within any monitor's patience: the next sweep looks at what has happened since, and finds nothing."""
    async with Receiver() as monitor, watched(monitor.url) as desk:
        assert await desk.swept(WRONG) is Ping.WITHHELD
        assert await desk.swept() is Ping.WITHHELD
        desk.now = SILENT_S - 1
        assert await desk.swept() is Ping.WITHHELD
        assert monitor.seen == []
        desk.now = SILENT_S
        assert await desk.swept() is Ping.ARRIVED


@pytest.mark.parametrize("error", [StoreUnavailable(), KeyError("a bug"), None])
async def test_nothing_is_said_while_the_desk_cannot_work(error: Exception | None) -> None:
    async with Receiver() as monitor, watched(monitor.url) as desk:
        desk.error, desk.reasons = error, ["nobody looks for what is due"]
        assert await desk.swept() is Ping.WITHHELD
        assert monitor.seen == []
        desk.error, desk.reasons = None, []
        assert await desk.swept() is Ping.ARRIVED


async def test_redirects_are_not_followed() -> None:
    async with canary() as inner:

        async def elsewhere(_: web.Request) -> web.StreamResponse:
            return web.Response(status=302, headers={"Location": f"http://127.0.0.1:{inner.port}/"})

        with capture_logs() as logs:
            async with Receiver(elsewhere) as monitor, watched(monitor.url) as desk:
                assert await desk.swept() is Ping.FAILED
        assert inner.connections == 0
    assert [one["reason"] for one in logs] == ["answered 302"]


async def test_a_monitor_that_never_answers_is_left() -> None:
    with capture_logs() as logs:
        async with black_hole() as hole, watched(hole, total_s=0.1) as desk:
            assert await desk.swept() is Ping.FAILED
    assert [one["reason"] for one in logs] == ["no answer within 0.1 s"]


@pytest.mark.parametrize(
    "place", ["http://127.0.0.1:1/{}", "http://{}.invalid/x", "http://user:{}@127.0.0.1:1/"]
)
async def test_its_address_stands_in_no_log(place: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with capture_logs() as logs:
        async with watched(place.format(SECRET)) as desk:
            assert await desk.swept() is Ping.FAILED
    assert [one["event"] for one in logs] == ["deadman_not_reached"]
    assert SECRET not in caplog.text + str(logs)


async def test_a_monitor_that_hangs_holds_up_no_sweep() -> None:
    sweeps: asyncio.Queue[None] = asyncio.Queue()

    async def sweep() -> list[Violation]:
        sweeps.put_nowait(None)
        return []

    async with (
        asyncio.timeout(10),
        black_hole() as hole,
        watched(hole) as desk,
        Auditor(sweep, desk.deadman.audited, every_s=0),
    ):
        for _ in range(5):
            await sweeps.get()
        assert desk.pings.empty()
